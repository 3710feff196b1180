package funcs

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// TestAbsorbLists counts the distinct values of many groups, most of them small and one large, in three parts that are put together, with more
// rows between: as a map counts them.
func TestAbsorbLists(t *testing.T) {
	t.Parallel()
	for _, kind := range []types.Kind{types.Int, types.Float, types.String} {
		t.Run(types.Of(kind).String(), func(t *testing.T) {
			t.Parallel()
			const groups = 3000
			r := rand.New(rand.NewPCG(1, 2))
			want := make([]map[int64]bool, groups)
			for g := range want {
				want[g] = map[int64]bool{}
			}
			rows := func(turned bool) (in []uint32, cols []arrow.Array) {
				const n = 20_000
				values := make([]int64, n)
				in = make([]uint32, n)
				for i := range in {
					g, v := r.IntN(groups), r.Int64N(12)
					if i%10 == 0 {
						g, v = 7, r.Int64N(4000)
					}
					values[i], in[i] = v, uint32(g)
					if turned {
						g = groups - 1 - g
					}
					want[g][v] = true
				}
				return in, []arrow.Array{columnOf(t, kind, values)}
			}
			update := func(a Accumulator, turned bool) {
				in, cols := rows(turned)
				a.Resize(groups)
				if err := a.Update(len(in), in, cols); err != nil {
					t.Fatal(err)
				}
			}
			newOne := func() *distincts {
				a, err := newDistincts([]types.Type{types.Of(kind)}, types.Of(types.Int))
				if err != nil {
					t.Fatal(err)
				}
				return a.(*distincts)
			}
			whole := newOne()
			update(whole, false)
			var from []int32
			var to []uint32
			for g := range groups {
				from, to = append(from, int32(g)), append(to, uint32(groups-1-g))
			}
			for range 2 {
				part := newOne()
				update(part, true)
				if len(whole.pairs) < manyPairs || len(whole.pairs) > fewWords*groups {
					t.Fatalf("%d words of %d groups are not put together as lists", len(whole.pairs), groups)
				}
				if err := whole.Absorb(part, from, to); err != nil {
					t.Fatal(err)
				}
				if whole.slots != nil {
					t.Fatal("they were put together otherwise")
				}
				update(whole, false)
			}
			got, err := whole.Finish()
			if err != nil {
				t.Fatal(err)
			}
			for g := range groups {
				if w := strconv.Itoa(len(want[g])); got.ValueStr(g) != w {
					t.Fatalf("group %d has %s distinct values, not %s", g, w, got.ValueStr(g))
				}
			}
			if twice := append(append([]uint32{}, to...), 0); whole.absorbLists(newOne(), append(from, 0), twice) {
				t.Error("one group absorbed two as lists")
			}
		})
	}
}

// columnOf is a column of present values.
func columnOf(t *testing.T, kind types.Kind, values []int64) arrow.Array {
	t.Helper()
	v := NewVec(types.Of(kind), len(values))
	text := newText(len(values))
	for i, x := range values {
		switch kind {
		case types.Int:
			v.Ints[i] = x
		case types.Float:
			v.Floats[i] = float64(x)
		default:
			text.add(fmt.Sprint("word ", x))
		}
	}
	if kind == types.String {
		if err := text.to(v); err != nil {
			t.Fatal(err)
		}
	}
	a, err := v.ToArrow()
	if err != nil {
		t.Fatal(err)
	}
	return a
}
