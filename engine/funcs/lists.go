package funcs

import (
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// makeList puts items together as a list column; offsets has one entry more than rows.
func makeList(out *Vec, items *Vec, offsets []int32) error {
	dt, err := types.ToArrow(out.Type)
	if err != nil {
		return err
	}
	child, err := items.ToArrow()
	if err != nil {
		return err
	}
	defer child.Release()
	d := array.NewData(dt, len(offsets)-1, []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(offsets))}, []arrow.ArrayData{child.Data()}, 0, 0)
	defer d.Release()
	out.Array = array.MakeFromData(d)
	return nil
}

// listRow is the part of the items that row i of a list column holds.
func listRow(v *Vec, i int) (from, to int) {
	a, b := v.Array.(*array.List).ValueOffsets(v.At(i))
	return int(a), int(b)
}

func listItems(v *Vec) (*Vec, error) {
	return FromArrow(v.Array.(*array.List).ListValues(), *v.Type.Elem)
}

var length = &Func{Name: "len", Kind: Scalar, Family: "text", Doc: "The number of characters of a text, of bytes, or of elements of a list.",
	Overloads: []Overload{
		{Signature: "(s: string) => int", Costly: true, Kernel: func(c *Call) error {
			for i := range c.N {
				if c.Out.Present(i) {
					c.Out.Ints[i] = int64(utf8.RuneCountInString(c.Args[0].Str(i)))
				}
			}
			return nil
		}, Examples: []Example{{Call: "len('añb')", Result: "3"}}},
		{Signature: "(b: bytes) => int", Kernel: func(c *Call) error {
			for i := range c.N {
				if c.Out.Present(i) {
					c.Out.Ints[i] = int64(len(c.Args[0].Str(i)))
				}
			}
			return nil
		}},
		{Signature: "(list: [T]) => int", Kernel: func(c *Call) error {
			for i := range c.N {
				if c.Out.Present(i) {
					from, to := listRow(c.Args[0], i)
					c.Out.Ints[i] = int64(to - from)
				}
			}
			return nil
		}, Examples: []Example{{Call: "len([4, 5])", Result: "2"}}},
	}}

var contains = &Func{Name: "contains", Kind: Scalar, Family: "text", Doc: "Whether the text contains the part, or the list the element.",
	Overloads: []Overload{
		{Signature: "(s: string, part: string) => bool", Costly: true, Examples: []Example{{Call: "contains('query', 'er')", Result: "true"}}, Kernel: func(c *Call) error {
			eachBit(c.N, c.Out.Bits, func(i int) bool {
				return c.Out.Present(i) && strings.Contains(c.Args[0].Str(i), c.Args[1].Str(i))
			})
			return nil
		}},
		{Signature: "(list: [T], x: T) => bool", Absence: Sees, Costly: true, Examples: []Example{{Call: "contains([1, 2], 2)", Result: "true"}},
			Kernel: func(c *Call) error { return member(c, c.Args[1], c.Args[0]) }},
	}}

var in = &Func{Name: "in", Kind: Scalar, Family: "operators", Doc: "Whether the value equals one of the list; written x in [a, b].",
	Overloads: []Overload{{Signature: "(x: T, list: [T]) => bool", Absence: Sees, Kernel: func(c *Call) error { return member(c, c.Args[0], c.Args[1]) },
		Examples: []Example{{Call: "2 in [1, 2]", Result: "true"}, {Call: "'c' in ['a', 'b']", Result: "false"}, {Call: "none in [1]", Result: "false"}}}}}

// inSet is the elements of a constant list, by kind.
type inSet struct {
	ints map[int64]bool
	text map[string]bool
}

