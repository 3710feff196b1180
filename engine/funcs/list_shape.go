package funcs

import (
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

func listFunc(name, doc string, overloads ...Overload) *Func {
	return scalarFunc("lists", name, doc, overloads...)
}

var sliceList = listFunc("slice", "The elements from a place up to, and without, another, or to the end; places count from 0, or from -1 for the last.",
	takes("(list: [T], from: int) => [T]", pickItems(sliced), eg("slice([4, 5, 6], 1)", "[5, 6]"), eg("slice([4, 5, 6], -1)", "[6]")),
	takes("(list: [T], from: int, to: int) => [T]", pickItems(sliced), eg("slice([4, 5, 6], 0, 2)", "[4, 5]"), eg("slice([4, 5, 6], 0, -1)", "[4, 5]"), eg("len(slice([4], 3, 1))", "0")))

func sliced(c *Call, i int, _ *Vec, from, to int, out []int32) []int32 {
	n := int64(to - from)
	end := n
	if len(c.Args) == 3 {
		end = within(row{c, i}.int(2), n)
	}
	return places(from+int(within(row{c, i}.int(1), n)), from+int(end), out)
}

// within is a place from 0 to n that may count from the end.
func within(at, n int64) int64 {
	if at < 0 {
		at = max(at, -n) + n
	}
	return min(at, n)
}

// mergeItems is a kernel that gives each row elements of several columns of items; choose appends which column and what place.
func mergeItems(columns func(c *Call) ([]*Vec, error), choose func(c *Call, i int, out []place) []place) Kernel {
	return func(c *Call) error {
		vs, err := columns(c)
		if err != nil {
			return err
		}
		var all []place
		offsets := make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				if all = choose(c, i, all); len(all) > maxItems {
					return &RowError{i, errTooMany.Error()}
				}
			}
			offsets = append(offsets, int32(len(all)))
		}
		items, err := Merge(*c.Out.Type.Elem, vs, len(all), func(k int) (int, int) { return all[k].column, all[k].at })
		if err != nil {
			return err
		}
		return makeList(c.Out, items, offsets)
	}
}

// place is an element: its column, and where in it.
type place struct{ column, at int }

// itemsOf is the items of the arguments that are lists, and the others as they are.
func itemsOf(c *Call) ([]*Vec, error) {
	out := make([]*Vec, len(c.Args))
	for k, a := range c.Args {
		out[k] = a
		if a.Array != nil && a.Type.Kind == types.List && types.Equal(a.Type.Elem.Required(), c.Out.Type.Elem.Required()) {
			items, err := listItems(a)
			if err != nil {
				return nil, err
			}
			out[k] = items
		}
		if out[k].Index != nil {
			out[k] = out[k].Take(nil)
		}
	}
	return out, nil
}

// listAt appends the elements of the list that argument k holds.
func listAt(c *Call, k, i int, out []place) []place {
	from, to := listRow(c.Args[k], i)
	for at := from; at < to; at++ {
		out = append(out, place{k, at})
	}
	return out
}

var concatLists = takes("(list: [T]…) => [T]", mergeItems(itemsOf, func(c *Call, i int, out []place) []place {
	for k := range c.Args {
		out = listAt(c, k, i, out)
	}
	return out
}), eg("concat([1, 2], [3])", "[1, 2, 3]"))

// oneMore builds append and prepend, which take a value that may be absent.
func oneMore(name, doc string, first bool, ex ...Example) *Func {
	return listFunc(name, doc, takes("(list: [T], x: T) => [T]", func(c *Call) error {
		if c.Args[0].Valid != nil { // the list may be absent; the value may be too, and counts then
			c.Out.Valid = make([]uint64, Words(c.N))
			for i := range c.N {
				assignBit(c.Out.Valid, i, c.Args[0].Present(i))
			}
		}
		return mergeItems(itemsOf, func(c *Call, i int, out []place) []place {
			if first {
				return listAt(c, 0, i, append(out, place{1, i}))
			}
			return append(listAt(c, 0, i, out), place{1, i})
		})(c)
	}, ex...).seeing().giving(func(a []types.Type) (types.Type, error) {
		if a[0].IsOption() {
			return types.Type{}, errors.New("the list may be absent; give it a default first, as list ?? []")
		}
		elem, ok := Common(*a[0].Elem, a[1])
		if !ok {
			return types.Type{}, errors.New("the value is of another type than the elements")
		}
		return types.ListOf(elem), nil
	}))
}

