package funcs

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// moments keeps count, mean and the sum of squared distances from it, updated by Welford's method and merged by Chan's, which
// lose no digits to large means.
type moments struct {
	root bool
	m    []moment
}

type moment struct{ n, mean, squares float64 }

func (m *moment) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / m.n
	m.squares += d * (x - m.mean)
}

func (m *moment) merge(b moment) {
	if b.n == 0 {
		return
	}
	total, d := m.n+b.n, b.mean-m.mean
	m.squares += b.squares + d*d*m.n*b.n/total
	m.mean += d * b.n / total
	m.n = total
}

func newMoments(root bool) func(args []types.Type, result types.Type) (Accumulator, error) {
	return func([]types.Type, types.Type) (Accumulator, error) { return &moments{root: root}, nil }
}

func momentState([]types.Type, types.Type) []types.Type {
	f := types.Of(types.Float)
	return []types.Type{f, f, f}
}

func (s *moments) Resize(n int) { s.m = grow(s.m, n) }

func (s *moments) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], types.Of(types.Float))
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	if v.Valid == nil && groups != nil {
		for i, x := range v.Floats {
			if g := groups[i]; g != NoGroup {
				s.m[g].add(x)
			}
		}
		return nil
	}
	eachPresent(v, n, groups, func(g uint32, i int) { s.m[g].add(v.Floats[i]) })
	return nil
}

func (s *moments) Merge(n int, groups []uint32, state []arrow.Array) error {
	var vs [3]*Vec
	for i := range vs {
		v, err := FromArrow(state[i], types.Of(types.Float))
		if err != nil {
			return err
		}
		vs[i] = v
	}
	eachPresent(vs[0], n, groups, func(g uint32, i int) {
		s.m[g].merge(moment{vs[0].Floats[i], vs[1].Floats[i], vs[2].Floats[i]})
	})
	return nil
}

func (s *moments) State() ([]arrow.Array, error) {
	var vs [3]*Vec
	for i := range vs {
		vs[i] = NewVec(types.Of(types.Float), len(s.m))
	}
	for i, m := range s.m {
		vs[0].Floats[i], vs[1].Floats[i], vs[2].Floats[i] = m.n, m.mean, m.squares
	}
	return toArrows(vs[:]...)
}

func (s *moments) Finish() (arrow.Array, error) {
	out := NewVec(types.Of(types.Float), len(s.m))
	out.Valid = make([]uint64, Words(out.N))
	for i, m := range s.m {
		if m.n < 2 {
			continue
		}
		setBit(out.Valid, i)
		if out.Floats[i] = m.squares / (m.n - 1); s.root {
			out.Floats[i] = math.Sqrt(out.Floats[i])
		}
	}
	return out.ToArrow()
}

func (s *moments) Bytes() int64 { return int64(cap(s.m) * 24) }

var variance = &Func{Name: "variance", Kind: Aggregate, Family: "aggregates", Doc: "The sample variance of the present values (divided by n - 1); absent for fewer than two.",
	Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: &AggregateSpec{State: momentState, New: newMoments(false)},
		Examples: []Example{{Call: "variance(x)", Over: "[1, 2, 3]", Result: "1.0"}}}}}

var stddev = &Func{Name: "stddev", Kind: Aggregate, Family: "aggregates", Doc: "The sample standard deviation of the present values; absent for fewer than two.",
	Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: &AggregateSpec{State: momentState, New: newMoments(true)},
		Examples: []Example{{Call: "stddev(x)", Over: "[1, 2, 3]", Result: "1.0"}}}}}
