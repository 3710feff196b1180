package funcs

import (
	"fmt"
	"slices"

	"github.com/dreamql/dreamql/engine/types"
)

// Flat is the elements of the lists of a column laid end to end, each with the row that it is of.
type Flat struct {
	Items  *Vec
	Places []int32 // of each element in Items
	Rows   []int32 // of each element
	list   *Vec
	n      int
}

// Flatten lays the lists of the first n rows end to end; absent ones have no elements.
func Flatten(list *Vec, n int) (*Flat, error) {
	items, err := listItems(list)
	if err != nil {
		return nil, err
	}
	f := &Flat{Items: items, list: list, n: n, Places: []int32{}, Rows: []int32{}}
	for i := range n {
		if !list.Present(i) {
			continue
		}
		from, to := listRow(list, i)
		if len(f.Rows)+to-from > maxItems {
			return nil, &RowError{i, errTooMany.Error()}
		}
		f.Places = places(from, to, f.Places)
		for range to - from {
			f.Rows = append(f.Rows, int32(i))
		}
	}
	return f, nil
}

// Has reports whether row i has a list.
func (f *Flat) Has(i int) bool { return f.list.Present(i) }

// Len is the number of elements of row i.
func (f *Flat) Len(i int) int {
	if !f.list.Present(i) {
		return 0
	}
	from, to := listRow(f.list, i)
	return to - from
}

// At is the element at one place of each of some rows.
func (f *Flat) At(rows []int32, place int) *Vec {
	at := make([]int32, len(rows))
	for k, r := range rows {
		from, _ := listRow(f.list, int(r))
		at[k] = int32(from + place)
	}
	return f.Items.Take(at)
}

// Gather makes a list of each row again, of type t: what a body gave for the elements, or those elements that it chooses.
func (f *Flat) Gather(how string, t types.Type, body *Vec) (*Vec, error) {
	if body.Index != nil {
		body = body.Take(nil)
	}
	out := NewVec(t, f.n)
	if f.list.Valid != nil {
		out.Valid = make([]uint64, Words(f.n))
		for i := range f.n {
			assignBit(out.Valid, i, f.list.Present(i))
		}
	}
	offsets := make([]int32, 1, f.n+1)
	kept := []int32{}
	for i, k := 0, 0; i < f.n; i++ {
		from := k
		for k < len(f.Rows) && int(f.Rows[k]) == i {
			k++
		}
		var err error
		if kept, err = keptOf(how, body, from, k, kept); err != nil {
			return nil, err
		}
		offsets = append(offsets, int32(len(kept)))
	}
	items := body
	if how != "map" {
		for i, k := range kept {
			kept[i] = f.Places[k]
		}
		items = f.Items.Take(kept)
	}
	return out, makeList(out, items, offsets)
}

// keptOf appends the elements from ≤ k < to of one row that stay, by what the body gave for each.
func keptOf(how string, body *Vec, from, to int, out []int32) ([]int32, error) {
	start := len(out)
	true1 := func(k int) bool { return body.Type.Kind == types.Bool && body.Present(k) && body.Bool(k) }
	switch how {
	case "map":
		return places(from, to, out), nil
	case "filter":
		for k := from; k < to; k++ {
			if true1(k) {
				out = append(out, int32(k))
			}
		}
	case "take_while", "skip_while":
		k := from
		for k < to && true1(k) {
			k++
		}
		if how == "take_while" {
			return places(from, k, out), nil
		}
		return places(k, to, out), nil
	case "sort_by":
		out = places(from, to, out)
		slices.SortStableFunc(out[start:], func(a, b int32) int { return compareItems(body, int(a), int(b)) })
	case "distinct_by":
		seen := map[string]bool{}
		for k := from; k < to; k++ {
			if key := string(appendKey(nil, body, k)); !seen[key] {
				seen[key] = true
				out = append(out, int32(k))
			}
		}
	default:
		return nil, fmt.Errorf("%s is no way to go over a list", how)
	}
	return out, nil
}

// OverList is a function that takes a function: the checker makes an expression with a body of its call.
const OverList Kind = "over a list"

