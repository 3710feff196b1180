package exec

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
)

// lineage says where the rows of a batch stand in a table: it is followed only when a row fails. Operators that keep rows as they are
// pass it on, those that drop some add what they kept, and all others make batches without one.
type lineage struct {
	table          *logical.Table // the rows are those of one of its batches
	segment, index int

	of   *lineage // the rows are some of these: picks, or those from first on
	rows *picks
	from int
}

// kept is the lineage of some rows of a batch; nil rows are all.
func (l *lineage) kept(rows []int32) *lineage {
	if l == nil || rows == nil {
		return l
	}
	return &lineage{of: l, rows: &picks{rows: rows}}
}

// chosen is kept of rows that are said in either way.
func (l *lineage) chosen(rows *picks) *lineage {
	if l == nil || rows == nil {
		return l
	}
	own := *rows // what the batch finds out about its picks is not ours: others may have parts of it
	return &lineage{of: l, rows: &own}
}

func (l *lineage) after(from int) *lineage {
	if l == nil || from == 0 {
		return l
	}
	return &lineage{of: l, from: from}
}

// row is the table that a row is of, and its number there, from one; 0 where that is not known.
func (l *lineage) row(i int) (table string, number int64) {
	for l != nil && l.of != nil {
		if l.rows == nil {
			i += l.from
		} else {
			own := *l.rows
			rows := own.numbers()
			if i >= len(rows) || rows[i] < 0 {
				return "", 0
			}
			i = int(rows[i])
		}
		l = l.of
	}
	if l == nil || i < 0 || l.segment >= len(l.table.Segments) || l.index > len(l.table.Segments[l.segment].Batches) {
		return "", 0
	}
	number = int64(i) + 1
	for _, s := range l.table.Segments[:l.segment] {
		number += s.Rows
	}
	for _, b := range l.table.Segments[l.segment].Batches[:l.index] {
		number += b.Rows
	}
	return l.table.Name, number
}

// located tells an error of an expression over the batch which row of a table it is.
func (b *batch) located(err error) error {
	var e *expr.RunError
	if !errors.As(err, &e) || e.Row < 0 || e.Where != "" {
		return err
	}
	if table, number := b.lineage.row(e.Row); number > 0 {
		at := *e
		at.Where = fmt.Sprintf("row %s of %s", grouped(number), table)
		return &at
	}
	return err
}

// grouped writes a number with a comma after every three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
