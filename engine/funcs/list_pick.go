package funcs

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/dreamql/dreamql/engine/types"
)

// pickItems is a kernel that gives each row the items of its list at the places that choose appends to out.
func pickItems(choose func(c *Call, row int, items *Vec, from, to int, out []int32) []int32) Kernel {
	return func(c *Call) error {
		items, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		if items.Index != nil {
			items = items.Take(nil)
		}
		var places []int32
		offsets := make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				from, to := listRow(c.Args[0], i)
				places = choose(c, i, items, from, to, places)
			}
			offsets = append(offsets, int32(len(places)))
		}
		if places == nil {
			places = []int32{} // none, where nil would be all
		}
		return makeList(c.Out, items.Take(places), offsets)
	}
}

func places(from, to int, out []int32) []int32 {
	for k := from; k < to; k++ {
		out = append(out, int32(k))
	}
	return out
}

var sortList = &Func{Name: "sort", Kind: Scalar, Family: "lists", Doc: "The elements in ascending order, absent ones last. A table is sorted by the stage of the same name.",
	Overloads: []Overload{{Signature: "(list: [O]) => [O]", Costly: true,
		Examples: []Example{{Call: "sort([3, 1, 2])", Result: "[1, 2, 3]"}, {Call: "sort(['b', 'B', 'a'])", Result: "['B', 'a', 'b']"}, {Call: "sort([2, none, 1])", Result: "[1, 2, none]"}},
		Kernel: pickItems(func(_ *Call, _ int, items *Vec, from, to int, out []int32) []int32 {
			start := len(out)
			out = places(from, to, out)
			slices.SortStableFunc(out[start:], func(a, b int32) int { return compareItems(items, int(a), int(b)) })
			return out
		})}}}

var distinctItems = &Func{Name: "distinct", Kind: Scalar, Family: "lists", Doc: "One of each equal element, in the order in which they come first. The rows of a table are made distinct by the stage of the same name.",
	Overloads: []Overload{{Signature: "(list: [T]) => [T]", Costly: true,
		Examples: []Example{{Call: "distinct([2, 1, 2])", Result: "[2, 1]"}, {Call: "distinct(['a', none, none])", Result: "['a', none]"}},
		Kernel: pickItems(func(_ *Call, _ int, items *Vec, from, to int, out []int32) []int32 {
			seen := make(map[string]struct{}, to-from)
			var key []byte
			for k := from; k < to; k++ {
				key = appendKey(key[:0], items, k)
				if _, old := seen[string(key)]; !old {
					seen[string(key)] = struct{}{}
					out = append(out, int32(k))
				}
			}
			return out
		})}}}

var takeItems = &Func{Name: "take", Kind: Scalar, Family: "lists", Doc: "The first n elements, or all where there are fewer.",
	Overloads: []Overload{{Signature: "(list: [T], n: int) => [T]",
		Examples: []Example{{Call: "take([4, 5, 6], 2)", Result: "[4, 5]"}, {Call: "take([4], 2)", Result: "[4]"}, {Call: "take([4], -1)", Result: "take([4], 0)"}},
		Kernel: pickItems(func(c *Call, i int, _ *Vec, from, to int, out []int32) []int32 {
			return places(from, from+held(c, i, to-from), out)
		})}}}

var skipItems = &Func{Name: "skip", Kind: Scalar, Family: "lists", Doc: "The elements after the first n.",
	Overloads: []Overload{{Signature: "(list: [T], n: int) => [T]",
		Examples: []Example{{Call: "skip([4, 5, 6], 2)", Result: "[6]"}, {Call: "skip([4], 2)", Result: "skip([4], 1)"}},
		Kernel: pickItems(func(c *Call, i int, _ *Vec, from, to int, out []int32) []int32 {
			return places(from+held(c, i, to-from), to, out)
		})}}}

// held is the second argument of row i, held to 0..most.
func held(c *Call, i, most int) int {
	return int(min(max(c.Args[1].Ints[c.Args[1].At(i)], 0), int64(most)))
}

func reverseItems(_ *Call, _ int, _ *Vec, from, to int, out []int32) []int32 {
	for k := to - 1; k >= from; k-- {
		out = append(out, int32(k))
	}
	return out
}

// compareItems orders two rows of a column: absent last, NaN after every number.
func compareItems(v *Vec, a, b int) int {
	if x, y := v.Present(a), v.Present(b); !x || !y {
		return int(bool01(y)) - int(bool01(x))
	}
	switch v.Type.Kind {
	case types.Bool:
		return int(bool01(v.Bool(a))) - int(bool01(v.Bool(b)))
	case types.Int, types.Time, types.Timestamp:
		return cmp.Compare(v.Ints[a], v.Ints[b])
	case types.Float:
		return compareFloats(v.Floats[a], v.Floats[b])
	case types.Date:
		return cmp.Compare(v.Days[a], v.Days[b])
	case types.Decimal:
		return v.Decimal(a).Cmp(v.Decimal(b))
	case types.UUID:
		return bytes.Compare(v.UUIDs[a][:], v.UUIDs[b][:])
	}
	if v.Offsets == nil {
		return 0 // absent values alone
	}
	return cmp.Compare(v.Str(a), v.Str(b))
}