// eachFunc documents one; no kernel computes it.
func eachFunc(name, doc, signature string, ex ...Example) *Func {
	return &Func{Name: name, Kind: OverList, Family: "functions over lists", Doc: doc, Overloads: []Overload{{Signature: signature, Examples: ex}}}
}

var (
	eachMap    = eachFunc("map", "What the function gives for each element. It may use columns of the row too. A table is mapped by the stage of the same name.", "(list: [T], f: (T) => U) => [U]", eg("map([1, 2], x => x * 10)", "[10, 20]"), eg("[1, 2] -> map(x => { n: x })", "[{n: 1}, {n: 2}]"))
	eachFilter = eachFunc("filter", "The elements of which the function is true. The rows of a table are filtered by the stage of the same name.", "(list: [T], f: (T) => bool) => [T]", eg("[1, 2, 3] -> filter(x => x > 1)", "[2, 3]"))
	flatMap    = eachFunc("flat_map", "The elements of the lists that the function gives for each element, one list after the other.", "(list: [T], f: (T) => [U]) => [U]", eg("['a b', 'c'] -> flat_map(x => split(x, ' '))", "['a', 'b', 'c']"))
	eachAll    = eachFunc("all", "Whether the function is true of every element; true of an empty list. Likewise any(list, f): whether it is true of some element, where any(x) alone is an aggregate.", "(list: [T], f: (T) => bool) => bool", eg("[1, 2] -> all(x => x > 0)", "true"), eg("[1, 2] -> any(x => x > 1)", "true"), eg("[1, 2] -> any(x => x > 2)", "false"))
	countWhere = eachFunc("count_where", "The number of elements of which the function is true.", "(list: [T], f: (T) => bool) => int", eg("[1, 2, 3] -> count_where(x => x > 1)", "2"))
	find       = eachFunc("find", "The first element of which the function is true; absent where there is none.", "(list: [T], f: (T) => bool) => T?", eg("[1, 2, 3] -> find(x => x > 1)", "2"), eg("[1] -> find(x => x > 1)", "none"))
	indexWhere = eachFunc("index_where", "The place of the first element of which the function is true, counting from 0; absent where there is none.", "(list: [T], f: (T) => bool) => int?", eg("[1, 2, 3] -> index_where(x => x > 1)", "1"))
	sortBy     = eachFunc("sort_by", "The elements in ascending order of what the function gives for them, absent last; those that tie keep their order.", "(list: [T], f: (T) => O) => [T]", eg("['bb', 'a', 'cc'] -> sort_by(x => len(x))", "['a', 'bb', 'cc']"))
	distinctBy = eachFunc("distinct_by", "The first element of each value that the function gives.", "(list: [T], f: (T) => U) => [T]", eg("[1, 2, 3, 4] -> distinct_by(x => x % 2)", "[1, 2]"))
	takeWhile  = eachFunc("take_while", "The elements before the first of which the function is not true.", "(list: [T], f: (T) => bool) => [T]", eg("[1, 2, 5, 1] -> take_while(x => x < 3)", "[1, 2]"))
	skipWhile  = eachFunc("skip_while", "The elements from the first on of which the function is not true.", "(list: [T], f: (T) => bool) => [T]", eg("[1, 2, 5, 1] -> skip_while(x => x < 3)", "[5, 1]"))
	zipWith    = eachFunc("zip_with", "What the function gives for the elements at the same places of two lists; as many as the shorter list has.", "(a: [T], b: [U], f: (T, U) => V) => [V]", eg("zip_with([1, 2], [10, 20], (x, y) => x + y)", "[11, 22]"))
	foldFunc   = eachFunc("fold", "What the function makes of a start and the elements, one after the other.", "(list: [T], start: U, f: (U, T) => U) => U", eg("[1, 2, 3] -> fold(0, (sum, x) => sum + x)", "6"), eg("['a', 'b'] -> fold('', (s, x) => x + s)", "'ba'"))
	reduceFunc = eachFunc("reduce", "Like fold, from the first element on; absent of an empty list.", "(list: [T], f: (T, T) => T) => T?", eg("[3, 1, 2] -> reduce((a, b) => if a > b { a } else { b })", "3"), eg("take([1], 0) -> reduce((a, b) => a + b)", "none"))
)
