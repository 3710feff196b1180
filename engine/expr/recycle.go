package expr

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// Columns between operators of one expression live as long as a batch, and the next batch is about as large: their memory is
// used again, which saves clearing and collecting it, and it is still in the processor's cache. What leaves the program is not,
// unless whoever takes it is done with it before the next batch (EvalBriefly).

// allocate makes the column that n's kernel writes; narrow says that decimals begin as such of 64 bits.
func (f *frame) allocate(n *node, rows int, narrow bool) *funcs.Vec {
	t := n.t.Required()
	if p := f.p; n == p.root && p.into != nil && p.result == nil && f.parent == nil && !f.keep && rows == f.n && rows >= 256 {
		p.result = memory.NewBufferWithAllocator(p.into.Allocate(rows*8), p.into)
		return funcs.VecOf(t, p.result.Bytes())
	}
	switch t.Kind {
	case types.Bool, types.Int, types.Float, types.Date, types.Decimal, types.Timestamp:
		return f.room(t, rows, narrow)
	}
	return funcs.NewVec(t, rows)
}

// room makes a column of any content.
func (f *frame) room(t types.Type, rows int, narrow bool) *funcs.Vec {
	narrow = narrow && t.Kind == types.Decimal
	create, reuse := funcs.NewVec, (*funcs.Vec).Reuse
	if narrow {
		create, reuse = funcs.NewNarrow, (*funcs.Vec).ReuseNarrow
	}
	if f.keep || rows < 256 || !fixedWidth(t) {
		return create(t, rows)
	}
	free := f.p.spare[t.Kind]
	for i := len(free) - 1; i >= 0; i-- {
		if v := free[i]; reuse(v, t, rows) {
			f.p.spare[t.Kind] = append(free[:i], free[i+1:]...)
			f.p.lent = append(f.p.lent, v)
			return v
		}
	}
	for i, v := range free {
		if v.N <= rows && v.N >= rows/2 { // it is a little too small, as it will be for the batches to come
			f.p.spare[t.Kind] = append(free[:i], free[i+1:]...)
			break
		}
	}
	v := create(t, roomy(rows))
	reuse(v, t, rows)
	f.p.lent = append(f.p.lent, v)
	return v
}

// roomy is a few more rows: a filter does not keep as many of each batch.
func roomy(rows int) int {
	step := 1 << (bits.Len(uint(rows)) - 3)
	return (rows + step - 1) &^ (step - 1)
}

// fixedWidth reports whether values of t are of one size.
func fixedWidth(t types.Type) bool {
	switch t.Required().Kind {
	case types.Bool, types.Int, types.Float, types.Decimal, types.Date, types.Time, types.Timestamp, types.Duration, types.UUID:
		return true
	}
	return false
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
