package funcs

import (
	"errors"

	"github.com/dreamql/dreamql/engine/types"
)

// itemKeys writes the elements of a list so that equal ones are equal.
func itemKeys(list, items *Vec, i int) []string {
	from, to := listRow(list, i)
	out := make([]string, 0, to-from)
	for k := from; k < to; k++ {
		out = append(out, string(appendKey(nil, items, k)))
	}
	return out
}

// setFunc builds a set operation of two lists; keep says of an element whether it stays, by whether the other list has it.
func setFunc(name, doc string, both bool, keep func(inOther bool) bool, ex ...Example) *Func {
	return listFunc(name, doc, takes("(a: [T], b: [T]) => [T]", func(c *Call) error {
		vs, err := itemsOf(c)
		if err != nil {
			return err
		}
		return mergeItems(func(*Call) ([]*Vec, error) { return vs, nil }, func(c *Call, i int, out []place) []place {
			other := map[string]bool{}
			if !both {
				for _, k := range itemKeys(c.Args[1], vs[1], i) {
					other[k] = true
				}
			}
			seen := map[string]bool{}
			for k := range c.Args {
				if k == 1 && !both {
					break
				}
				from, _ := listRow(c.Args[k], i)
				for j, key := range itemKeys(c.Args[k], vs[k], i) {
					if !seen[key] && (both || keep(other[key])) {
						seen[key] = true
						out = append(out, place{k, from + j})
					}
				}
			}
			return out
		})(c)
	}, ex...))
}

var (
	listUnion     = setFunc("union", "One of each element that either list has, in the order in which they come first. Tables have a stage of the same name.", true, nil, eg("union([1, 2], [2, 3, 1])", "[1, 2, 3]"))
	listIntersect = setFunc("intersect", "One of each element that both lists have. Tables have a stage of the same name.", false, func(in bool) bool { return in }, eg("intersect([1, 2, 2], [2, 3])", "[2]"))
	listExcept    = setFunc("except", "One of each element of the first list that the second has not. Tables have a stage of the same name.", false, func(in bool) bool { return !in }, eg("except([1, 2, 1, 3], [2])", "[1, 3]"))
)

// findItems is a kernel over the keys of a list and of a second argument.
func findItems[T cell](f func(items []string, x string) (T, error)) Kernel {
	return func(c *Call) error {
		items, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		return rowCells(func(r row) (T, error) {
			return f(itemKeys(c.Args[0], items, r.i), string(appendKey(nil, c.Args[1], r.i)))
		})(c)
	}
}

var indexOf = listFunc("index_of", "The place of the first element that equals the value, counting from 0; absent where none does.",
	takes("(list: [T], x: T) => int?", findItems(func(items []string, x string) (int64, error) {
		for k, item := range items {
			if item == x {
				return int64(k), nil
			}
		}
		return 0, errAbsent
	}), eg("index_of(['a', 'b'], 'b')", "1"), eg("index_of([1], 2)", "none")))

var countOf = listFunc("count_of", "How many elements equal the value.",
	takes("(list: [T], x: T) => int", findItems(func(items []string, x string) (n int64, err error) {
		for _, item := range items {
			n += int64(bool01(item == x))
		}
		return n, nil
	}), eg("count_of([1, 2, 1], 1)", "2")))

// overlap builds has_all and has_any.
func overlap(name, doc string, all bool, ex ...Example) *Func {
	return listFunc(name, doc, takes("(list: [T], of: [T]) => bool", func(c *Call) error {
		a, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		b, err := listItems(c.Args[1])
		if err != nil {
			return err
		}
		return rowBits(func(r row) (bool, error) {
			has := map[string]bool{}
			for _, k := range itemKeys(c.Args[0], a, r.i) {
				has[k] = true
			}
			for _, k := range itemKeys(c.Args[1], b, r.i) {
				if has[k] != all {
					return !all, nil
				}
			}
			return all, nil
		})(c)
	}, ex...))
}

var (
	hasAll = overlap("has_all", "Whether the list has every element of the other.", true, eg("has_all([1, 2, 3], [3, 1])", "true"), eg("has_all([1], [1, 2])", "false"))
	hasAny = overlap("has_any", "Whether the list has some element of the other.", false, eg("has_any([1, 2], [2, 9])", "true"), eg("has_any([1], [2])", "false"))
)

var isEmpty = listFunc("is_empty", "Whether a list has no elements, or a text no characters.",
	takes("(list: [T]) => bool", rowBits(func(r row) (bool, error) {
		from, to := listRow(r.c.Args[0], r.i)
		return from == to, nil
	}), eg("is_empty([1])", "false"), eg("is_empty(take([1], 0))", "true")),
	takes("(s: string) => bool", rowBits(func(r row) (bool, error) { return r.str(0) == "", nil }), eg("is_empty('')", "true")))

// numbersOf calls f with the elements of argument k that are present, which are floats.
func numbersOf(r row, k int, items *Vec) ([]float64, error) {
	from, to := listRow(r.c.Args[k], r.i)
	for at := from; at < to; at++ {
		if !items.Present(at) {
			return nil, errAbsent
		}
	}
	if items.Type.Kind == types.None {
		return nil, nil
	}
	return items.Floats[from:to], nil
}

// vectors is a kernel over two lists of floats of one length; absent where an element is.
func vectors(f func(a, b []float64) (float64, error)) Kernel {
	return func(c *Call) error {
		a, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		b, err := listItems(c.Args[1])
		if err != nil {
			return err
		}
		return rowCells(func(r row) (float64, error) {
			x, err := numbersOf(r, 0, a)
			if err != nil {
				return 0, err
			}
			y, err := numbersOf(r, 1, b)
			if err != nil {
				return 0, err
			}
			if len(x) != len(y) {
				return 0, errors.New("the two lists are vectors, and have to be of one length")
			}
			return f(x, y)
		})(c)
	}
}

// vectorFunc builds a function of two vectors.
func vectorFunc(name, doc string, f func(a, b []float64) (float64, error), ex ...Example) *Func {
	return listFunc(name, doc, takes("(a: [float?], b: [float?]) => float?", vectors(f), ex...).failing())
}
