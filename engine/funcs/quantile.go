package funcs

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// quantiles keeps every present value.
type quantiles struct {
	groups   int
	at       float64 // the share; NaN until a row says
	vals     chains
	absorbed []absorbedQuantiles
}

// absorbedQuantiles are values that another accumulator still keeps.
type absorbedQuantiles struct {
	vals  *chains
	group []uint32 // by ours, theirs+1; 0 for none
}

func newQuantiles(args []types.Type, _ types.Type) (Accumulator, error) {
	q := &quantiles{at: 0.5}
	if len(args) == 2 {
		q.at = math.NaN()
	}
	return q, nil
}

func quantileState([]types.Type, types.Type) []types.Type {
	return []types.Type{types.ListOf(types.Of(types.Float)), types.Of(types.Float)}
}

func (q *quantiles) Resize(n int) {
	q.groups = max(q.groups, n)
	q.vals.of = grow(q.vals.of, q.groups)
}

var tooManyValues = &RowError{Row: -1, Message: "median and quantile keep every value, and these are too many; approx_quantile keeps few"}

func (q *quantiles) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], types.Of(types.Float))
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	if len(args) == 2 && n > 0 { // the same number in every row
		if f, ok := args[1].(*array.Float64); ok {
			q.at = f.Value(0)
		}
	}
	if !q.vals.fits(n) {
		return tooManyValues
	}
	if v.Valid == nil && groups != nil {
		q.vals.addAll(groups, v.Floats)
		return nil
	}
	eachPresent(v, n, groups, func(g uint32, i int) { q.vals.add(g, v.Floats[i]) })
	return nil
}

func (q *quantiles) Merge(n int, groups []uint32, state []arrow.Array) error {
	lists, err := FromArrow(state[0], types.ListOf(types.Of(types.Float)))
	if err != nil {
		return err
	}
	items, err := listItems(lists)
	if err != nil {
		return err
	}
	if n > 0 {
		if at := state[1].(*array.Float64).Value(0); at == at { // NaN: of a part without rows
			q.at = at
		}
	}
	if !q.vals.fits(items.N) {
		return tooManyValues
	}
	eachPresent(lists, n, groups, func(g uint32, i int) {
		from, to := listRow(lists, i)
		for _, x := range items.Floats[from:to] {
			q.vals.add(g, x)
		}
	})
	return nil
}

// Absorb leaves the values where they are.
func (q *quantiles) Absorb(other Accumulator, from []int32, groups []uint32) error {
	o := other.(*quantiles)
	if o.at == o.at {
		q.at = o.at
	}
	a := absorbedQuantiles{vals: &o.vals, group: make([]uint32, q.groups)}
	for i, g := range groups {
		a.group[g] = uint32(from[i]) + 1
	}
	q.absorbed = append(q.absorbed, a)
	return nil
}

// gather appends the values of a group.
func (q *quantiles) gather(out []float64, g int) []float64 {
	out = q.vals.gather(out, uint32(g))
	for _, a := range q.absorbed {
		if g < len(a.group) && a.group[g] > 0 {
			out = a.vals.gather(out, a.group[g]-1)
		}
	}
	return out
}

func (q *quantiles) State() ([]arrow.Array, error) {
	var vals []float64
	offsets := make([]int32, q.groups+1)
	for g := range q.groups {
		if vals = q.gather(vals, g); len(vals) > math.MaxInt32 {
			return nil, tooManyValues
		}
		offsets[g+1] = int32(len(vals))
	}
	items := &Vec{Type: types.Of(types.Float), N: len(vals), Floats: vals}
	out := NewVec(types.ListOf(types.Of(types.Float)), q.groups)
	if err := makeList(out, items, offsets); err != nil {
		return nil, err
	}
	at := NewVec(types.Of(types.Float), q.groups)
	for i := range at.Floats {
		at.Floats[i] = q.at
	}
	return toArrows(out, at)
}

func (q *quantiles) Finish() (arrow.Array, error) {
	out := NewVec(types.Of(types.Float), q.groups)
	out.Valid = make([]uint64, Words(q.groups))
	var vals []float64
	for g := range q.groups {
		if vals = q.gather(vals[:0], g); len(vals) == 0 {
			continue
		}
		if !(q.at >= 0 && q.at <= 1) {
			return nil, &RowError{Row: -1, Message: "quantile: the second argument is a share from 0.0 to 1.0; 0.5 is the median"}
		}
		out.Floats[g] = quantileOf(vals, q.at)
		setBit(out.Valid, g)
	}
	return out.ToArrow()
}

