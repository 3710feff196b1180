package funcs

import (
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestExtremesOfGroups finds the smallest and the largest number of groups that become more, in columns of any width with and without
// absent rows, as a plain loop does; the least and the most that there are, infinities and NaN are among them.
func TestExtremesOfGroups(t *testing.T) {
	t.Parallel()
	ints := []int64{0, 1, -1, 5, math.MinInt8, math.MaxInt8}
	wide := append(ints, math.MinInt64, math.MaxInt64)
	floats := []float64{0, 1.5, -1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64}
	mem := memory.DefaultAllocator
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"min", "max"}).Draw(t, "function")
		kind := rapid.SampledFrom([]types.Kind{types.Int, types.Float}).Draw(t, "kind")
		acc, err := NewAccumulator(name, []types.Type{types.Optional(types.Of(kind))})
		if err != nil {
			t.Fatal(err)
		}
		want, groups := map[uint32]float64{}, 0
		exact := map[uint32]int64{}
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			groups += rapid.IntRange(0, 3).Draw(t, "more groups")
			n := rapid.IntRange(0, 20).Draw(t, "rows")
			width := rapid.SampledFrom([]arrow.DataType{arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int64}).Draw(t, "width")
			if kind == types.Float {
				width = arrow.PrimitiveTypes.Float64
			}
			hasAbsent := rapid.Bool().Draw(t, "some are absent")
			b, in := array.NewBuilder(mem, width), make([]uint32, n)
			for i := range in {
				if in[i] = NoGroup; groups > 0 && rapid.IntRange(0, 5).Draw(t, "has a group") > 0 {
					in[i] = uint32(rapid.IntRange(0, groups-1).Draw(t, "group"))
				}
				if hasAbsent && rapid.IntRange(0, 3).Draw(t, "present") == 0 {
					b.AppendNull()
					continue
				}
				var v int64
				var x float64
				switch b := b.(type) {
				case *array.Int8Builder:
					v = rapid.SampledFrom(ints).Draw(t, "value")
					b.Append(int8(v))
				case *array.Int16Builder:
					v = rapid.SampledFrom(ints).Draw(t, "value")
					b.Append(int16(v))
				case *array.Int32Builder:
					v = rapid.SampledFrom(ints).Draw(t, "value")
					b.Append(int32(v))
				case *array.Int64Builder:
					v = rapid.SampledFrom(wide).Draw(t, "value")
					b.Append(v)
				case *array.Float64Builder:
					x = rapid.SampledFrom(floats).Draw(t, "value")
					b.Append(x)
				}
				if in[i] == NoGroup {
					continue
				}
				had, ok := want[in[i]]
				isBetter := compareFloats(x, had) < 0
				if kind == types.Int {
					isBetter = v < exact[in[i]]
				}
				if name == "max" {
					isBetter = compareFloats(x, had) > 0
					if kind == types.Int {
						isBetter = v > exact[in[i]]
					}
				}
				if !ok || isBetter {
					want[in[i]], exact[in[i]] = x, v
				}
			}
			acc.Resize(groups)
			if err := acc.Update(n, in, []arrow.Array{b.NewArray()}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := acc.Finish()
		if err != nil || got.Len() != groups {
			t.Fatalf("%d groups of %d: %v", got.Len(), groups, err)
		}
		for g := range groups {
			x, ok := want[uint32(g)]
			if ok != got.IsValid(g) {
				t.Fatalf("group %d has a value: %t, want %t", g, got.IsValid(g), ok)
			}
			switch a := got.(type) {
			case *array.Int64:
				if v := exact[uint32(g)]; a.Value(g) != v { // 0 where there is none
					t.Fatalf("%s of group %d is %d, want %d", name, g, a.Value(g), v)
				}
			case *array.Float64:
				if compareFloats(a.Value(g), x) != 0 {
					t.Fatalf("%s of group %d is %v, want %v", name, g, a.Value(g), x)
				}
			}
		}
	})
}
