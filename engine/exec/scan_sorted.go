package exec

import (
	"fmt"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/physical"
)

// between finds the rows of a rising column of whole numbers that lie between the bounds.
func between(a arrow.Array, x *physical.Sorted) (from, to int, err error) {
	var at func(int) int64
	switch a := a.(type) {
	case *array.Int8:
		at = func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int16:
		at = func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int32:
		at = func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int64:
		at = func(i int) int64 { return a.Value(i) }
	case *array.Date32:
		at = func(i int) int64 { return int64(a.Value(i)) }
	case *array.Time64:
		at = func(i int) int64 { return int64(a.Value(i)) }
	case *array.Timestamp:
		at = func(i int) int64 { return int64(a.Value(i)) }
	default:
		return 0, 0, fmt.Errorf("column %s is %s, which has no sorted index", x.Column, a.DataType())
	}
	n := a.Len()
	to = n
	if x.From != nil {
		v := *x.From.Int
		from = sort.Search(n, func(i int) bool { return at(i) > v || !x.Above && at(i) == v })
	}
	if x.To != nil {
		v := *x.To.Int
		to = from + sort.Search(n-from, func(i int) bool { return at(from+i) > v || x.Below && at(from+i) == v })
	}
	return from, to, nil
}

// narrowed owns b and returns the rows between the bounds.
func (s *scan) narrowed(b *batch) (*batch, error) {
	from, to, err := between(b.cols[s.sorted], s.op.Scan.Sorted)
	if err == nil && from == 0 && to == b.n {
		return b, nil
	}
	defer b.release()
	if err != nil {
		return nil, err
	}
	return b.slice(from, to), nil
}