// quantileOf interpolates linearly between the two nearest of the values in their order, which it changes.
func quantileOf(vals []float64, share float64) float64 {
	place := share * float64(len(vals)-1)
	low := math.Floor(place)
	a, b := neighbours(vals, int(low), int(math.Ceil(place)))
	if a == b { // not by their difference, which infinite or large values have none of
		return a
	}
	return a*(1-(place-low)) + b*(place-low)
}

// neighbours are the values that would be at i and at j, which is i or i+1, if they were sorted; NaN comes last.
func neighbours(vals []float64, i, j int) (a, b float64) {
	n := 0
	for _, v := range vals {
		if v == v {
			n++
		}
	}
	if n < len(vals) {
		vals = slices.DeleteFunc(vals, func(v float64) bool { return v != v })
	}
	if i >= n {
		return math.NaN(), math.NaN()
	}
	a, next := selected(vals, i)
	switch {
	case j == i:
		return a, a
	case j < n:
		return a, next
	}
	return a, math.NaN()
}

// selected is the value at i of the sorted numbers, and the one after it, if there is one.
func selected(vals []float64, i int) (at, next float64) {
	after := vals[len(vals):] // where the first number after vals is, that of them
	for rounds := 0; len(vals) > 16; rounds++ {
		if rounds == 64 {
			break // unlucky choices: sort what is left
		}
		n := len(vals)
		x, y, z := vals[n/4], vals[n/2], vals[n-1-n/4]
		pivot := max(min(x, y), min(max(x, y), z))
		cut := smallerFirst(vals, pivot)
		if i < cut {
			vals, after = vals[:cut], vals[cut:]
			continue
		}
		if cut > n/8 {
			vals, i = vals[cut:], i-cut
			continue
		}
		// Many may be the pivot itself, which is at cut or later.
		same := cut + notLargerFirst(vals[cut:], pivot)
		switch {
		case i+1 < same:
			return pivot, pivot
		case i < same:
			if same < n {
				after = vals[same:]
			}
			if len(after) > 0 {
				next = slices.Min(after)
			}
			return pivot, next
		}
		vals, i = vals[same:], i-same
	}
	slices.Sort(vals)
	switch {
	case i+1 < len(vals):
		next = vals[i+1]
	case len(after) > 0:
		next = slices.Min(after)
	}
	return vals[i], next
}

// smallerFirst puts the numbers below pivot before all others, without a branch that depends on them, and counts them.
func smallerFirst(vals []float64, pivot float64) int {
	at := 0
	for i, v := range vals {
		vals[i] = vals[at]
		vals[at] = v
		less := 0
		if v < pivot {
			less = 1
		}
		at += less
	}
	return at
}

// notLargerFirst is smallerFirst for those up to pivot.
func notLargerFirst(vals []float64, pivot float64) int {
	at := 0
	for i, v := range vals {
		vals[i] = vals[at]
		vals[at] = v
		less := 0
		if v <= pivot {
			less = 1
		}
		at += less
	}
	return at
}

func (q *quantiles) Bytes() int64 {
	n := q.vals.bytes()
	for _, a := range q.absorbed {
		n += int64(len(a.group)) * 4
	}
	return n
}

// Release lets others use the memory.
func (q *quantiles) Release() { q.vals.release() }

var (
	median = &Func{Name: "median", Kind: Aggregate, Family: "aggregates", Doc: "The middle of the present values, or the mean of the two middle ones, as a float; absent if there is none.",
		Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: &AggregateSpec{State: quantileState, New: newQuantiles},
			Examples: []Example{{Call: "median(x)", Over: "[1, 10, 2, 3]", Result: "2.5"}}}}}
	quantile = &Func{Name: "quantile", Kind: Aggregate, Family: "aggregates", Doc: "The value below which a share (0.0 to 1.0, the same in every row) of the present values lies, interpolated between neighbours; absent if there is none.",
		Overloads: []Overload{{Signature: "(x: float?, share: float) => float?", Absence: Sees, Agg: &AggregateSpec{State: quantileState, New: newQuantiles},
			Examples: []Example{{Call: "quantile(x, y)", Over: "[1, 2, 3], [0.25, 0.25, 0.25]", Result: "1.5"}}}}}
)
