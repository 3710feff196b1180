package cost

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestLine holds the line of a column against what the column itself says.
func TestLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		c := &column{of: types.Of(types.Int)}
		literal := func(v int64) *logical.Literal { return &logical.Literal{Int: &v} }
		for range rapid.IntRange(1, 3).Draw(r, "parts") {
			values := rapid.SliceOfN(rapid.Int64Range(-20, 20), 1, 12).Draw(r, "values")
			slices.Sort(values)
			rows := int64(100)
			p := part{weight: 0.5, rows: float64(rows), Column: &logical.Column{}}
			p.Nulls = rapid.SampledFrom([]int64{0, 10, rows}).Draw(r, "nulls")
			p.Min, p.Max = literal(values[0]), literal(values[len(values)-1])
			if rapid.Bool().Draw(r, "histogram") && len(values) > 1 {
				for _, v := range values {
					p.Histogram = append(p.Histogram, literal(v))
				}
			}
			if rapid.Bool().Draw(r, "common") {
				seen := map[int64]bool{}
				for range rapid.IntRange(1, 4).Draw(r, "n") {
					v := rapid.Int64Range(-20, 20).Draw(r, "value")
					if !seen[v] {
						seen[v] = true
						p.Common = append(p.Common, logical.Common{Value: literal(v), Share: 0.1})
					}
				}
			}
			c.parts = append(c.parts, p)
		}
		under := c.under()
		for v := int64(-22); v <= 22; v++ {
			want, ok1 := c.below(literal(v), false)
			got, ok2 := under(literal(v))
			if ok1 != ok2 || math.Abs(want-got) > 1e-9 {
				r.Fatalf("below %d: %v %v, not %v %v", v, got, ok2, want, ok1)
			}
		}
	})
}
