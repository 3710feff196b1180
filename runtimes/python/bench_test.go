package python

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

const benchRows = 8192

//go:noinline
func scale(x, y float64) float64 { return x * y * 1.5 }

// BenchmarkScale compares x * y * 1.5 in Python, from and to Arrow columns, with a Go function called in a loop.
func BenchmarkScale(b *testing.B) {
	fb := array.NewFloat64Builder(memory.DefaultAllocator)
	sb := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range benchRows {
		fb.Append(float64(i))
		sb.Append("a string of some length")
	}
	xs, ss := fb.NewFloat64Array(), sb.NewArray()
	report := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
	}
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			out := make([]float64, benchRows)
			for i := range out {
				out[i] = scale(xs.Value(i), xs.Value(i))
			}
		}
		report(b)
	})
	m := testdata(b)
	funcs := runtimetest.Functions(m.Kind, m.Digest)
	p, err := runtime(b).Load(b.Context(), m, funcs)
	if err != nil {
		b.Fatal(err)
	}
	in, err := p.Instance(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		f    int
		args []arrow.Array
	}{{"python", 0, []arrow.Array{xs, xs}}, {"python reverse", 7, []arrow.Array{ss}}} {
		if c.f == 7 {
			bb := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
			for range benchRows {
				bb.AppendString("a string of some length")
			}
			c.args = []arrow.Array{bb.NewArray()}
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := in.Call(b.Context(), funcs[c.f], c.args, benchRows); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
	}
}
