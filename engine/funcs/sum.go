package funcs

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/pages"
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

// sums adds up one column for each group, and counts its present values for a mean. Ints and decimals are added in 64 bits as
// long as the sizes of what was added show that no sum can be too large, and from there in 128.
type sums struct {
	of     types.Type // of the argument
	result types.Type
	mean   bool
	wide   bool // floats
	groups int
	counts []int64   // of a mean
	floats []float64 // float
	ints   []int64   // int, decimal
	size   uint64    // no int is larger
	exact  []total   // what is not in ints; shorter than it where nothing is
	low    []int64   // of a block of decimals
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
	return []types.Type{t}
}

func meanState(args []types.Type, result types.Type) []types.Type {
	return append(sumState(args, result), types.Of(types.Int))
}

func (s *sums) Resize(n int) {
	s.groups = max(s.groups, n)
	if s.mean {
		s.counts = grow(s.counts, n)
	}
	if s.wide {
		s.floats = grow(s.floats, n)
	} else {
		s.ints = grow(s.ints, n)
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
	out := make([]T, max(n, 2*len(s)))
	copy(out, s)
	pages.Touch(out[len(s):])
	return out[:n]
}

func (s *sums) Update(n int, groups []uint32, args []arrow.Array) error {
	if n == 0 || groups != nil && s.addSmall(groups[:n], args[0]) {
		return nil
	}
	v, err := FromArrow(args[0], s.of)
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	if s.mean && s.wide && groups != nil && v.Valid == nil {
		addCounted(s.floats, s.counts, v.Floats, groups)
		return nil
	}
	if s.mean {
		countPresent(s.counts, v, n, groups)
	}
	switch {
	case s.wide && groups == nil && v.Valid == nil:
		s.floats[0] += sumFloats(v.Floats)
	case s.wide:
		addEach(s.floats, v.Floats, v, groups)
	case s.of.Kind == types.Int:
		s.addInts(v, unbounded, groups)
	default:
		return s.addDecimals(v, groups)
	}
	return nil
}

// countPresent counts the rows of each group that have a value.
func countPresent(counts []int64, v *Vec, n int, groups []uint32) {
	switch {
	case v.Valid != nil:
		eachPresent(v, n, groups, func(g uint32, _ int) { counts[g]++ })
	case groups == nil:
		counts[0] += int64(n)
	default:
		for _, g := range groups[:n] {
			if g != NoGroup {
				counts[g]++
			}
		}
	}
}

// addEach adds every present value to the sum of its group.
func addEach[T int64 | float64](sums, in []T, v *Vec, groups []uint32) {
	switch {
	case groups == nil:
		sum := sums[0]
		for i, x := range in {
			if v.Present(i) {
				sum += x
			}
		}
		sums[0] = sum
	case v.Valid != nil:
		for i, x := range in {
			if g := groups[i]; g != NoGroup && bit(v.Valid, i) {
				sums[g] += x
			}
		}
	default:
		addTo(sums, in, groups)
	}
}

// maxSize is that of numbers of which blocks have room in 64 bits.
const maxSize = 1 << 48

// room makes sure that n more numbers of at most this size can be added to ints; it is false for numbers that are too large.
func (s *sums) room(n int, size uint64) bool {
	more := uint64(n) * (size + 1)
	if size >= maxSize {
		return false
	}
	if s.size+more >= 1<<62 {
		s.exact = grow(s.exact, len(s.ints))
		for g, x := range s.ints {
			s.exact[g].add(x>>63, uint64(x))
		}
		clear(s.ints)
		s.size = 0
	}
	s.size += more
	return true
}

// looseBound is a bound of numbers that is taken as it is: with larger ones, what they really are is asked, for room in 64 bits.
const looseBound = 1 << 36

func (s *sums) addInts(v *Vec, most uint64, groups []uint32) {
	for from := 0; from < v.N; from += block {
		in := v.Ints[from:min(v.N, from+block)]
		size := most
		if most > looseBound {
			size = kernels.Best.Size(in)
		}
		part, to := v.part(from, len(in)), groups
		if groups != nil {
			to = groups[from:]
		}
		if s.room(len(in), size) {
			if to == nil && part.Valid == nil {
				s.ints[0] += kernels.Best.Sum(in)
			} else {
				addEach(s.ints, in, part, to)
			}
			continue
		}
		s.exact = grow(s.exact, len(s.ints))
		eachPresent(part, len(in), to, func(g uint32, i int) { s.exact[g].add(in[i]>>63, uint64(in[i])) })
	}
}

// part is a view of the presence of n rows from a multiple of 64 on.
func (v *Vec) part(from, n int) *Vec {
	if v.Valid == nil {
		return &Vec{Type: v.Type, N: n}
	}
	return &Vec{Type: v.Type, N: n, Valid: v.Valid[from/64:]}
}

func (s *sums) addDecimals(v *Vec, groups []uint32) error {
	if v.Narrow != nil {
		s.addInts(v.units(), v.Most, groups)
		return nil
	}
	if k := min(block, v.N); cap(s.low) < k {
		s.low = make([]int64, k)
	}
	ints := s.low[:min(block, v.N)]
	bad := -1
	for from := 0; from < v.N; from += block {
		in := v.Decimals[from:min(v.N, from+block)]
		var size, high uint64
		for i, x := range in {
			low := int64(x.LowBits())
			ints[i] = low
			size |= uint64(low ^ low>>63)
			high |= uint64(x.HighBits() ^ low>>63)
		}
		part, to := v.part(from, len(in)), groups
		if groups != nil {
			to = groups[from:]
		}
		if high == 0 && s.room(len(in), size) {
			addEach(s.ints, ints[:len(in)], part, to)
			continue
		}
		s.exact = grow(s.exact, len(s.ints))
		eachPresent(part, len(in), to, func(g uint32, i int) {
			if !s.exact[g].add(in[i].HighBits(), in[i].LowBits()) {
				bad = from + i
			}
		})
	}
	if bad >= 0 {
		return &RowError{Row: bad, Message: "sum: " + decimalOverflow}
	}
	return nil
}

// total is the exact sum of a group; it is false where that has no room.
func (s *sums) total(g int) (total, bool) {
	var t total
	if g < len(s.exact) {
		t = s.exact[g]
	}
	ok := t.add(s.ints[g]>>63, uint64(s.ints[g]))
	return t, ok
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
	if n == 0 {
		return nil
	}
	st := meanState([]types.Type{s.of}, s.result)
	if s.mean {
		counts, err := FromArrow(state[1], st[1])
		if err != nil {
			return err
		}
		addEach(s.counts, counts.Ints, counts, groups)
	}
	sum, err := FromArrow(state[0], st[0])
	if err != nil {
		return err
	}
	if s.wide {
		addEach(s.floats, sum.Floats, sum, groups)
		return nil
	}
	if err := s.addDecimals(sum, groups); err != nil {
		return &RowError{Row: -1, Message: "sum: " + decimalOverflow}
	}
	return nil
}

func (s *sums) State() ([]arrow.Array, error) {
	st := meanState([]types.Type{s.of}, s.result)
	sum := NewVec(st[0], s.groups)
	if s.wide {
		copy(sum.Floats, s.floats)
	} else {
		for g := range s.groups {
			t, ok := s.total(g)
			if !ok {
				return nil, &RowError{Row: -1, Message: "sum: " + decimalOverflow}
			}
			sum.Decimals[g] = t.num()
		}
	}
	if !s.mean {
		return toArrows(sum)
	}
	return toArrows(sum, &Vec{Type: st[1], N: s.groups, Ints: append([]int64(nil), s.counts...)})
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
	out := NewVec(s.result, s.groups)
	if s.wide && !s.mean {
		copy(out.Floats, s.floats)
		return out.ToArrow()
	}
	if s.mean {
		out.Valid = make([]uint64, Words(s.groups))
	}
	for g := range s.groups {
		if s.mean && s.counts[g] == 0 {
			continue
		}
		if s.wide {
			setBit(out.Valid, g)
			out.Floats[g] = s.floats[g] / float64(s.counts[g])
			continue
		}
		t, ok := s.total(g)
		d := t.num()
		switch {
		case s.of.Kind == types.Int && !s.mean:
			if t.hi != int64(t.lo)>>63 {
				return nil, &RowError{Row: -1, Message: "sum: " + overflow + "; sum(float(x)) is inexact but has room"}
			}
			out.Ints[g] = int64(t.lo)
		case !ok || !s.mean && !d.FitsInPrecision(38):
			return nil, &RowError{Row: -1, Message: "sum: " + decimalOverflow}
		case s.mean:
			setBit(out.Valid, g)
			out.Floats[g] = decimalFloat(d, s.of.Scale) / float64(s.counts[g])
		default:
			out.Decimals[g] = d
		}
	}
	return out.ToArrow()
}

func (s *sums) Bytes() int64 {
	return int64(cap(s.counts)*8 + cap(s.ints)*8 + cap(s.exact)*16 + cap(s.floats)*8)
}

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
	Overloads: []Overload{{Signature: "(x: N?) => float?", Absence: Sees, Agg: &AggregateSpec{State: meanState, New: newSums(true)},
		Examples: []Example{{Call: "mean(x)", Over: "[1, 2]", Result: "1.5"}}}}}
