package expr

import (
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/udf"
)

// evalUDF calls the function once for the rows of the frame; once in all, if it is deterministic and its arguments are constants.
func (f *frame) evalUDF(n *node) (*funcs.Vec, error) {
	rows := f.n
	args := make([]*funcs.Vec, len(n.args))
	constant := !n.function.Volatile
	for i, a := range n.args {
		v, err := f.eval(a)
		if err != nil {
			return nil, err
		}
		args[i] = v
		constant = constant && v.Const
	}
	if rows == 0 {
		return funcs.NewVec(n.t, 0).Take([]int32{}), nil
	}
	if constant {
		rows = 1
	}
	columns := make([]arrow.Array, len(args))
	for i, v := range args {
		a, err := n.argument(i, v, rows)
		if err != nil {
			return nil, err
		}
		defer a.Release()
		columns[i] = a
	}
	if n.instance == nil {
		if f.p.env.Instance == nil {
			return nil, &RunError{Span: n.span, Row: -1, Message: fmt.Sprintf("%s cannot be called here: no runtime executes functions of kind %s", n.function.ID(), n.function.Kind)}
		}
		var err error
		if n.instance, n.tier, err = f.p.env.Instance(f.ctx, n.function); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	var result arrow.Array
	var room *funcs.Vec // what the results may be written into
	var err error
	if n.function.Shape == udf.Table {
		result, err = collect(f.ctx, n.instance, n.function, columns, rows)
	} else if filler, ok := n.instance.(udf.Filler); ok {
		room = f.room(n.t.Required(), rows, false)
		result, err = filler.Fill(f.ctx, n.function, columns, rows, room.Raw())
	} else {
		result, err = n.instance.Call(f.ctx, n.function, columns, rows)
	}
	if f.p.env.Called != nil {
		call := Call{Function: n.function, Tier: n.tier, Rows: rows, Args: columns, Took: time.Since(start), Err: err}
		if result != nil {
			call.Results = []arrow.Array{result}
		}
		f.p.env.Called(call)
	}
	var some *udf.RowErrors
	if errors.As(err, &some) && result != nil {
		if f.failing == nil {
			result.Release()
			return nil, Called(err, n.span)
		}
		f.failing.add(f, some, constant)
	} else if err != nil {
		return nil, Called(err, n.span)
	}
	if result.Len() != rows {
		return nil, &RunError{Span: n.span, Row: -1, Message: fmt.Sprintf("%s returned %d results for %d rows", n.function.ID(), result.Len(), rows)}
	}
	v, err := funcs.FromArrow(result, n.t)
	if err != nil {
		return nil, f.failure(n, err)
	}
	if room != nil && room.Shares(v) {
		room.Valid = v.Valid
		v = room
	}
	if constant {
		v.Const, v.N = true, f.n
	}
	return v, nil
}

// argument is argument i as a column of so many rows. What a constant is repeated to is kept for the next batch.
func (n *node) argument(i int, v *funcs.Vec, rows int) (arrow.Array, error) {
	t := n.function.Params[i].Type
	if v.Type.Kind != t.Required().Kind {
		v = funcs.AbsentVec(t, rows)
	}
	if !v.Const {
		return v.ToArrow()
	}
	one := *v
	one.N = rows
	if n.args[i].constant == nil || !fixedWidth(t) {
		return one.ToArrow()
	}
	if n.repeated == nil {
		n.repeated = make([]arrow.Array, len(n.args))
	}
	if n.repeated[i] == nil || n.repeated[i].Len() < rows {
		var err error
		if n.repeated[i], err = one.ToArrow(); err != nil {
			return nil, err
		}
	}
	return array.NewSlice(n.repeated[i], 0, int64(rows)), nil
}
