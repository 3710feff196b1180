package funcs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// TestNarrowComparisons compares narrow columns with constants inside and outside of what they hold, as they lie and widened first.
func TestNarrowComparisons(t *testing.T) {
	t.Parallel()
	constants := []int64{0, 1, -1, 5, math.MinInt8, math.MaxInt8, math.MaxInt8 + 1, math.MinInt8 - 1, math.MaxInt16, math.MinInt16, math.MaxInt32, math.MinInt32,
		math.MinInt32 - 1, math.MaxInt32 + 1, math.MaxInt64, math.MinInt64}
	random := rand.New(rand.NewPCG(2, 3))
	decimal := types.Type{Kind: types.Decimal, Precision: 18, Scale: 2}
	for _, c := range []struct {
		in arrow.DataType
		t  types.Type
	}{
		{arrow.PrimitiveTypes.Int8, types.Of(types.Int)}, {arrow.PrimitiveTypes.Int16, types.Of(types.Int)}, {arrow.PrimitiveTypes.Int32, types.Of(types.Int)},
		{arrow.PrimitiveTypes.Int32, types.Of(types.Timestamp)}, {arrow.PrimitiveTypes.Int16, types.Of(types.Date)},
		{arrow.PrimitiveTypes.Int8, decimal}, {arrow.PrimitiveTypes.Int64, decimal},
	} {
		for _, absent := range []bool{false, true} {
			for _, n := range []int{1, 63, 64, 65, 200} {
				a := wholeColumn(random, c.in, n, absent)
				wide, err := FromArrow(a, c.t)
				if err != nil {
					t.Fatal(err)
				}
				for _, with := range constants {
					constant := NewVec(c.t, 1)
					constant.Const = true
					switch c.t.Kind {
					case types.Decimal:
						constant.Decimals, constant.Narrow, constant.Most = nil, []int64{with}, unbounded
					case types.Date:
						if with != int64(int32(with)) {
							continue
						}
						constant.Days[0] = int32(with)
					default:
						constant.Ints[0] = with
					}
					constant.N = n
					for name := range mirrored {
						for _, swapped := range []bool{false, true} {
							args := []*Vec{wide, constant}
							if swapped {
								args = []*Vec{constant, wide}
							}
							r, err := Resolve(name, []types.Type{c.t, c.t})
							if err != nil {
								t.Fatal(err)
							}
							want, got := NewVec(types.Of(types.Bool), n), make([]uint64, Words(n))
							if err := r.Overload.Kernel(&Call{N: n, Args: args, Out: want}); err != nil {
								t.Fatal(err)
							}
							if !CompareNarrow(name, a, c.t, constant, swapped, got) {
								t.Fatalf("%s of %s as %s is no narrow comparison", name, c.in, c.t)
							}
							for i := range n {
								if bit(got, i) != want.Bool(i) {
									t.Fatalf("%s of %s as %s, row %d (%s) with %d, swapped %v, is %v", name, c.in, c.t, i, a.ValueStr(i), with, swapped, bit(got, i))
								}
							}
						}
					}
				}
			}
		}
	}
}

func wholeColumn(r *rand.Rand, dt arrow.DataType, n int, absent bool) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	width := dt.(arrow.FixedWidthDataType).BitWidth()
	for i := range n + 2 {
		x := int64(r.Uint64()) >> (64 - width)
		switch i % 4 {
		case 0:
			x = r.Int64N(7) - 1
		case 1:
			x = -1 << (width - 1)
		case 2:
			x = 1<<(width-1) - 1
		}
		if absent && i%3 == 0 {
			b.AppendNull()
		} else if err := b.AppendValueFromString(fmt.Sprint(x)); err != nil {
			panic(err)
		}
	}
	return array.NewSlice(b.NewArray(), 2, int64(n+2))
}
