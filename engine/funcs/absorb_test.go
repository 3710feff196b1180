package funcs

import (
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestAbsorbingIsMerging takes over groups of accumulators in both ways, for every aggregate that has both.
func TestAbsorbingIsMerging(t *testing.T) {
	t.Parallel()
	calls := []struct {
		name string
		args []types.Kind
	}{
		{"count", nil}, {"count", []types.Kind{types.Int}}, {"sum", []types.Kind{types.Int}}, {"sum", []types.Kind{types.Float}}, {"mean", []types.Kind{types.Int}},
		{"mean", []types.Kind{types.Float}}, {"min", []types.Kind{types.Int}}, {"max", []types.Kind{types.Float}}, {"max", []types.Kind{types.String}}, {"any", []types.Kind{types.String}},
		{"first", []types.Kind{types.Int}}, {"last", []types.Kind{types.Int}}, {"arg_max", []types.Kind{types.String, types.Float}}, {"median", []types.Kind{types.Float}},
		{"count_distinct", []types.Kind{types.Int}}, {"count_distinct", []types.Kind{types.String}},
		{"stddev", []types.Kind{types.Float}}, {"skewness", []types.Kind{types.Float}}, {"corr", []types.Kind{types.Float, types.Float}},
	}
	rapid.Check(t, func(t *rapid.T) {
		call := rapid.SampledFrom(calls).Draw(t, "call")
		var args []types.Type
		for _, k := range call.args {
			args = append(args, types.Optional(types.Of(k)))
		}
		groups := rapid.IntRange(1, 9).Draw(t, "groups")
		made := func() Accumulator {
			acc, err := NewAccumulator(call.name, args)
			if err != nil {
				t.Fatal(err)
			}
			return acc
		}
		merged, absorbed := made(), made()
		for range rapid.IntRange(1, 3).Draw(t, "threads") {
			part := made()
			for range rapid.IntRange(0, 3).Draw(t, "batches") {
				n := rapid.IntRange(1, 200).Draw(t, "rows")
				in, cols := make([]uint32, n), make([]arrow.Array, len(args))
				for i := range in {
					in[i] = uint32(rapid.IntRange(0, groups-1).Draw(t, "group"))
				}
				for i, k := range call.args {
					cols[i] = randomColumn(t, k, n)
				}
				part.Resize(groups)
				if err := part.Update(n, in, cols); err != nil {
					t.Fatal(err)
				}
			}
			part.Resize(groups)
			var from []int32
			var to []uint32
			for g := range groups {
				from, to = append(from, int32(g)), append(to, uint32(groups-1-g))
			}
			merged.Resize(groups)
			absorbed.Resize(groups)
			if err := absorbed.(Absorber).Absorb(part, from, to); err != nil {
				t.Fatal(err)
			}
			state, err := part.State()
			if err == nil {
				err = merged.Merge(groups, to, state)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		merged.Resize(groups)
		absorbed.Resize(groups)
		want, err := merged.Finish()
		if err != nil {
			t.Fatal(err)
		}
		got, err := absorbed.Finish()
		if err != nil {
			t.Fatal(err)
		}
		for g := range groups {
			if want, got := want.ValueStr(g), got.ValueStr(g); want != got {
				t.Fatalf("%s of group %d is %s, and merged %s", call.name, g, got, want)
			}
		}
	})
}

func randomColumn(t *rapid.T, k types.Kind, n int) arrow.Array {
	v := NewVec(types.Of(k), n)
	v.Valid = make([]uint64, Words(n))
	text := newText(n)
	for i := range n {
		if rapid.IntRange(0, 9).Draw(t, "present") > 0 {
			setBit(v.Valid, i)
		}
		x := rapid.Int64Range(-20, 20).Draw(t, "value")
		switch k {
		case types.Int:
			v.Ints[i] = x << 44
		case types.Float:
			v.Floats[i] = float64(x) / 3
		default:
			text.add(string(rune('a' + x + 20)))
		}
	}
	if k == types.String {
		v.Offsets, v.Data = text.offsets, text.data
	}
	a, err := v.ToArrow()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSelected finds numbers among random ones, of which many may be the same, as sorting does.
func TestSelected(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		different := rapid.SampledFrom([]int{1, 2, 3, 10, 1 << 20}).Draw(t, "different")
		vals := make([]float64, rapid.IntRange(1, 2000).Draw(t, "numbers"))
		state := rapid.Uint64().Draw(t, "seed")
		for i := range vals {
			state = state*6364136223846793005 + 1442695040888963407
			vals[i] = float64(int(state>>33) % different)
		}
		switch rapid.IntRange(0, 3).Draw(t, "order") {
		case 0:
			slices.Sort(vals)
		case 1:
			vals[0] = math.Inf(1)
		}
		sorted := slices.Sorted(slices.Values(vals))
		i := rapid.IntRange(0, len(vals)-1).Draw(t, "place")
		at, next := selected(vals, i)
		if at != sorted[i] || i+1 < len(sorted) && next != sorted[i+1] {
			t.Fatalf("at %d are %v and %v, want %v", i, at, next, sorted[i:min(len(sorted), i+2)])
		}
	})
}