func member(c *Call, x, list *Vec) error {
	if list.Absent() || list.Type.Kind != types.List {
		clear(c.Out.Bits)
		return nil
	}
	items, err := listItems(list)
	if err != nil {
		return err
	}
	if list.Const && !x.Const && items.Valid == nil {
		set, _ := c.State.(*inSet)
		if set == nil {
			set = &inSet{ints: map[int64]bool{}, text: map[string]bool{}}
			from, to := listRow(list, 0)
			for i := from; i < to; i++ {
				switch {
				case items.Ints != nil:
					set.ints[items.Ints[i]] = true
				case items.Offsets != nil:
					set.text[strings.Clone(items.Str(i))] = true
				}
			}
			c.State = set
		}
		switch {
		case x.Ints != nil && items.Ints != nil:
			eachBit(c.N, c.Out.Bits, func(i int) bool { return set.ints[x.Ints[i]] && x.Present(i) })
			return nil
		case (x.Offsets != nil || x.Index != nil) && items.Offsets != nil:
			eachBit(c.N, c.Out.Bits, func(i int) bool { return x.Present(i) && set.text[x.Str(i)] })
			return nil
		}
	}
	// one comparison of a row with each of its elements
	var one [1]uint64
	eachBit(c.N, c.Out.Bits, func(i int) bool {
		if !list.Present(i) {
			return false
		}
		from, to := listRow(list, i)
		for k := from; k < to; k++ {
			if !x.Present(i) || !items.Present(k) {
				if x.Present(i) == items.Present(k) {
					return true
				}
				continue
			}
			if equalMask(x.at(i), items.at(k), 1, one[:]); one[0]&1 != 0 {
				return true
			}
		}
		return false
	})
	return nil
}

// at is row i as a constant.
func (v *Vec) at(i int) *Vec {
	c := v.Take([]int32{int32(v.At(i))})
	c.Const = true
	return c
}

var get = &Func{Name: "get", Kind: Scalar, Family: "lists", Doc: "The element at a place of a list, counting from 0, or from -1 for the last; or the part of a JSON value at a place or with a name, absent also where it is null. Absent if there is none. Written list[i], j[i], j['name'] and j.name.",
	Overloads: []Overload{{Signature: "(list: [T], i: int) => T?", Examples: []Example{{Call: "get([4, 5], 1)", Result: "5"}, {Call: "get([4, 5], -1)", Result: "5"}, {Call: "get([4], 1)", Result: "none"}},
		Kernel: func(c *Call) error {
			items, err := listItems(c.Args[0])
			if err != nil {
				return err
			}
			valid := c.Out.Valid
			return c.Out.pick([]*Vec{items}, c.N, func(i int) (int, int) {
				if valid != nil && !bit(valid, i) {
					return -1, 0
				}
				from, to := listRow(c.Args[0], i)
				at := c.Args[1].Ints[c.Args[1].At(i)]
				if at < 0 {
					at += int64(to - from)
				}
				if at < 0 || at >= int64(to-from) {
					return -1, 0
				}
				return 0, from + int(at)
			})
		}}, jsonElement, jsonMember}}

var split = &Func{Name: "split", Kind: Scalar, Family: "text", Doc: "The parts of the text between the separators, as a list.",
	Overloads: []Overload{{Signature: "(s: string, separator: string) => [string]", Costly: true, Examples: []Example{{Call: "split('a,b', ',')", Result: "['a', 'b']"}},
		Kernel: func(c *Call) error {
			b := newText(c.N)
			offsets := make([]int32, 1, c.N+1)
			for i := range c.N {
				if c.Out.Present(i) {
					for part := range strings.SplitSeq(c.Args[0].Str(i), c.Args[1].Str(i)) {
						b.add(part)
					}
				}
				offsets = append(offsets, int32(len(b.offsets)-1))
			}
			items := &Vec{Type: types.Of(types.String), N: len(b.offsets) - 1}
			if err := b.to(items); err != nil {
				return err
			}
			return makeList(c.Out, items, offsets)
		}}}}

var join = &Func{Name: "join", Kind: Scalar, Family: "lists", Doc: "The texts of a list, with a separator between.",
	Overloads: []Overload{{Signature: "(list: [string], separator: string) => string", Costly: true, Examples: []Example{{Call: "join(['a', 'b'], '-')", Result: "'a-b'"}},
		Kernel: func(c *Call) error {
			items, err := listItems(c.Args[0])
			if err != nil {
				return err
			}
			return text(func(c *Call, i int, out []byte) []byte {
				from, to := listRow(c.Args[0], i)
				for k := from; k < to; k++ {
					if k > from {
						out = append(out, c.Args[1].Str(i)...)
					}
					out = append(out, items.Str(k)...)
				}
				return out
			})(c)
		}}}}
