package python

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

const benchRows = 8192

//go:noinline
func scale(x, y float64) float64 { return x * y * 1.5 }

// BenchmarkScale compares x * y * 1.5 in Python, from and to Arrow columns, with a Go function called in a loop.
func BenchmarkScale(b *testing.B) {
	fb := array.NewFloat64Builder(memory.DefaultAllocator)
	for i := range benchRows {
		fb.Append(float64(i))
	}
	xs := fb.NewFloat64Array()
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
	bb := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	for range benchRows {
		bb.AppendString("a string of some length")
	}
	numbers := module("def scale(a: float, b: float) -> float:\n    return a * b * 1.5\n")
	sines := module("import math\n\ndef scale(a: float, b: float) -> float:\n    return math.sin(a) * b\n")
	for _, c := range []struct {
		name string
		m    udf.Module
		f    *udf.Function
		args []arrow.Array
	}{
		{"compiled", numbers, funcs[0], []arrow.Array{xs, xs}},
		{"compiled sine", sines, funcs[0], []arrow.Array{xs, xs}},
		{"cpython", m, funcs[0], []arrow.Array{xs, xs}},
		{"cpython reverse bytes", m, funcs[7], []arrow.Array{bb.NewArray()}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := sharedRuntime(b).Load(b.Context(), c.m, []*udf.Function{c.f})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close(b.Context())
			in, err := p.Instance(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close(b.Context())
			for b.Loop() {
				if _, err := in.Call(b.Context(), c.f, c.args, benchRows); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
	}
}

// BenchmarkFirstRow is what a query waits for that calls a function of numbers for the first time.
func BenchmarkFirstRow(b *testing.B) {
	numbers := module("def scale(a: float, b: float) -> float:\n    return a * b * 1.5\n")
	f := runtimetest.Functions(udf.Python, numbers.Digest)[0]
	fb := array.NewFloat64Builder(memory.DefaultAllocator)
	fb.Append(1)
	one := fb.NewArray()
	for b.Loop() {
		p, err := New(Options{}).Load(b.Context(), numbers, []*udf.Function{f})
		if err != nil {
			b.Fatal(err)
		}
		in, err := p.Instance(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := in.Call(b.Context(), f, []arrow.Array{one, one}, 1); err != nil {
			b.Fatal(err)
		}
	}
}
