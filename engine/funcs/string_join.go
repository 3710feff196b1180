package funcs

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// joined collects texts, and keeps the separator, which is the same in every row.
type joined struct {
	collected
	separator *string
}

func newJoined(args []types.Type, result types.Type) (Accumulator, error) {
	return &joined{collected: collected{of: types.Of(types.String), result: result, values: newStore(args[0])}}, nil
}

func joinedState([]types.Type, types.Type) []types.Type {
	return []types.Type{types.ListOf(types.Of(types.String)), types.Optional(types.Of(types.String))}
}

func (j *joined) keep(a arrow.Array) error {
	v, err := FromArrow(a, types.Of(types.String))
	if err == nil && j.separator == nil && v.N > 0 && v.Type.Kind == types.String && v.Present(0) {
		s := strings.Clone(v.Str(0))
		j.separator = &s
	}
	return err
}

func (j *joined) Update(n int, groups []uint32, args []arrow.Array) error {
	if err := j.keep(args[1]); err != nil {
		return err
	}
	return j.collected.Update(n, groups, args[:1])
}

func (j *joined) Merge(n int, groups []uint32, state []arrow.Array) error {
	if err := j.keep(state[1]); err != nil {
		return err
	}
	return j.collected.Merge(n, groups, state[:1])
}

func (j *joined) State() ([]arrow.Array, error) {
	out, err := j.collected.State()
	if err != nil {
		return nil, err
	}
	b := newText(j.groups)
	v := NewVec(types.Of(types.String), j.groups)
	if j.separator == nil {
		v.Valid = make([]uint64, Words(j.groups))
	}
	for range j.groups {
		if j.separator != nil {
			b.data = append(b.data, *j.separator...)
		}
		b.end()
	}
	if err := b.to(v); err != nil {
		return nil, err
	}
	more, err := toArrows(v)
	return append(out, more...), err
}

func (j *joined) Finish() (arrow.Array, error) {
	items, offsets := j.grouped()
	b := newText(j.groups)
	for g := range j.groups {
		for k := offsets[g]; k < offsets[g+1]; k++ {
			if k > offsets[g] && j.separator != nil {
				b.data = append(b.data, *j.separator...)
			}
			b.data = append(b.data, items.Str(int(k))...)
		}
		b.end()
	}
	out := NewVec(types.Of(types.String), j.groups)
	if err := b.to(out); err != nil {
		return nil, err
	}
	return out.ToArrow()
}

var joinRows = &Func{Name: "join_text", Kind: Aggregate, Family: "aggregates", Doc: "The present texts one after the other in the order of the rows, with a separator between (the same in every row); '' of none.",
	Overloads: []Overload{{Signature: "(x: string?, separator: string) => string", Absence: Sees, Agg: &AggregateSpec{State: joinedState, New: newJoined},
		Examples: []Example{{Call: "join_text(x, y)", Over: "['a', none, 'b'], ['-', '-', '-']", Result: "'a-b'"}}}}}
