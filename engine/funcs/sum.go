package funcs

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/types"
)

// total is an exact sum of ints or decimals in 128 bits.
type total struct {
	hi int64
	lo uint64
}

func (t *total) add(hi int64, lo uint64) bool {
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, lo, 0)
	was := t.hi
	t.hi = was + hi + int64(carry)
	return (was^t.hi)&(hi^t.hi) >= 0
}

func (t total) num() decimal128.Num { return decimal128.New(t.hi, t.lo) }

// sums adds up one column for each group, and counts its present values.
type sums struct {
	of     types.Type // of the argument
	result types.Type
	mean   bool
	counts []int64
	exact  []total   // int, decimal
	floats []float64 // float
	wide   bool
}

func newSums(mean bool) func(args []types.Type, result types.Type) (Accumulator, error) {
	return func(args []types.Type, result types.Type) (Accumulator, error) {
		of := args[0].Required()
		return &sums{of: of, result: result, mean: mean, wide: of.Kind == types.Float}, nil
	}
}

func sumState(args []types.Type, _ types.Type) []types.Type {
	t := args[0].Required()
	switch t.Kind {
	case types.Int:
		t = decimalOf(38, 0)
	case types.Decimal:
		t = decimalOf(38, t.Scale)
	}
	return []types.Type{t, types.Of(types.Int)}
}

func (s *sums) Resize(n int) {
	s.counts = grow(s.counts, n)
	if s.wide {
		s.floats = grow(s.floats, n)
	} else {
		s.exact = grow(s.exact, n)
	}
}

// grow makes room for n cells, the new ones zero.
func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		return s[:n]
	}
	out := make([]T, n, max(n, 2*len(s)))
	copy(out, s)
	return out
}

func (s *sums) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], s.of)
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	if s.wide && groups == nil && v.Valid == nil {
		s.floats[0] += sumFloats(v.Floats)
		s.counts[0] += int64(n)
		return nil
	}
	if s.of.Kind == types.Int && groups == nil && v.Valid == nil {
		t := s.exact[0]
		for _, x := range v.Ints {
			var carry uint64
			t.lo, carry = bits.Add64(t.lo, uint64(x), 0)
			t.hi += x>>63 + int64(carry)
		}
		s.exact[0] = t
		s.counts[0] += int64(n)
		return nil
	}
	switch {
	case s.wide && v.Valid == nil:
		for i, x := range v.Floats {
			if g := groups[i]; g != NoGroup {
				s.floats[g] += x
				s.counts[g]++
			}
		}
	case s.wide:
		eachPresent(v, n, groups, func(g uint32, i int) {
			s.floats[g] += v.Floats[i]
			s.counts[g]++
		})
	case s.of.Kind == types.Int && v.Valid == nil && groups != nil:
		for i, x := range v.Ints {
			if g := groups[i]; g != NoGroup {
				s.exact[g].add(x>>63, uint64(x))
				s.counts[g]++
			}
		}
	case s.of.Kind == types.Int:
		eachPresent(v, n, groups, func(g uint32, i int) {
			x := v.Ints[i]
			s.exact[g].add(x>>63, uint64(x))
			s.counts[g]++
		})
	default:
		return s.addDecimals(v, n, groups)
	}
	return nil
}

func (s *sums) addDecimals(v *Vec, n int, groups []uint32) error {
	bad := -1
	eachPresent(v, n, groups, func(g uint32, i int) {
		x := v.Decimals[i]
		if !s.exact[g].add(x.HighBits(), x.LowBits()) {
			bad = i
		}
		s.counts[g]++
	})
	if bad >= 0 {
		return &RowError{Row: bad, Message: "sum: " + decimalOverflow}
	}
	return nil
}

// sumFloats adds in four lanes, always in the same order for the same rows.
func sumFloats(a []float64) float64 {
	var w, x, y, z float64
	for ; len(a) >= 4; a = a[4:] {
		w += a[0]
		x += a[1]
		y += a[2]
		z += a[3]
	}
	for _, v := range a {
		w += v
	}
	return w + x + (y + z)
}

