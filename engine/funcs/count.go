package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// counts counts rows, or present values; with only, the rows where a bool is true.
type counts struct {
	of   []types.Type
	only bool
	n    []int64
}

func newCounts(only bool) func(args []types.Type, result types.Type) (Accumulator, error) {
	return func(args []types.Type, _ types.Type) (Accumulator, error) { return &counts{of: args, only: only}, nil }
}

func countState([]types.Type, types.Type) []types.Type { return []types.Type{types.Of(types.Int)} }

func (c *counts) Resize(n int) { c.n = grow(c.n, n) }

func (c *counts) Update(n int, groups []uint32, args []arrow.Array) error {
	dense := len(c.of) == 0 || (!c.only && args[0].NullN() == 0)
	switch {
	case dense && groups == nil:
		c.n[0] += int64(n)
		return nil
	case dense:
		for _, g := range groups[:n] {
			if g != NoGroup {
				c.n[g]++
			}
		}
		return nil
	}
	v, err := FromArrow(args[0], c.of[0])
	if err != nil {
		return err
	}
	eachPresent(v, n, groups, func(g uint32, i int) {
		if !c.only || v.Bool(i) {
			c.n[g]++
		}
	})
	return nil
}

func (c *counts) Merge(n int, groups []uint32, state []arrow.Array) error {
	v, err := FromArrow(state[0], types.Of(types.Int))
	if err != nil {
		return err
	}
	eachPresent(v, n, groups, func(g uint32, i int) { c.n[g] += v.Ints[i] })
	return nil
}

func (c *counts) State() ([]arrow.Array, error) {
	return toArrows(&Vec{Type: types.Of(types.Int), N: len(c.n), Ints: append([]int64(nil), c.n...)})
}

func (c *counts) Finish() (arrow.Array, error) {
	s, err := c.State()
	if err != nil {
		return nil, err
	}
	return s[0], nil
}

func (c *counts) Bytes() int64 { return int64(cap(c.n) * 8) }

var count = &Func{Name: "count", Kind: Aggregate, Family: "aggregates",
	Doc: "The number of rows; with an argument, of its present values.",
	Overloads: []Overload{
		{Signature: "() => int", Absence: Sees, Agg: &AggregateSpec{State: countState, New: newCounts(false)}},
		{Signature: "(x: T?) => int", Absence: Sees, Agg: &AggregateSpec{State: countState, New: newCounts(false)}, Examples: []Example{{Call: "count(x)", Over: "[1, none]", Result: "1"}}},
	}}

var countIf = &Func{Name: "count_if", Kind: Aggregate, Family: "aggregates",
	Doc: "The number of rows where the condition is true.",
	Overloads: []Overload{{Signature: "(x: bool?) => int", Absence: Sees, Agg: &AggregateSpec{State: countState, New: newCounts(true)},
		Examples: []Example{{Call: "count_if(x)", Over: "[true, false]", Result: "1"}}}}}
