package wasm

import (
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
)

// BenchmarkAggregate adds rows to a weighted mean over many groups, beside the same in Go.
func BenchmarkAggregate(b *testing.B) {
	xs := floats(func(i int) float64 { return float64(i) })
	for _, groups := range []int{1, 1000, 50_000} {
		of := make([]uint32, benchRows)
		for i := range of {
			of[i] = uint32(i * 7919 % groups)
		}
		b.Run(fmt.Sprintf("go/%d groups", groups), func(b *testing.B) {
			type mean struct{ sum, weight float64 }
			states := make([]mean, groups)
			for b.Loop() {
				for i, g := range of {
					x := xs.Value(i)
					states[g].sum += x * x
					states[g].weight += x
				}
			}
			reportRows(b)
		})
		b.Run(fmt.Sprintf("wasm/%d groups", groups), func(b *testing.B) {
			f := shaped(b, udf.Aggregate, "mean", "float?", "float", "float")
			f.StateBytes = 16
			a := accumulate(b, instanceOf(b, f), f, groups)
			for b.Loop() {
				if err := a.Update(benchRows, of, []arrow.Array{xs, xs}); err != nil {
					b.Fatal(err)
				}
			}
			reportRows(b)
		})
	}
}

// BenchmarkTable splits texts of three words.
func BenchmarkTable(b *testing.B) {
	lines := make([]string, benchRows/3)
	for i := range lines {
		lines[i] = "three short words"
	}
	column := texts(lines...)
	f := shaped(b, udf.Table, "words", "[{word: string, n: int, length: int?}]", "string")
	in := instanceOf(b, f)
	for b.Loop() {
		rows, err := in.Rows(b.Context(), f, []arrow.Array{column}, len(lines))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			var elements arrow.Array
			if elements, _, err = rows.Next(8192); err == nil {
				elements.Release()
			}
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		rows.Close()
	}
	reportRows(b)
}
