package funcs

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

func BenchmarkAccumulate(b *testing.B) {
	const n = 64 * 1024
	ints, floats, groups := NewVec(types.Of(types.Int), n), NewVec(types.Of(types.Float), n), make([]uint32, n)
	for i := range n {
		ints.Ints[i], floats.Floats[i], groups[i] = int64(i*7919%1000), float64(i%777), uint32(i*31%300)
	}
	arg := func(v *Vec) []arrow.Array {
		a, err := v.ToArrow()
		if err != nil {
			b.Fatal(err)
		}
		return []arrow.Array{a}
	}
	for _, c := range []struct {
		name, fn string
		args     []arrow.Array
		types    []types.Type
		groups   []uint32
	}{
		{"count", "count", nil, nil, groups},
		{"sum_int", "sum", arg(ints), []types.Type{ints.Type}, groups},
		{"mean_int", "mean", arg(ints), []types.Type{ints.Type}, groups},
		{"sum_float", "sum", arg(floats), []types.Type{floats.Type}, groups},
		{"sum_float_whole", "sum", arg(floats), []types.Type{floats.Type}, nil},
		{"sum_int_whole", "sum", arg(ints), []types.Type{ints.Type}, nil},
		{"min_float", "min", arg(floats), []types.Type{floats.Type}, groups},
	} {
		b.Run(c.name, func(b *testing.B) {
			a, err := NewAccumulator(c.fn, c.types)
			if err != nil {
				b.Fatal(err)
			}
			a.Resize(300)
			for b.Loop() {
				if err := a.Update(n, c.groups, c.args); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
