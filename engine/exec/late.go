package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// late is a column of a batch that has not been made yet: rows of another one. Filters and joins only say which rows they
// keep, so that what a later filter drops, and what nobody reads, is never copied.
type late struct {
	rows *picks
	of   *builtColumn // where the values come from, instead of the batch's own column; nil for that one
}

// picks are row numbers that several columns share, of one join table or of the batch itself; a negative one is absent.
type picks struct {
	rows []int32
	refs []uint32 // of the same rows, once a column of a join table was asked for
}

// column makes column i, if it is not there yet. The batch goes on to own it.
func (b *batch) column(mem *budget, i int) arrow.Array {
	if b.late == nil || b.late[i].rows == nil {
		return b.cols[i]
	}
	l := b.late[i]
	var made arrow.Array
	if l.of != nil {
		made = l.of.take(mem, l.rows)
	} else {
		made = take(mem, b.cols[i], l.rows.rows)
	}
	if b.cols[i] != nil {
		b.cols[i].Release()
	}
	b.cols[i], b.late[i] = made, late{}
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

// picked is some rows of the first columns of a batch, to be copied where they are needed; nil rows are all.
func (b *batch) picked(rows []int32, columns int) *batch {
	out := &batch{n: b.n, cols: make([]arrow.Array, columns), lineage: b.kept(rows)}
	if rows != nil {
		out.n = len(rows)
	}
	if rows != nil || b.late != nil {
		out.late = make([]late, columns)
	}
	own := &picks{rows: rows}
	composed := map[*picks]*picks{}
	for i := range columns {
		if out.cols[i] = b.cols[i]; b.cols[i] != nil {
			b.cols[i].Retain()
		}
		switch {
		case b.late != nil && b.late[i].rows != nil:
			l := b.late[i]
			if rows != nil {
				if composed[l.rows] == nil {
					composed[l.rows] = &picks{rows: compose(l.rows.rows, rows)}
				}
				l.rows = composed[l.rows]
			}
			out.late[i] = l
		case rows != nil:
			out.late[i] = late{rows: own}
		}
	}
	return out
}

// compose is rows of rows; one that is absent stays so.
func compose(of, rows []int32) []int32 {
	out := make([]int32, len(rows))
	for i, r := range rows {
		if r >= 0 {
			r = of[r]
		}
		out[i] = r
	}
	return out
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
