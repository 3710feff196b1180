package wasm

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
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
		for b.Loop() {
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
		for where, values := range map[string][]byte{"": nil, ", results in place": make([]byte, 8*benchRows)} {
			b.Run(name+where, func(b *testing.B) {
				p, err := open(b, opts).Load(b.Context(), m, funcs)
				if err != nil {
					b.Fatal(err)
				}
				in, err := p.Instance(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := in.(udf.Filler).Fill(b.Context(), funcs[0], []arrow.Array{xs, ys}, benchRows, values); err != nil {
						b.Fatal(err)
					}
				}
				reportRows(b)
			})
		}
	}
}

//go:noinline
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	const radians = math.Pi / 180
	u, v := math.Sin((lat2-lat1)*radians/2), math.Sin((lon2-lon1)*radians/2)
	return 2 * 6371.0088 * math.Asin(math.Sqrt(min(1, u*u+math.Cos(lat1*radians)*math.Cos(lat2*radians)*v*v)))
}

// BenchmarkHaversine compares std/geo, which is Rust, with the same formula in Go.
func BenchmarkHaversine(b *testing.B) {
	code, err := os.ReadFile(filepath.Join("..", "..", "registry", "std", "geo", "geo.wasm"))
	if err != nil {
		b.Fatal(err)
	}
	lats, lons := floats(func(i int) float64 { return float64(i%180) - 90 }), floats(func(i int) float64 { return float64(i%360) - 180 })
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			out := make([]float64, benchRows)
			for i := range out {
				out[i] = haversine(lats.Value(i), lons.Value(i), lons.Value(i)/2, lats.Value(i))
			}
		}
		reportRows(b)
	})
	b.Run("wasm", func(b *testing.B) {
		f := function(b, "haversine", "float", "float", "float", "float", "float")
		p, err := open(b, Options{}).Load(b.Context(), module(code), []*udf.Function{f})
		if err != nil {
			b.Fatal(err)
		}
		in, err := p.Instance(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := in.Call(b.Context(), f, []arrow.Array{lats, lons, lons, lats}, benchRows); err != nil {
				b.Fatal(err)
			}
		}
		reportRows(b)
	})
}
