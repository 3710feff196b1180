package wasm

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
)

// BenchmarkText is what text costs on the way in, and on the way in and out: the bodies are empty.
func BenchmarkText(b *testing.B) {
	column := func(row func(i int) string) arrow.Array {
		c := array.NewStringBuilder(memory.DefaultAllocator)
		for i := range benchRows {
			if s := row(i); s == "" {
				c.AppendNull()
			} else {
				c.Append(s)
			}
		}
		return c.NewArray()
	}
	columns := map[string]arrow.Array{
		"ascii":   column(func(i int) string { return "customer " + strconv.Itoa(i*7919) }),
		"unicode": column(func(i int) string { return "Müller " + strconv.Itoa(i*7919) }),
		"dense":   column(func(i int) string { return "お客様の名前" + strconv.Itoa(i) }),
		"nulls":   column(func(i int) string { return []string{"", "customer 1", "customer 23"}[i%3] }),
	}
	for _, entry := range []string{"size", "same"} {
		result := map[string]string{"size": "int", "same": "string"}[entry]
		f := function(b, entry, result, "string")
		p, err := open(b, Options{}).Load(b.Context(), module(benchModule(b)), []*udf.Function{f})
		if err != nil {
			b.Fatal(err)
		}
		in, err := p.Instance(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{"ascii", "unicode", "dense", "nulls"} {
			b.Run(entry+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := in.Call(b.Context(), f, []arrow.Array{columns[name]}, benchRows); err != nil {
						b.Fatal(err)
					}
				}
				reportRows(b)
			})
		}
	}
}

// benchModule is the module that make bench-udf measures.
func benchModule(t testing.TB) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("..", "..", "bench", "udf", "package", "functions.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}
