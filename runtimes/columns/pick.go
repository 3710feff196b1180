package columns

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
)

// Pick chooses which rows of a call a function is called for: not those whose result is absent anyway, nor, except for table
// functions and volatile ones, those that repeat a value of a dictionary. pick is for each row of the call its place in rows, or -1
// where it is not called. Both are nil when all rows are called, in order.
func Pick(f *udf.Function, args []arrow.Array, n int) (rows []int, pick []int32) {
	skip := Skipped(f, args, n)
	var s Source
	var seen []int32 // place in rows of each dictionary value, plus one
	if len(args) == 1 && !f.Volatile && f.Shape != udf.Table {
		if s = Open(args[0]); !s.Plain() {
			seen = make([]int32, s.Values.Len())
		}
	}
	if skip == nil && seen == nil {
		return nil, nil
	}
	rows, pick = make([]int, 0, n), make([]int32, n)
	for row := range n {
		if skip != nil && skip[row] {
			pick[row] = -1
			continue
		}
		if seen != nil && !s.Absent(row) {
			at := &seen[s.Index(row)]
			if *at == 0 {
				rows = append(rows, row)
				*at = int32(len(rows))
			}
			pick[row] = *at - 1
			continue
		}
		pick[row] = int32(len(rows))
		rows = append(rows, row)
	}
	return rows, pick
}

// Contiguous reports whether rows, which are in order, follow one another, so that their values can be copied as a block. A row of -1
// has no value.
func Contiguous(rows []int) bool {
	return len(rows) > 0 && rows[len(rows)-1]-rows[0] == len(rows)-1 && rows[0] >= 0
}
