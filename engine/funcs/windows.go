package funcs

import "github.com/dreamql/dreamql/engine/types"

func numberFunc(name, doc, signature string, f func(peer []bool, k int64, out []int64), ex Example) *Func {
	return &Func{Name: name, Kind: Window, Family: "windows", Doc: doc, Overloads: []Overload{{Signature: signature, Absence: Sees, Window: &WindowSpec{Number: f}, Examples: []Example{ex}}}}
}

var rowNumber = numberFunc("row_number", "The place of the row in its partition, counting from 1.", "() => int", func(_ []bool, _ int64, out []int64) {
	for i := range out {
		out[i] = int64(i) + 1
	}
}, Example{Call: "row_number()", Over: "[5, 5, 7]", Result: "[1, 2, 3]"})

var rank = numberFunc("rank", "The place of the row, counting from 1; rows that are equal in the order share the first's.", "() => int", func(peer []bool, _ int64, out []int64) {
	for i := range out {
		if out[i] = int64(i) + 1; i > 0 && peer[i] {
			out[i] = out[i-1]
		}
	}
}, Example{Call: "rank()", Over: "[5, 5, 7]", Result: "[1, 1, 3]"})

var denseRank = numberFunc("dense_rank", "Like rank, without gaps.", "() => int", func(peer []bool, _ int64, out []int64) {
	n := int64(0)
	for i := range out {
		if i == 0 || !peer[i] {
			n++
		}
		out[i] = n
	}
}, Example{Call: "dense_rank()", Over: "[5, 5, 7]", Result: "[1, 1, 2]"})

var ntile = numberFunc("ntile", "Which of so many buckets the row falls into, from 1; the first buckets take one row more where they cannot be equal.", "(buckets: int) => int",
	func(_ []bool, k int64, out []int64) {
		n := int64(len(out))
		k = max(k, 1)
		size, more := n/k, n%k // the first `more` buckets have size+1 rows
		for i := range out {
			if r := int64(i); r < more*(size+1) {
				out[i] = r/(size+1) + 1
			} else {
				out[i] = more + (r-more*(size+1))/max(size, 1) + 1
			}
		}
	}, Example{Call: "ntile(2)", Over: "[5, 6, 7]", Result: "[1, 1, 2]"})

// neighbour builds lag and lead.
func neighbour(name, doc string, sign int64, ex ...Example) *Func {
	w := &WindowSpec{Pick: func(i, n int, k int64, _, _ int) int {
		if r := int64(i) + sign*k; k < int64(n) && k > -int64(n) && r >= 0 && r < int64(n) {
			return int(r)
		}
		return -1
	}}
	result := func(a []types.Type) (types.Type, error) { return types.Optional(a[0]), nil }
	return &Func{Name: name, Kind: Window, Family: "windows", Doc: doc, Overloads: []Overload{
		{Signature: "(x: T) => T?", Absence: Sees, Result: result, Window: w, Examples: ex},
		{Signature: "(x: T, rows: int) => T?", Absence: Sees, Result: result, Window: w},
	}}
}

var lag = neighbour("lag", "The value one row before, or so many rows before; absent where there is no such row.", -1, Example{Call: "lag(x)", Over: "[5, 6, 7]", Result: "[none, 5, 6]"})
var lead = neighbour("lead", "The value one row after, or so many rows after; absent where there is no such row.", 1, Example{Call: "lead(x)", Over: "[5, 6, 7]", Result: "[6, 7, none]"})

func shareFunc(name, doc string, f func(peer []bool, out []float64), ex Example) *Func {
	return &Func{Name: name, Kind: Window, Family: "windows", Doc: doc, Overloads: []Overload{{Signature: "() => float", Absence: Sees, Window: &WindowSpec{Share: f}, Examples: []Example{ex}}}}
}

var percentRank = shareFunc("percent_rank", "The share of the other rows of the partition that come before the row, from 0.0 to 1.0: (rank - 1) / (rows - 1), and 0.0 of one row.", func(peer []bool, out []float64) {
	for i := range out {
		switch {
		case i == 0:
			out[i] = 0
		case peer[i]:
			out[i] = out[i-1]
		default:
			out[i] = float64(i) / float64(len(out)-1)
		}
	}
}, Example{Call: "percent_rank()", Over: "[5, 5, 7]", Result: "[0.0, 0.0, 1.0]"})

var cumeDist = shareFunc("cume_dist", "The share of the rows of the partition that come before the row or are equal to it in the order, from above 0.0 to 1.0.", func(peer []bool, out []float64) {
	for i := len(out) - 1; i >= 0; i-- {
		if out[i] = float64(i+1) / float64(len(out)); i+1 < len(out) && peer[i+1] {
			out[i] = out[i+1]
		}
	}
}, Example{Call: "cume_dist()", Over: "[5, 5, 7, 8]", Result: "[0.5, 0.5, 0.75, 1.0]"})

var nth = &Func{Name: "nth", Kind: Window, Family: "windows", Doc: "The value of the n-th row of the window, counting from 1; absent where it has fewer.", Overloads: []Overload{
	{Signature: "(x: T, n: int) => T?", Absence: Sees, Result: func(a []types.Type) (types.Type, error) { return types.Optional(a[0]), nil },
		Window: &WindowSpec{Pick: func(_, _ int, k int64, from, to int) int {
			if k < 1 || k > int64(to-from)+1 {
				return -1
			}
			return from + int(k) - 1
		}}, Examples: []Example{{Call: "nth(x, 1)", Over: "[5, 6]", Result: "[5, 5]"}}}}}
