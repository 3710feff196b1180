package expr

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// OpenRows opens a table function. What it gives is looked at before anybody relies on it: elements of the declared type, each of a
// row of the call, in order.
func OpenRows(ctx context.Context, in udf.Instance, f *udf.Function, args []arrow.Array, n int) (udf.Rows, error) {
	able, ok := in.(udf.TableInstance)
	if !ok {
		return nil, fmt.Errorf("%s cannot be called here: the runtime of %s functions has no table functions", f.ID(), f.Kind)
	}
	element, err := elementType(f)
	if err != nil {
		return nil, err
	}
	rows, err := able.Rows(ctx, f, args, n)
	if err != nil {
		return nil, err
	}
	return &watched{Rows: rows, f: f, element: element, n: n}, nil
}

func elementType(f *udf.Function) (arrow.DataType, error) {
	if f.Result.Kind != types.List {
		return nil, fmt.Errorf("%s is a table function that gives no list", f.ID())
	}
	return types.ToArrow(*f.Result.Elem)
}

type watched struct {
	udf.Rows
	f       *udf.Function
	element arrow.DataType
	n       int
	last    int32
}

func (w *watched) Next(max int) (arrow.Array, []int32, error) {
	elements, rows, err := w.Rows.Next(max)
	if err != nil {
		return nil, nil, err
	}
	ok := elements.Len() == len(rows) && arrow.TypeEqual(elements.DataType(), w.element)
	for _, r := range rows {
		ok = ok && r >= w.last && int(r) < w.n
		w.last = r
	}
	if !ok {
		elements.Release()
		return nil, nil, fmt.Errorf("%s returned rows that are not of its signature or of its calls", w.f.ID())
	}
	return elements, rows, nil
}
