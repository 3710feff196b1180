package exec

import (
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// late is a column of a batch that has not been made yet: rows of another one. Filters and joins only say which rows they
// keep, so that what a later filter drops, and what nobody reads, is never copied.
type late struct {
	rows   *picks
	of     *builtColumn // where the values come from, instead of the batch's own column; nil for that one
	narrow *types.Type  // of the batch's own column, where that is narrow (funcs.IsNarrow) still; else nil
}

// picks are the rows that several columns keep, of one join table or of the batch itself: a bit of each, or their numbers, of which a
// negative one is absent.
type picks struct {
	rows []int32
	keep []uint64 // instead of rows, until somebody asks for those
	of   int      // rows that there are bits for
	n    int      // rows that they keep
	refs []uint32 // of the same rows, once a column of a join table was asked for
}

// numbers are those of the rows.
func (p *picks) numbers() []int32 {
	if p.rows == nil && p.keep != nil {
		p.rows = expr.Rows(p.keep, p.of)
	}
	return p.rows
}

// column makes column i, if it is not there yet, and widens it. The batch goes on to own it.
func (b *batch) column(mem *budget, i int) arrow.Array {
	made := b.asItCame(mem, i)
	if b.late == nil || b.late[i].narrow == nil {
		return made
	}
	wide, err := funcs.Widened(mem.reused(), made, *b.late[i].narrow)
	if err != nil {
		panic(stopped{err})
	}
	made.Release()
	b.cols[i], b.late[i] = wide, late{}
	return wide
}

// asItCame is column for who can take a narrow one.
func (b *batch) asItCame(mem *budget, i int) arrow.Array {
	if b.late == nil || b.late[i].rows == nil {
		return b.cols[i]
	}
	l := b.late[i]
	var made arrow.Array
	if l.of != nil {
		made = l.of.take(mem, l.rows)
	} else {
		made = takePicks(mem, b.cols[i], l.rows)
	}
	if b.cols[i] != nil {
		b.cols[i].Release()
	}
	if l.of != nil && funcs.IsNarrow(made, l.of.t) {
		l.narrow = &l.of.t
	}
	b.cols[i], b.late[i] = made, late{narrow: l.narrow}
	return made
}

// flatten makes every column.
func (b *batch) flatten(mem *budget) *batch {
	if b.late != nil {
		for i := range b.cols {
			b.column(mem, i)
		}
		b.late = nil
	}
	return b
}

// flattenNarrow is flatten for who can take narrow columns.
func (b *batch) flattenNarrow(mem *budget) *batch {
	if b.late != nil {
		for i := range b.cols {
			b.asItCame(mem, i)
		}
	}
	return b
}

// grownLate is that of a batch with so many more columns, which are there.
func grownLate(of []late, more int) []late {
	if of == nil {
		return nil
	}
	return append(slices.Clone(of), make([]late, more)...)
}

// picked is some rows of the first columns of a batch, to be copied where they are needed; nil rows are all.
func (b *batch) picked(rows []int32, columns int) *batch {
	if rows == nil {
		return b.chosen(nil, columns)
	}
	return b.chosen(&picks{rows: rows, n: len(rows)}, columns)
}

// chosen is picked of rows that are said in either way; nil is all.
func (b *batch) chosen(own *picks, columns int) *batch {
	out := &batch{n: b.n, cols: make([]arrow.Array, columns), lineage: b.lineage.chosen(own)}
	if own != nil {
		out.n = own.n
	}
	if own != nil || b.late != nil {
		out.late = make([]late, columns)
	}
	composed := map[*picks]*picks{}
	for i := range columns {
		if out.cols[i] = b.cols[i]; b.cols[i] != nil {
			b.cols[i].Retain()
		}
		switch {
		case b.late != nil && b.late[i] != (late{}):
			l := b.late[i]
			switch {
			case own == nil:
			case l.rows == nil:
				l.rows = own
			default:
				if composed[l.rows] == nil {
					composed[l.rows] = compose(l.rows, own)
				}
				l.rows = composed[l.rows]
			}
			out.late[i] = l
		case own != nil:
			out.late[i] = late{rows: own}
		}
	}
	return out
}

// compose is rows of rows; one that is absent stays so.
func compose(inner, own *picks) *picks {
	of := inner.numbers()
	if own.keep != nil {
		out := make([]int32, own.n+kernels.Slack)
		kernels.Best.Keep32(words32(of), words32(out), own.keep)
		return &picks{rows: out[:own.n], n: own.n}
	}
	out := make([]int32, len(own.rows))
	for i, r := range own.rows {
		if r >= 0 {
			r = of[r]
		}
		out[i] = r
	}
	return &picks{rows: out, n: len(out)}
}

// words32 views numbers as the words that they are.
func words32(in []int32) []uint32 {
	if len(in) == 0 {
		return nil
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(in))), len(in))
}

// made is the columns as far as they are there, with nothing in the place of the others.
func (b *batch) made() []arrow.Array {
	if b.late == nil {
		return b.cols
	}
	out := make([]arrow.Array, len(b.cols))
	for i, c := range b.cols {
		if out[i] = c; b.late[i].rows != nil {
			out[i] = array.NewNull(b.n)
		}
	}
	return out
}