var (
	appendItem  = oneMore("append", "The list with one element more at its end.", false, eg("append([1, 2], 3)", "[1, 2, 3]"))
	prependItem = oneMore("prepend", "The list with one element more at its start.", true, eg("prepend([1, 2], 0)", "[0, 1, 2]"))
)

var flatten = listFunc("flatten", "The elements of a list of lists, one list after the other; absent lists have none.",
	takes("(lists: [T]) => [T]", func(c *Call) error {
		outer, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		return mergeItems(func(*Call) ([]*Vec, error) {
			items, err := listItems(outer)
			return []*Vec{items}, err
		}, func(c *Call, i int, out []place) []place {
			from, to := listRow(c.Args[0], i)
			for k := from; k < to; k++ {
				if !outer.Present(k) {
					continue
				}
				a, b := listRow(outer, k)
				for at := a; at < b; at++ {
					out = append(out, place{0, at})
				}
			}
			return out
		})(c)
	}, eg("flatten([[1, 2], [3]])", "[1, 2, 3]")).giving(func(a []types.Type) (types.Type, error) {
		inner := a[0].Elem.Required()
		if inner.Kind != types.List {
			return types.Type{}, errors.New("flatten takes a list of lists")
		}
		return inner, nil
	}))

var rangeList = listFunc("range", "The ints from the first up to, and without, the second, by a step, 1 if not given; a negative step counts down.",
	takes("(from: int, to: int) => [int]", rowItems(counting), eg("range(1, 4)", "[1, 2, 3]"), eg("len(range(3, 1))", "0")).failing(),
	takes("(from: int, to: int, step: int) => [int]", rowItems(counting), eg("range(5, 0, -2)", "[5, 3, 1]"), egFails("range(1, 2, 0)", "step"), egFails("range(0, 9000000000)", "elements")).failing())

// maxRange bounds one list, as maxPad bounds one text.
const maxRange = 1 << 20

func counting(r row, out []int64) ([]int64, error) {
	from, to, step := r.int(0), r.int(1), int64(1)
	if r.given(2) {
		step = r.int(2)
	}
	if step == 0 {
		return nil, errors.New("range: a step is not 0")
	}
	start := len(out)
	for x := from; step > 0 && x < to || step < 0 && x > to; {
		if len(out)-start == maxRange {
			return nil, errors.New("a range has 1048576 elements at most")
		}
		out = append(out, x)
		next := x + step
		if (next > x) != (step > 0) { // past the last int
			break
		}
		x = next
	}
	return out, nil
}

var fill = listFunc("fill", "A list of the value so many times.",
	takes("(x: T, times: int) => [T]", func(c *Call) error {
		for i := range c.N {
			if c.Out.Present(i) && (row{c, i}).int(1) > maxRange {
				return &RowError{i, "fill makes 1048576 elements at most"}
			}
		}
		return mergeItems(itemsOf, func(c *Call, i int, out []place) []place {
			for range (row{c, i}).int(1) {
				out = append(out, place{0, i})
			}
			return out
		})(c)
	}, eg("fill('a', 2)", "['a', 'a']"), eg("len(fill(1, -1))", "0"), egFails("fill(0, 2000000)", "1048576")).failing())

var compactList = listFunc("compact", "The elements that are present.",
	takes("(list: [T]) => [T]", pickItems(func(_ *Call, _ int, items *Vec, from, to int, out []int32) []int32 {
		for k := from; k < to; k++ {
			if items.Present(k) && items.Type.Kind != types.None {
				out = append(out, int32(k))
			}
		}
		return out
	}), eg("compact([1, none, 3])", "[1, 3]")).giving(func(a []types.Type) (types.Type, error) { return types.ListOf(a[0].Elem.Required()), nil }))

var without = listFunc("without", "The elements that do not equal the value.",
	takes("(list: [T], x: T) => [T]", pickItems(func(c *Call, i int, items *Vec, from, to int, out []int32) []int32 {
		key := string(appendKey(nil, c.Args[1], i))
		for k := from; k < to; k++ {
			if string(appendKey(nil, items, k)) != key {
				out = append(out, int32(k))
			}
		}
		return out
	}), eg("without([1, 2, 1], 1)", "[2]")))

