package funcs

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// quantiles keeps every present value, in the order of the rows, and its group beside it.
type quantiles struct {
	groups int
	at     float64 // the share; NaN until a row says
	vals   []float64
	group  []uint32
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

func (q *quantiles) Resize(n int) { q.groups = max(q.groups, n) }

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
	if v.Valid == nil && groups != nil && !slices.Contains(groups[:n], NoGroup) {
		q.vals = append(q.vals, v.Floats...)
		q.group = append(q.group, groups[:n]...)
		return nil
	}
	eachPresent(v, n, groups, func(g uint32, i int) {
		q.vals, q.group = append(q.vals, v.Floats[i]), append(q.group, g)
	})
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
	eachPresent(lists, n, groups, func(g uint32, i int) {
		from, to := listRow(lists, i)
		q.vals = append(q.vals, items.Floats[from:to]...)
		for range to - from {
			q.group = append(q.group, g)
		}
	})
	return nil
}

// grouped is all values, group after group, and where each group starts.
func (q *quantiles) grouped() ([]float64, []int32) {
	offsets := make([]int32, q.groups+1)
	for _, g := range q.group {
		offsets[g+1]++
	}
	for g := range q.groups {
		offsets[g+1] += offsets[g]
	}
	next := slices.Clone(offsets)
	out := make([]float64, len(q.vals))
	for i, g := range q.group {
		out[next[g]] = q.vals[i]
		next[g]++
	}
	return out, offsets
}

func (q *quantiles) State() ([]arrow.Array, error) {
	vals, offsets := q.grouped()
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
	if len(q.group) > 0 && !(q.at >= 0 && q.at <= 1) {
		return nil, &RowError{Row: -1, Message: "quantile: the second argument is a share from 0.0 to 1.0; 0.5 is the median"}
	}
	vals, offsets := q.grouped()
	out := NewVec(types.Of(types.Float), q.groups)
	out.Valid = make([]uint64, Words(q.groups))
	for g := range q.groups {
		if of := vals[offsets[g]:offsets[g+1]]; len(of) > 0 {
			out.Floats[g] = quantileOf(of, q.at)
			setBit(out.Valid, g)
		}
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
	for k, v := range vals {
		if v == v {
			vals[n], vals[k] = v, vals[n]
			n++
		}
	}
	if i >= n {
		return math.NaN(), math.NaN()
	}
	vals = vals[:n]
	sortUpTo(vals, i)
	a, b = vals[i], vals[i]
	if j > i {
		if b = math.NaN(); j < n {
			b = slices.Min(vals[j:])
		}
	}
	return a, b
}

// sortUpTo puts the value at i where it would be if all were sorted, smaller ones before it and larger ones after it.
func sortUpTo(vals []float64, i int) {
	for rounds := 0; len(vals) > 16; rounds++ {
		if rounds == 64 {
			break // unlucky choices: sort what is left
		}
		x, y, z := vals[0], vals[len(vals)/2], vals[len(vals)-1]
		pivot := max(min(x, y), min(max(x, y), z))
		from, to := 0, len(vals)-1
		for from <= to {
			for vals[from] < pivot {
				from++
			}
			for vals[to] > pivot {
				to--
			}
			if from <= to {
				vals[from], vals[to] = vals[to], vals[from]
				from++
				to--
			}
		}
		switch {
		case i <= to:
			vals = vals[:to+1]
		case i >= from:
			vals, i = vals[from:], i-from
		default:
			return
		}
	}
	slices.Sort(vals)
}

func (q *quantiles) Bytes() int64 { return int64(cap(q.vals)*8 + cap(q.group)*4) }

var (
	median = &Func{Name: "median", Kind: Aggregate, Family: "aggregates", Doc: "The middle of the present values, or the mean of the two middle ones, as a float; absent if there is none.",
		Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: &AggregateSpec{State: quantileState, New: newQuantiles},
			Examples: []Example{{Call: "median(x)", Over: "[1, 10, 2, 3]", Result: "2.5"}}}}}
	quantile = &Func{Name: "quantile", Kind: Aggregate, Family: "aggregates", Doc: "The value below which a share (0.0 to 1.0, the same in every row) of the present values lies, interpolated between neighbours; absent if there is none.",
		Overloads: []Overload{{Signature: "(x: float?, share: float) => float?", Absence: Sees, Agg: &AggregateSpec{State: quantileState, New: newQuantiles},
			Examples: []Example{{Call: "quantile(x, y)", Over: "[1, 2, 3], [0.25, 0.25, 0.25]", Result: "1.5"}}}}}
)
