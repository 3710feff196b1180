package native_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

// BenchmarkScale calls x * y * 1.5 on batches as the engine makes them, beside the same loop in Go.
func BenchmarkScale(b *testing.B) {
	code, err := source()
	if err != nil {
		b.Fatal(err)
	}
	m := module(string(code))
	f := runtimetest.Functions(udf.Native, m.Digest)[0]
	f.Environment = nativetest.Environment(b)
	p, err := newRuntime(b).Load(b.Context(), m, []*udf.Function{f})
	if err != nil {
		b.Fatal(err)
	}
	in, err := p.Instance(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	const rows = 8192
	builder := array.NewFloat64Builder(memory.DefaultAllocator)
	values := make([]float64, rows)
	for i := range values {
		values[i] = float64(i)
		builder.Append(float64(i))
	}
	args := []arrow.Array{builder.NewArray(), nil}
	args[1] = args[0]
	b.Run("python", func(b *testing.B) {
		for b.Loop() {
			out, err := in.Call(b.Context(), f, args, rows)
			if err != nil {
				b.Fatal(err)
			}
			out.Release()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
	b.Run("go", func(b *testing.B) {
		out := make([]float64, rows)
		for b.Loop() {
			for i, v := range values {
				out[i] = v * v * 1.5
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
}
