package expr

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// Columns between operators of one expression live as long as a batch, and the next batch is as large: their memory is used
// again, which saves clearing and collecting it. What leaves the program is not.

// allocate makes the column that n's kernel writes.
func (f *frame) allocate(n *node, rows int) *funcs.Vec {
	t := n.t.Required()
	switch t.Kind {
	case types.Bool, types.Int, types.Float, types.Date, types.Decimal, types.Timestamp:
	default:
		return funcs.NewVec(t, rows)
	}
	if f.keep || rows < 256 {
		return funcs.NewVec(t, rows)
	}
	free := f.p.spare[t.Kind]
	for i := len(free) - 1; i >= 0; i-- {
		if v := free[i]; v.N == rows {
			f.p.spare[t.Kind] = append(free[:i], free[i+1:]...)
			*v = funcs.Vec{Type: t, N: rows, Bits: v.Bits, Ints: v.Ints, Floats: v.Floats, Days: v.Days, Decimals: v.Decimals}
			f.p.lent = append(f.p.lent, v)
			return v
		}
	}
	v := funcs.NewVec(t, rows)
	f.p.lent = append(f.p.lent, v)
	return v
}

// spares bounds how many columns of one kind are kept.
const spares = 16

// recycle takes back every column of the batch but the result.
func (p *Program) recycle(result *funcs.Vec) {
	if p.spare == nil {
		p.spare = map[types.Kind][]*funcs.Vec{}
	}
	for _, v := range p.lent {
		if v == result {
			continue
		}
		free := p.spare[v.Type.Kind]
		if len(free) >= spares {
			free = free[1:] // the oldest, perhaps of another length
		}
		p.spare[v.Type.Kind] = append(free, v)
	}
	p.lent = p.lent[:0]
}

func (p *Program) releaseRecords() {
	for _, a := range p.records {
		a.Release()
	}
	p.records = p.records[:0]
}
