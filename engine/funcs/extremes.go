package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// chosen keeps one row's value for each group: the smallest, the largest, the first, the last, or the one with the smallest or
// largest second argument.
type chosen struct {
	of     []types.Type
	result types.Type
	better func(order int) bool // whether a value that compares so with the kept one replaces it; nil: the first stays
	last   bool
	value  store
	by     store // of arg_min and arg_max, else value itself
	edges  int   // groups that have had the edge of numbers, of min and max
}

func newChosen(better func(int) bool, last bool) func(args []types.Type, result types.Type) (Accumulator, error) {
	return func(args []types.Type, result types.Type) (Accumulator, error) {
		c := &chosen{of: args, result: result, better: better, last: last, value: newStore(args[0])}
		c.by = c.value
		if len(args) == 2 {
			c.by = newStore(args[1])
		}
		return c, nil
	}
}

func chosenState(args []types.Type, _ types.Type) []types.Type {
	out := make([]types.Type, len(args))
	for i, t := range args {
		out[i] = types.Optional(t.Required())
	}
	return out
}

func (c *chosen) Resize(n int) {
	c.value.resize(n)
	if len(c.of) == 2 {
		c.by.resize(n)
	}
}

func (c *chosen) Update(n int, groups []uint32, args []arrow.Array) error {
	if groups != nil && c.narrow(groups[:n], args) {
		return nil
	}
	vs := make([]*Vec, len(args))
	for i, a := range args {
		v, err := FromArrow(a, c.of[i])
		if err != nil || v.Type.Kind == types.None {
			return err
		}
		vs[i] = v
	}
	v := vs[0]
	if len(vs) == 1 && c.better != nil {
		switch s := c.value.(type) {
		case *cells[int64]:
			startAtEdge(c, s)
			extremeLoop(s.vals, s.set1, v.Ints, v, groups, c.better(1))
			return nil
		case *cells[float64]:
			startAtEdge(c, s)
			extremeLoop(s.vals, s.set1, v.Floats, v, groups, c.better(1))
			return nil
		}
	}
	by := vs[len(vs)-1]
	eachPresent(by, n, groups, func(g uint32, i int) {
		switch {
		case !c.by.has(g), c.last, c.better != nil && c.better(c.by.compare(by, i, g)):
			c.keep(g, v, by, i)
		}
	})
	return nil
}

// narrow keeps the largest or smallest of whole numbers of few bits as they lie; it reports whether they are such, and all there.
func (c *chosen) narrow(groups []uint32, args []arrow.Array) bool {
	s, ok := c.value.(*cells[int64])
	if !ok || len(args) != 1 || c.better == nil || args[0].NullN() > 0 || c.of[0].Required().Kind != types.Int {
		return false
	}
	switch a := args[0].(type) {
	case *array.Int8:
		extremesWithin(c, s, a.Int8Values(), groups)
	case *array.Int16:
		extremesWithin(c, s, a.Int16Values(), groups)
	case *array.Int32:
		extremesWithin(c, s, a.Int32Values(), groups)
	default:
		return false
	}
	return true
}

func extremesWithin[T int8 | int16 | int32](c *chosen, s *cells[int64], in []T, groups []uint32) {
	startAtEdge(c, s)
	if c.better(1) {
		largestEach(s.vals, s.set1, in, groups)
	} else {
		smallestEach(s.vals, s.set1, in, groups)
	}
}

// startAtEdge gives new groups that have no number yet the edge.
func startAtEdge[T int64 | float64](c *chosen, s *cells[T]) {
	at := edge[T](c.better(1))
	for g := c.edges; g < len(s.vals); g++ {
		if !s.set1[g] {
			s.vals[g] = at
		}
	}
	c.edges = len(s.vals)
}

func (c *chosen) keep(g uint32, v, by *Vec, i int) {
	if v != by {
		c.by.set(g, by, i)
		if !v.Present(i) { // the row is chosen by its second argument, and has no first
			c.value.set(g, AbsentVec(v.Type, 1), 0)
			c.forget(g)
			return
		}
	}
	c.value.set(g, v, i)
}

// forget makes the value of g absent.
func (c *chosen) forget(g uint32) {
	switch s := c.value.(type) {
	case interface{ unset(uint32) }:
		s.unset(g)
	}
}

func (c *cells[T]) unset(g uint32) { c.set1[g] = false }
func (s *arrays) unset(g uint32)   { s.vals[g] = nil }

// Merge takes states in the order of their rows: what is first or last stays so.
func (c *chosen) Merge(n int, groups []uint32, state []arrow.Array) error {
	return c.Update(n, groups, state)
}

func (c *chosen) State() ([]arrow.Array, error) {
	if len(c.of) == 2 {
		return toArrows(c.value.vec(), c.by.vec())
	}
	return toArrows(c.value.vec())
}

func (c *chosen) Finish() (arrow.Array, error) { return c.value.vec().ToArrow() }

func (c *chosen) Bytes() int64 {
	if len(c.of) == 2 {
		return c.value.bytes() + c.by.bytes()
	}
	return c.value.bytes()
}

func smaller(order int) bool { return order < 0 }
func larger(order int) bool  { return order > 0 }

func chosenFunc(name, doc, signature string, better func(int) bool, last bool, ex ...Example) *Func {
	return &Func{Name: name, Kind: Aggregate, Family: "aggregates", Doc: doc,
		Overloads: []Overload{{Signature: signature, Absence: Sees, Examples: ex, Agg: &AggregateSpec{State: chosenState, New: newChosen(better, last)},
			Result: func(a []types.Type) (types.Type, error) { return types.Optional(a[0]), nil }}}}
}

var minimum = chosenFunc("min", "The smallest present value; absent if there is none. NaN is larger than every number.", "(x: O?) => O?", smaller, false,
	Example{Call: "min(x)", Over: "[3, 1, 2]", Result: "1"})

var maximum = chosenFunc("max", "The largest present value; absent if there is none. NaN is larger than every number.", "(x: O?) => O?", larger, false,
	Example{Call: "max(x)", Over: "[3, 1, 2]", Result: "3"})

var first = chosenFunc("first", "The first present value in the order of the rows; absent if there is none.", "(x: T?) => T?", nil, false,
	Example{Call: "first(x)", Over: "[none, 1, 2]", Result: "1"})

var last = chosenFunc("last", "The last present value in the order of the rows; absent if there is none.", "(x: T?) => T?", nil, true,
	Example{Call: "last(x)", Over: "[1, 2, none]", Result: "2"})

var anyValue = chosenFunc("any", "Some present value: use it where all are the same. Absent if there is none.", "(x: T?) => T?", nil, false,
	Example{Call: "any(x)", Over: "[1, 1]", Result: "1"})

var argMin = chosenFunc("arg_min", "The first argument in the row where the second is smallest.", "(x: T?, by: O?) => T?", smaller, false,
	Example{Call: "arg_min(x, y)", Over: "['b', 'a'], [2, 1]", Result: "'a'"})

var argMax = chosenFunc("arg_max", "The first argument in the row where the second is largest.", "(x: T?, by: O?) => T?", larger, false,
	Example{Call: "arg_max(x, y)", Over: "['b', 'a'], [2, 1]", Result: "'b'"})