var chunk = listFunc("chunk", "The list cut into lists of so many elements; the last may have fewer.",
	takes("(list: [T], size: int) => [[T]]", func(c *Call) error {
		items, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		var at []int32
		inner, outer := []int32{0}, make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				n := (row{c, i}).int(1)
				if n < 1 {
					return &RowError{i, "chunk: a size is 1 or more"}
				}
				from, to := listRow(c.Args[0], i)
				for k := from; k < to; {
					end := k + int(min(n, int64(to-k)))
					at = places(k, end, at)
					inner = append(inner, int32(len(at)))
					k = end
				}
			}
			outer = append(outer, int32(len(inner)-1))
		}
		if at == nil {
			at = []int32{}
		}
		lists := &Vec{Type: *c.Out.Type.Elem, N: len(inner) - 1}
		if err := makeList(lists, items.Take(at), inner); err != nil {
			return err
		}
		return makeList(c.Out, lists, outer)
	}, eg("flatten(chunk([1, 2, 3], 2))", "[1, 2, 3]"), eg("len(chunk([1, 2, 3], 2))", "2"), egFails("chunk([1], 0)", "1 or more")).failing().
		giving(func(a []types.Type) (types.Type, error) { return types.ListOf(a[0]), nil }))

// pairs puts columns together as records, one a row.
func pairs(t types.Type, n int, columns ...*Vec) (*Vec, error) {
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	var children []arrow.ArrayData
	for _, c := range columns {
		if c.Index != nil {
			c = c.Take(nil)
		}
		a, err := c.ToArrow()
		if err != nil {
			return nil, err
		}
		defer a.Release()
		children = append(children, a.Data())
	}
	d := array.NewData(dt, n, []*memory.Buffer{nil}, children, 0, 0)
	defer d.Release()
	return &Vec{Type: t.Required(), N: n, Array: array.MakeFromData(d)}, nil
}

var zip = listFunc("zip", "The pairs of elements at the same places of two lists, as records {first, second}; as many as the shorter list has.",
	takes("(a: [T], b: [U]) => [T]", func(c *Call) error {
		a, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		b, err := listItems(c.Args[1])
		if err != nil {
			return err
		}
		left, right := []int32{}, []int32{}
		offsets := make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				from, to := listRow(c.Args[0], i)
				at, end := listRow(c.Args[1], i)
				n := min(to-from, end-at)
				left, right = places(from, from+n, left), places(at, at+n, right)
			}
			offsets = append(offsets, int32(len(left)))
		}
		items, err := pairs(*c.Out.Type.Elem, len(left), a.Take(left), b.Take(right))
		if err != nil {
			return err
		}
		return makeList(c.Out, items, offsets)
	}, eg("zip([1, 2], ['a', 'b', 'c'])", "[{first: 1, second: 'a'}, {first: 2, second: 'b'}]")).giving(func(a []types.Type) (types.Type, error) {
		return types.ListOf(types.RecordOf(types.Field{Name: "first", Type: *a[0].Elem}, types.Field{Name: "second", Type: *a[1].Elem})), nil
	}))

var enumerate = listFunc("enumerate", "The elements with their places, counting from 0, as records {index, value}.",
	takes("(list: [T]) => [T]", func(c *Call) error {
		items, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		at := []int32{}
		var index []int64
		offsets := make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				from, to := listRow(c.Args[0], i)
				at = places(from, to, at)
				for k := range to - from {
					index = append(index, int64(k))
				}
			}
			offsets = append(offsets, int32(len(at)))
		}
		numbers := NewVec(types.Of(types.Int), len(at))
		copy(numbers.Ints, index)
		records, err := pairs(*c.Out.Type.Elem, len(at), numbers, items.Take(at))
		if err != nil {
			return err
		}
		return makeList(c.Out, records, offsets)
	}, eg("enumerate(['a', 'b'])", "[{index: 0, value: 'a'}, {index: 1, value: 'b'}]")).giving(func(a []types.Type) (types.Type, error) {
		return types.ListOf(types.RecordOf(types.Field{Name: "index", Type: types.Of(types.Int)}, types.Field{Name: "value", Type: *a[0].Elem})), nil
	}))

var rotate = listFunc("rotate", "The list with its first n elements moved to the end; of a negative n, its last -n to the start.",
	takes("(list: [T], n: int) => [T]", pickItems(func(c *Call, i int, _ *Vec, from, to int, out []int32) []int32 {
		start := len(out)
		out = places(from, to, out)
		if n := int64(to - from); n > 0 {
			k := (row{c, i}).int(1)
			k -= floorDiv(k, n) * n
			moved := slices.Concat(out[start+int(k):], out[start:start+int(k)])
			copy(out[start:], moved)
		}
		return out
	}), eg("rotate([1, 2, 3], 1)", "[2, 3, 1]"), eg("rotate([1, 2, 3], -1)", "[3, 1, 2]")))