// eachPresent calls f for every row that has a group and a value.
func eachPresent(v *Vec, n int, groups []uint32, f func(g uint32, i int)) {
	for i := range n {
		g := uint32(0)
		if groups != nil {
			if g = groups[i]; g == NoGroup {
				continue
			}
		}
		if v.Present(i) {
			f(g, i)
		}
	}
}

func (s *sums) Merge(n int, groups []uint32, state []arrow.Array) error {
	st := sumState([]types.Type{s.of}, s.result)
	sum, err := FromArrow(state[0], st[0])
	if err != nil {
		return err
	}
	counts, err := FromArrow(state[1], st[1])
	if err != nil {
		return err
	}
	bad := -1
	eachPresent(counts, n, groups, func(g uint32, i int) {
		s.counts[g] += counts.Ints[i]
		if s.wide {
			s.floats[g] += sum.Floats[i]
		} else if d := sum.Decimals[i]; !s.exact[g].add(d.HighBits(), d.LowBits()) {
			bad = i
		}
	})
	if bad >= 0 {
		return &RowError{Row: -1, Message: "sum: " + decimalOverflow}
	}
	return nil
}

func (s *sums) State() ([]arrow.Array, error) {
	st := sumState([]types.Type{s.of}, s.result)
	n := len(s.counts)
	sum := NewVec(st[0], n)
	if s.wide {
		copy(sum.Floats, s.floats)
	} else {
		for i, t := range s.exact {
			sum.Decimals[i] = t.num()
		}
	}
	return toArrows(sum, &Vec{Type: st[1], N: n, Ints: append([]int64(nil), s.counts...)})
}

func toArrows(vs ...*Vec) ([]arrow.Array, error) {
	var out []arrow.Array
	for _, v := range vs {
		a, err := v.ToArrow()
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func (s *sums) Finish() (arrow.Array, error) {
	n := len(s.counts)
	out := NewVec(s.result, n)
	if s.mean {
		out.Valid = make([]uint64, Words(n))
	}
	for i, k := range s.counts {
		switch {
		case s.mean && k == 0:
		case s.mean:
			setBit(out.Valid, i)
			sum := 0.0
			if s.wide {
				sum = s.floats[i]
			} else {
				sum = decimalFloat(s.exact[i].num(), s.of.Scale)
			}
			out.Floats[i] = sum / float64(k)
		case s.wide:
			out.Floats[i] = s.floats[i]
		case s.of.Kind == types.Int:
			t := s.exact[i]
			if t.hi != int64(t.lo)>>63 {
				return nil, &RowError{Row: -1, Message: "sum: " + overflow + "; sum(float(x)) is inexact but has room"}
			}
			out.Ints[i] = int64(t.lo)
		default:
			d := s.exact[i].num()
			if !d.FitsInPrecision(38) {
				return nil, &RowError{Row: -1, Message: "sum: " + decimalOverflow}
			}
			out.Decimals[i] = d
		}
	}
	return out.ToArrow()
}

func (s *sums) Bytes() int64 { return int64(cap(s.counts)*8 + cap(s.exact)*16 + cap(s.floats)*8) }

func sumResult(args []types.Type) (types.Type, error) {
	if args[0].Kind == types.Decimal {
		return decimalOf(38, args[0].Scale), nil
	}
	return args[0], nil
}

var sum = &Func{Name: "sum", Kind: Aggregate, Family: "aggregates",
	Doc: "The sum of the present values; 0 of none. A sum of ints or decimals is exact, and an error where it does not fit.",
	Overloads: []Overload{{Signature: "(x: N?) => N", Absence: Sees, Result: func(a []types.Type) (types.Type, error) { return sumResult([]types.Type{a[0].Required()}) },
		Agg: &AggregateSpec{State: sumState, New: newSums(false)}, Examples: []Example{{Call: "sum(x)", Over: "[1, 2, none]", Result: "3"}}}}}

var mean = &Func{Name: "mean", Kind: Aggregate, Family: "aggregates",
	Doc: "The arithmetic mean of the present values, as a float; absent if there are none.",
	Overloads: []Overload{{Signature: "(x: N?) => float?", Absence: Sees, Agg: &AggregateSpec{State: sumState, New: newSums(true)},
		Examples: []Example{{Call: "mean(x)", Over: "[1, 2]", Result: "1.5"}}}}}
