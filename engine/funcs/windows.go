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
