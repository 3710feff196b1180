package funcs

import (
	"encoding/binary"
	"math"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// collected keeps the present values of each group, all or the distinct ones, in the order of the rows. What makes a result of
// them is finish: the list itself, its length, its most frequent value, a quantile.
type collected struct {
	of       types.Type
	result   types.Type
	distinct bool
	finish   func(c *collected, items *Vec, offsets []int32) (*Vec, error)
	groups   int
	values   store    // one cell a value
	group    []uint32 // of each value
	seen     map[string]struct{}
	key      []byte
	held     int64
	quantile bool    // a quantile, whose state also says which
	at       float64 //
}

func newCollected(distinct bool, finish func(c *collected, items *Vec, offsets []int32) (*Vec, error)) func(args []types.Type, result types.Type) (Accumulator, error) {
	return func(args []types.Type, result types.Type) (Accumulator, error) {
		c := &collected{of: args[0].Required(), result: result, distinct: distinct, finish: finish, values: newStore(args[0]), at: 0.5}
		if distinct {
			c.seen = map[string]struct{}{}
		}
		return c, nil
	}
}

func collectedState(args []types.Type, _ types.Type) []types.Type {
	return []types.Type{types.ListOf(args[0].Required())}
}

func (c *collected) Resize(n int) { c.groups = max(c.groups, n) }

func (c *collected) Update(n int, groups []uint32, args []arrow.Array) error {
	v, err := FromArrow(args[0], c.of)
	if err != nil || v.Type.Kind == types.None {
		return err
	}
	if len(args) == 2 { // quantile: the same number in every row
		if f, ok := args[1].(*array.Float64); ok && n > 0 {
			c.at = f.Value(0)
		}
	}
	eachPresent(v, n, groups, func(g uint32, i int) { c.add(g, v, i) })
	return nil
}

func (c *collected) add(g uint32, v *Vec, i int) {
	if c.distinct {
		c.key = appendKey(binary.LittleEndian.AppendUint32(c.key[:0], g), v, i)
		if _, old := c.seen[string(c.key)]; old {
			return
		}
		c.seen[string(c.key)] = struct{}{}
		c.held += int64(len(c.key)) + 48
	}
	k := len(c.group)
	c.group = append(c.group, g)
	c.values.resize(k + 1)
	c.values.set(uint32(k), v, i)
}

func (c *collected) Merge(n int, groups []uint32, state []arrow.Array) error {
	lists, err := FromArrow(state[0], types.ListOf(c.of))
	if err != nil {
		return err
	}
	items, err := listItems(lists)
	if err != nil {
		return err
	}
	if len(state) == 2 && n > 0 {
		if at := state[1].(*array.Float64).Value(0); at == at { // NaN: of a part without rows
			c.at = at
		}
	}
	eachPresent(lists, n, groups, func(g uint32, i int) {
		from, to := listRow(lists, i)
		for k := from; k < to; k++ {
			c.add(g, items, k)
		}
	})
	return nil
}

// grouped is all values, group after group, and where each group starts.
func (c *collected) grouped() (*Vec, []int32) {
	offsets := make([]int32, c.groups+1)
	for _, g := range c.group {
		offsets[g+1]++
	}
	for g := range c.groups {
		offsets[g+1] += offsets[g]
	}
	next := append([]int32(nil), offsets...)
	rows := make([]int32, len(c.group))
	for i, g := range c.group {
		rows[next[g]] = int32(i)
		next[g]++
	}
	v := c.values.vec()
	v.Valid = nil // every cell was set
	return v.Take(rows), offsets
}

func (c *collected) State() ([]arrow.Array, error) {
	items, offsets := c.grouped()
	out := NewVec(types.ListOf(c.of), c.groups)
	if err := makeList(out, items, offsets); err != nil {
		return nil, err
	}
	if c.quantile {
		at := NewVec(types.Of(types.Float), c.groups)
		for i := range at.Floats {
			at.Floats[i] = c.at
		}
		return toArrows(out, at)
	}
	return toArrows(out)
}

func (c *collected) Finish() (arrow.Array, error) {
	items, offsets := c.grouped()
	out, err := c.finish(c, items, offsets)
	if err != nil {
		return nil, err
	}
	return out.ToArrow()
}

func (c *collected) Bytes() int64 { return c.values.bytes() + int64(cap(c.group)*4) + c.held }

func asList(c *collected, items *Vec, offsets []int32) (*Vec, error) {
	out := NewVec(c.result, c.groups)
	return out, makeList(out, items, offsets)
}

func asCount(c *collected, _ *Vec, offsets []int32) (*Vec, error) {
	out := NewVec(c.result, c.groups)
	for g := range c.groups {
		out.Ints[g] = int64(offsets[g+1] - offsets[g])
	}
	return out, nil
}

// asMode is the most frequent value of each group; of several, the one that came first.
func asMode(c *collected, items *Vec, offsets []int32) (*Vec, error) {
	rows := make([]int32, c.groups)
	for g := range c.groups {
		rows[g] = -1
		counts, most := map[string]int{}, 0
		for i := offsets[g]; i < offsets[g+1]; i++ {
			c.key = appendKey(c.key[:0], items, int(i))
			counts[string(c.key)]++
		}
		for i := offsets[g]; i < offsets[g+1]; i++ {
			c.key = appendKey(c.key[:0], items, int(i))
			if k := counts[string(c.key)]; k > most {
				most, rows[g] = k, i
			}
		}
	}
	return items.Take(rows), nil
}

// asQuantile interpolates linearly between the two nearest of the sorted values.
func asQuantile(c *collected, items *Vec, offsets []int32) (*Vec, error) {
	out := NewVec(c.result, c.groups)
	out.Valid = make([]uint64, Words(c.groups))
	if len(c.group) > 0 && !(c.at >= 0 && c.at <= 1) {
		return nil, &RowError{Row: -1, Message: "quantile: the second argument is a share from 0.0 to 1.0; 0.5 is the median"}
	}
	for g := range c.groups {
		vals := items.Floats[offsets[g]:offsets[g+1]]
		if len(vals) == 0 {
			continue
		}
		sort.Slice(vals, func(i, j int) bool { return compareFloats(vals[i], vals[j]) < 0 })
		place := c.at * float64(len(vals)-1)
		low := math.Floor(place)
		a, b := vals[int(low)], vals[int(math.Ceil(place))]
		if out.Floats[g] = a; a != b { // not by their difference, which infinite or large values have none of
			out.Floats[g] = a*(1-(place-low)) + b*(place-low)
		}
		setBit(out.Valid, g)
	}
	return out, nil
}

func collectFunc(name, doc, signature string, distinct bool, finish func(*collected, *Vec, []int32) (*Vec, error), result func([]types.Type) (types.Type, error), ex ...Example) *Func {
	return &Func{Name: name, Kind: Aggregate, Family: "aggregates", Doc: doc,
		Overloads: []Overload{{Signature: signature, Absence: Sees, Result: result, Examples: ex, Agg: &AggregateSpec{State: collectedState, New: newCollected(distinct, finish)}}}}
}

func listOfFirst(a []types.Type) (types.Type, error) { return types.ListOf(a[0].Required()), nil }

var (
	collect       = collectFunc("collect", "The present values as a list, in the order of the rows.", "(x: T?) => [T]", false, asList, listOfFirst, Example{Call: "collect(x)", Over: "[2, none, 1]", Result: "[2, 1]"})
	distinctList  = collectFunc("collect_distinct", "The distinct present values as a list, in the order in which they come first.", "(x: T?) => [T]", true, asList, listOfFirst, Example{Call: "collect_distinct(x)", Over: "[2, 1, 2]", Result: "[2, 1]"})
	countDistinct = collectFunc("count_distinct", "The number of distinct present values, exactly.", "(x: T?) => int", true, asCount, nil, Example{Call: "count_distinct(x)", Over: "[1, 2, 1, none]", Result: "2"})
	mode          = collectFunc("mode", "The most frequent present value; of several, the one that comes first. Absent if there is none.", "(x: T?) => T?", false, asMode,
		func(a []types.Type) (types.Type, error) { return types.Optional(a[0]), nil }, Example{Call: "mode(x)", Over: "[1, 2, 2]", Result: "2"})
	median = &Func{Name: "median", Kind: Aggregate, Family: "aggregates", Doc: "The middle of the present values, or the mean of the two middle ones, as a float; absent if there is none.",
		Overloads: []Overload{{Signature: "(x: float?) => float?", Absence: Sees, Agg: &AggregateSpec{State: quantileState, New: newQuantile},
			Examples: []Example{{Call: "median(x)", Over: "[1, 10, 2, 3]", Result: "2.5"}}}}}
	quantile = &Func{Name: "quantile", Kind: Aggregate, Family: "aggregates", Doc: "The value below which a share (0.0 to 1.0, the same in every row) of the present values lies, interpolated between neighbours; absent if there is none.",
		Overloads: []Overload{{Signature: "(x: float?, share: float) => float?", Absence: Sees, Agg: &AggregateSpec{State: quantileState, New: newQuantile},
			Examples: []Example{{Call: "quantile(x, y)", Over: "[1, 2, 3], [0.25, 0.25, 0.25]", Result: "1.5"}}}}}
)

func newQuantile(args []types.Type, result types.Type) (Accumulator, error) {
	a, err := newCollected(false, asQuantile)(args, result)
	if err == nil {
		c := a.(*collected)
		if c.quantile = true; len(args) == 2 {
			c.at = math.NaN() // until a row says
		}
	}
	return a, err
}

func quantileState([]types.Type, types.Type) []types.Type {
	return []types.Type{types.ListOf(types.Of(types.Float)), types.Of(types.Float)}
}
