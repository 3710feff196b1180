package wasm

import (
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

const benchRows = 64 * 1024

func floats(f func(i int) float64) *array.Float64 {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	for i := range benchRows {
		b.Append(f(i))
	}
	return b.NewFloat64Array()
}

func reportRows(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

//go:noinline
func scale(x, y float64) float64 { return x * y * 1.5 }

// BenchmarkScale compares x * y * 1.5 in WebAssembly, from and to Arrow columns, with a Go function called in a loop.
func BenchmarkScale(b *testing.B) {
	xs, ys := floats(func(i int) float64 { return float64(i) }), floats(func(i int) float64 { return math.Sqrt(float64(i)) })
	b.Run("go", func(b *testing.B) {
		for range b.N {
			out := make([]float64, benchRows)
			for i := range out {
				out[i] = scale(xs.Value(i), ys.Value(i))
			}
		}
		reportRows(b)
	})
	m := testdata(b, "functions.wasm")
	funcs := runtimetest.Functions(m.Kind, m.Digest)
	for name, opts := range map[string]Options{"wasm": {}, "wasm interruptible": {Interruptible: true}} {
		b.Run(name, func(b *testing.B) {
			p, err := open(b, opts).Load(b.Context(), m, funcs)
			if err != nil {
				b.Fatal(err)
			}
			in, err := p.Instance(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := in.Call(b.Context(), funcs[0], []arrow.Array{xs, ys}, benchRows); err != nil {
					b.Fatal(err)
				}
			}
			reportRows(b)
		})
	}
}
