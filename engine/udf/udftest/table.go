package udftest

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
)

// rows calls a table function for one row after the other, and gives what it returned piece by piece.
type rows struct {
	ctx    context.Context
	i      *instance
	g      *Function
	args   []arrow.Array
	n, row int
	left   []any // of row
	closed bool
}

// Rows implements udf.TableInstance.
func (i *instance) Rows(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (udf.Rows, error) {
	g, err := i.use(ctx, f, udf.Table)
	if err == nil {
		err = given(f, args, n)
	}
	if err != nil {
		return nil, err
	}
	i.rows = true
	i.r.open.Add(1)
	return &rows{ctx: ctx, i: i, g: g, args: args, n: n, row: -1}, nil
}

func (r *rows) Next(max int) (arrow.Array, []int32, error) {
	switch {
	case r.closed:
		return nil, nil, fmt.Errorf("rows of %s were read after they were closed", r.g.ID())
	case r.ctx.Err() != nil:
		return nil, nil, r.ctx.Err()
	}
	var out []any
	var of []int32
	for len(out) < max {
		if len(r.left) == 0 {
			if r.row++; r.row >= r.n {
				break
			}
			tuple, ok := arguments(&r.g.Function, r.args, r.row)
			if !ok {
				continue
			}
			v, err := r.g.Of([][]any{tuple})
			if err != nil {
				return nil, nil, &udf.CallError{Function: r.g.ID(), Row: r.row, Args: spell(&r.g.Function, tuple), Message: err.Error()}
			}
			r.left, _ = v.([]any)
			continue
		}
		out, of, r.left = append(out, r.left[0]), append(of, int32(r.row)), r.left[1:]
	}
	if len(out) == 0 {
		return nil, nil, io.EOF
	}
	if most := r.i.r.MaxRows.Load(); int64(len(out)) > most {
		r.i.r.MaxRows.Store(int64(len(out)))
	}
	a, err := column(*r.g.Result.Elem, out)
	return a, of, err
}

func (r *rows) Close() error {
	if !r.closed {
		r.closed, r.i.rows = true, false
		r.i.r.open.Add(-1)
	}
	return nil
}
