package wasm

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
)

// TestLanguages calls the functions of the templates, which are what compilers make of plain functions, with more rows than fit one
// call. Go's collector must not take what is still to be read.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"rust", "c", "assemblyscript", "go"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			code, err := os.ReadFile(filepath.Join("..", "..", "registry", "templates", language, "functions.wasm"))
			if err != nil {
				t.Fatal(err)
			}
			initials, words := function(t, "initials", "string", "string"), shaped(t, udf.Table, "words", "[{word: string, n: int}]", "string")
			mean := shaped(t, udf.Aggregate, "harmonic_mean", "float?", "float")
			mean.StateBytes = 16
			p, err := open(t, Options{}).Load(t.Context(), module(code), []*udf.Function{initials, words, mean})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close(t.Context())
			leased, err := p.Instance(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer leased.Close(t.Context())
			in := leased.(*instance)
			const n = 30_000
			names, speeds := make([]string, n), make([]float64, n)
			for i := range names {
				names[i], speeds[i] = fmt.Sprintf("a%d  b%d c", i, i), float64(1+i%2)
			}
			column := texts(names...)
			out, err := in.Call(t.Context(), initials, []arrow.Array{column}, n)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if got := out.(*array.String).Value(i); got != "ABC" {
					t.Fatalf("row %d is %q", i, got)
				}
			}
			rows, err := in.Rows(t.Context(), words, []arrow.Array{column}, n)
			if err != nil {
				t.Fatal(err)
			}
			at := 0
			for at < 3*n {
				elements, _, err := rows.Next(1000)
				if err != nil {
					t.Fatal(err)
				}
				word, number := elements.(*array.Struct).Field(0).(*array.String), elements.(*array.Struct).Field(1).(*array.Int64)
				for k := range elements.Len() {
					want := [3]string{fmt.Sprint("a", at/3), fmt.Sprint("b", at/3), "c"}[at%3]
					if word.Value(k) != want || number.Value(k) != int64(at%3+1) {
						t.Fatalf("row %d is %q, %d", at, word.Value(k), number.Value(k))
					}
					at++
				}
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
			a := accumulate(t, in, mean, 100)
			groups := make([]uint32, n)
			for i := range groups {
				groups[i] = uint32(i / 2 % 100)
			}
			if err := a.Update(n, groups, []arrow.Array{floatsOf(speeds)}); err != nil {
				t.Fatal(err)
			}
			result, err := a.Finish()
			if err != nil {
				t.Fatal(err)
			}
			for g := range 100 {
				if got := result.(*array.Float64).Value(g); got < 1.3333 || got > 1.3334 {
					t.Fatalf("group %d has %v", g, got)
				}
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func floatsOf(vs []float64) arrow.Array {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues(vs, nil)
	return b.NewArray()
}
