package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// dictionaryResult is a node's result for every value of a dictionary, and last for an absent one.
type dictionaryResult struct {
	of     arrow.ArrayData
	result *funcs.Vec
	failed bool
}

// evalDictionary evaluates a node that depends on one dictionary-encoded column once for each value of the dictionary, and spreads
// the results over the rows. It returns nil where that does not apply, or where some value fails, since no row may have that value.
func (f *frame) evalDictionary(n *node) (*funcs.Vec, error) {
	if !n.domain || f.columns == nil {
		return nil, nil
	}
	col, err := f.column(n.reads[0])
	if err != nil {
		return nil, err
	}
	if col.Index == nil || col.Const {
		return nil, nil
	}
	known := f.p.cache[n]
	if known == nil || known.of == nil || known.of != col.Dict.Source {
		if col.Dict.N > f.n {
			return nil, nil
		}
		known = f.overDictionary(n, col.Dict)
		f.p.cache[n] = known
	}
	if known.failed {
		return nil, nil
	}
	return spread(known.result, col), nil
}

func (f *frame) overDictionary(n *node, dict *funcs.Vec) *dictionaryResult {
	known := &dictionaryResult{of: dict.Source, failed: true}
	rows := make([]int32, dict.N+1)
	for i := range rows {
		rows[i] = int32(i)
	}
	rows[dict.N] = -1
	g := &frame{p: f.p, ctx: f.ctx, keep: true, n: len(rows), columns: make([]*funcs.Vec, len(f.columns)), memo: make([]*funcs.Vec, len(f.memo))}
	g.columns[n.reads[0]] = dict.Take(rows)
	v, err := g.compute(n)
	if err != nil || v.Array != nil {
		return known
	}
	if v.Const {
		v = v.Repeat(len(rows))
	}
	if k := v.Type.Kind; (k == types.String || k == types.Bytes || k == types.JSON) && v.Index == nil {
		v = distinct(v)
	}
	known.result, known.failed = v, false
	return known
}

// distinct encodes a text column, so that equal values have equal indices.
func distinct(v *funcs.Vec) *funcs.Vec {
	places := make(map[string]int32, v.N)
	index := make([]int32, v.N)
	var first []int32
	for i := range v.N {
		if !v.Present(i) {
			continue
		}
		s := v.Str(i)
		at, ok := places[s]
		if !ok {
			at = int32(len(first))
			places[s] = at
			first = append(first, int32(i))
		}
		index[i] = at
	}
	if first == nil {
		first = []int32{0}
	}
	dict := v.Take(first)
	dict.Valid = nil
	return &funcs.Vec{Type: v.Type, N: v.N, Valid: v.Valid, Index: index, Dict: dict}
}

// spread gives each row the result of its dictionary value.
func spread(result, col *funcs.Vec) *funcs.Vec {
	rows := col.Index
	if col.Valid != nil {
		none := int32(result.N - 1)
		rows = append([]int32(nil), rows...)
		for i := range rows {
			if !col.Present(i) {
				rows[i] = none
			}
		}
	}
	if result.Type.Kind == types.Bool && result.Valid == nil {
		return spreadBits(result, rows)
	}
	if result.Index != nil {
		out := &funcs.Vec{Type: result.Type, N: len(rows), Dict: result.Dict, Index: make([]int32, len(rows))}
		for i, r := range rows {
			out.Index[i] = result.Index[r]
		}
		if result.Valid != nil {
			out.Valid = make([]uint64, funcs.Words(len(rows)))
			for i, r := range rows {
				if result.Present(int(r)) {
					out.Valid[i>>6] |= 1 << (i & 63)
				}
			}
		}
		return out
	}
	return result.Take(rows)
}

func spreadBits(result *funcs.Vec, rows []int32) *funcs.Vec {
	table := make([]uint8, result.N)
	for i := range table {
		table[i] = uint8(result.Bits[i>>6] >> (i & 63) & 1)
	}
	out := funcs.NewVec(result.Type, len(rows))
	for w := range out.Bits {
		var m uint64
		for i, r := range rows[w*64 : min(w*64+64, len(rows))] {
			m |= uint64(table[r]) << (i & 63)
		}
		out.Bits[w] = m
	}
	return out
}
