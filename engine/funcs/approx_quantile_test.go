package funcs

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// TestDigestsAreNear holds quantiles of many values, added in parts that are merged, to the promised one percent of the ranks.
func TestDigestsAreNear(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	args := []types.Type{types.Of(types.Float), types.Of(types.Float)}
	var all []float64
	var parts [][]arrow.Array
	for range 5 {
		x := NewVec(args[0], 20_000)
		for i := range x.Floats {
			x.Floats[i] = r.ExpFloat64() * 1000
		}
		all = append(all, x.Floats...)
		column, err := x.ToArrow()
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, []arrow.Array{column})
	}
	slices.Sort(all)
	for _, share := range []float64{0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.999, 1} {
		y := NewVec(args[1], 20_000)
		for i := range y.Floats {
			y.Floats[i] = share
		}
		shares, err := y.ToArrow()
		if err != nil {
			t.Fatal(err)
		}
		whole, err := newDigests(args, types.Of(types.Float))
		if err != nil {
			t.Fatal(err)
		}
		whole.Resize(1)
		for _, p := range parts {
			one, _ := newDigests(args, types.Of(types.Float))
			one.Resize(1)
			if err := one.Update(20_000, nil, []arrow.Array{p[0], shares}); err != nil {
				t.Fatal(err)
			}
			state, err := one.State()
			if err != nil {
				t.Fatal(err)
			}
			if err := whole.Merge(1, nil, state); err != nil {
				t.Fatal(err)
			}
		}
		d := whole.(*digests)
		if n := len(d.groups[0].means); n > 10*digestSize {
			t.Errorf("%d centroids are kept", n)
		}
		got := d.groups[0].quantile(share)
		at, _ := slices.BinarySearch(all, got)
		if off := float64(at)/float64(len(all)) - share; off > 0.01 || off < -0.01 {
			t.Errorf("the quantile %g lies at %g", share, float64(at)/float64(len(all)))
		}
	}
}
