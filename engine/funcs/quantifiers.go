package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// quantified is "and" or "or" over the present values of each group.
type quantified struct {
	or      bool
	decided []bool // a value that settles it was seen
}

func newQuantified(or bool) func([]types.Type, types.Type) (Accumulator, error) {
	return func([]types.Type, types.Type) (Accumulator, error) { return &quantified{or: or}, nil }
}

func boolState([]types.Type, types.Type) []types.Type { return []types.Type{types.Of(types.Bool)} }

func (q *quantified) Resize(n int) { q.decided = grow(q.decided, n) }

func (q *quantified) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], types.Of(types.Bool))
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	eachPresent(v, n, groups, func(g uint32, i int) {
		if v.Bool(i) == q.or {
			q.decided[g] = true
		}
	})
	return nil
}

func (q *quantified) Merge(n int, groups []uint32, state []arrow.Array) error {
	return q.Update(n, groups, state)
}

func (q *quantified) State() ([]arrow.Array, error) {
	v := NewVec(types.Of(types.Bool), len(q.decided))
	for i, d := range q.decided {
		assignBit(v.Bits, i, d == q.or)
	}
	return toArrows(v)
}

func (q *quantified) Finish() (arrow.Array, error) {
	s, err := q.State()
	if err != nil {
		return nil, err
	}
	return s[0], nil
}

func (q *quantified) Bytes() int64 { return int64(cap(q.decided)) }

var boolAnd = &Func{Name: "bool_and", Kind: Aggregate, Family: "aggregates", Doc: "Whether every present value is true; true of none.",
	Overloads: []Overload{{Signature: "(x: bool?) => bool", Absence: Sees, Agg: &AggregateSpec{State: boolState, New: newQuantified(false)},
		Examples: []Example{{Call: "bool_and(x)", Over: "[true, none]", Result: "true"}}}}}

var boolOr = &Func{Name: "bool_or", Kind: Aggregate, Family: "aggregates", Doc: "Whether some present value is true; false of none.",
	Overloads: []Overload{{Signature: "(x: bool?) => bool", Absence: Sees, Agg: &AggregateSpec{State: boolState, New: newQuantified(true)},
		Examples: []Example{{Call: "bool_or(x)", Over: "[false, none]", Result: "false"}}}}}
