package funcs

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// collected keeps the present values of each group, all or the distinct ones, in the order of the rows. What makes a result of
// them is finish: the list itself, its length, its most frequent value.
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
}

func newCollected(distinct bool, finish func(c *collected, items *Vec, offsets []int32) (*Vec, error)) func(args []types.Type, result types.Type) (Accumulator, error) {
	return func(args []types.Type, result types.Type) (Accumulator, error) {
		c := &collected{of: args[0].Required(), result: result, distinct: distinct, finish: finish, values: newStore(args[0])}
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

func collectFunc(name, doc, signature string, distinct bool, finish func(*collected, *Vec, []int32) (*Vec, error), result func([]types.Type) (types.Type, error), ex ...Example) *Func {
	return &Func{Name: name, Kind: Aggregate, Family: "aggregates", Doc: doc,
		Overloads: []Overload{{Signature: signature, Absence: Sees, Result: result, Examples: ex, Agg: &AggregateSpec{State: collectedState, New: newCollected(distinct, finish)}}}}
}

func listOfFirst(a []types.Type) (types.Type, error) { return types.ListOf(a[0].Required()), nil }

var (
	collect      = collectFunc("collect", "The present values as a list, in the order of the rows.", "(x: T?) => [T]", false, asList, listOfFirst, Example{Call: "collect(x)", Over: "[2, none, 1]", Result: "[2, 1]"})
	distinctList = collectFunc("collect_distinct", "The distinct present values as a list, in the order in which they come first.", "(x: T?) => [T]", true, asList, listOfFirst, Example{Call: "collect_distinct(x)", Over: "[2, 1, 2]", Result: "[2, 1]"})
	mode         = collectFunc("mode", "The most frequent present value; of several, the one that comes first. Absent if there is none.", "(x: T?) => T?", false, asMode,
		func(a []types.Type) (types.Type, error) { return types.Optional(a[0]), nil }, Example{Call: "mode(x)", Over: "[1, 2, 2]", Result: "2"})
)
