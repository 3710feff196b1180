package native

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// instance is one interpreter.
type instance struct {
	program *program
	python  *interpreter // nil after it ended, until the next call
}

// Close implements udf.Instance.
func (in *instance) Close(context.Context) error {
	if in.python != nil {
		in.program.runtime.keep(in.program.environment, in.program.load, in.python)
		in.python = nil
	}
	return nil
}

// maxRows is how many rows are passed at once.
const maxRows = 64 << 10

// Call implements udf.Instance. Because a function's result for a row depends on that row alone, a call that fails is made
// again with half of its rows, to find the row that fails.
func (in *instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	index, ok := in.program.index[f.ID()]
	if !ok {
		return nil, fmt.Errorf("%s was not loaded with its module", f.ID())
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := &call{instance: in, ctx: ctx, f: f, index: uint32(index), args: args, batch: newBatch(f, args, n)}
	for lo := 0; lo < c.batch.count; lo += maxRows {
		if err := c.rows(lo, min(lo+maxRows, c.batch.count)); err != nil {
			c.release()
			return nil, err
		}
	}
	out, err := c.result()
	if err == nil && len(c.failed) > 0 {
		return out, &udf.RowErrors{Failed: c.failed}
	}
	return out, err
}

// call is one call of a function over a batch.
type call struct {
	*instance
	ctx    context.Context
	f      *udf.Function
	index  uint32
	args   []arrow.Array
	batch  *batch
	parts  []arrow.Array // the results so far
	failed []*udf.CallError
	whole  bool // the last failure is of the whole result, such as its length: no row is to blame
}

func (c *call) release() {
	for _, p := range c.parts {
		p.Release()
	}
}

// rows calls the function for the rows lo to hi of the batch, in parts where they do not fit.
func (c *call) rows(lo, hi int) error {
	out, err := c.once(lo, hi)
	if err == nil {
		c.parts = append(c.parts, out)
		return nil
	}
	var raised *udf.CallError
	switch {
	case errors.Is(err, errTooLarge) && hi-lo > 1:
		mid := lo + (hi-lo)/2
		if err := c.rows(lo, mid); err != nil {
			return err
		}
		return c.rows(mid, hi)
	case errors.Is(err, errTooLarge):
		raised = c.failure(lo, fmt.Sprintf("the row's arguments or its result take more than %d MiB", half>>20))
	case !errors.As(err, &raised):
		return err
	}
	if c.whole {
		return raised
	}
	if hi-lo == 1 {
		raised.Row, raised.Args = c.batch.row(lo), columns.Describe(c.f, c.args, c.batch.row(lo))
	}
	if !c.f.RowErrors {
		if raised.Row >= 0 || c.python == nil {
			return raised
		}
		return c.find(lo, hi, raised)
	}
	if hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if err := c.rows(lo, mid); err != nil {
			return err
		}
		return c.rows(mid, hi)
	}
	dt, err := types.ToArrow(c.f.Result)
	if err != nil {
		return err
	}
	c.failed, c.parts = append(c.failed, raised), append(c.parts, array.MakeArrayOfNull(memory.DefaultAllocator, dt, 1))
	return nil
}

// find returns the failure of the first row between lo and hi that fails by itself, or else the one that their call gave.
func (c *call) find(lo, hi int, whole *udf.CallError) error {
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		out, err := c.once(lo, mid)
		var raised *udf.CallError
		switch {
		case err == nil:
			out.Release()
			lo = mid
			continue
		case !errors.As(err, &raised):
			return err
		case raised.Row >= 0 || c.python == nil:
			return raised
		}
		hi = mid
	}
	out, err := c.once(lo, hi)
	var raised *udf.CallError
	switch {
	case err == nil:
		out.Release()
		return whole
	case !errors.As(err, &raised):
		return err
	}
	raised.Row, raised.Args = c.batch.row(lo), columns.Describe(c.f, c.args, c.batch.row(lo))
	return raised
}

// failure is an error of the function, at the k-th row of the batch, or at none in particular.
func (c *call) failure(k int, message string) *udf.CallError {
	e := &udf.CallError{Function: c.f.ID(), Row: -1, Message: message}
	if k >= 0 && k < c.batch.count {
		e.Row = c.batch.row(k)
		e.Args = columns.Describe(c.f, c.args, e.Row)
	}
	return e
}

// once calls the function for the rows lo to hi. Errors of the function are *udf.CallError; after one that ended the
// interpreter, c.python is nil.
func (c *call) once(lo, hi int) (arrow.Array, error) {
	if c.python == nil {
		py, err := c.program.start(c.ctx)
		if err != nil {
			return nil, err
		}
		c.python = py
	}
	spans, err := c.batch.write(c.python.memory, lo, hi)
	if err != nil {
		return nil, err
	}
	message := binary.LittleEndian.AppendUint32(append(make([]byte, 0, 16+32*len(spans)), opCall), c.index)
	message = binary.LittleEndian.AppendUint32(message, uint32(hi-lo))
	for _, s := range spans {
		message = s.append(message)
	}
	reply, err := c.python.exchange(c.ctx, message)
	if err != nil {
		return nil, c.lost(err)
	}
	switch reply[0] {
	case replyOK:
		s, ok := readSpan(reply[1:])
		if !ok {
			return nil, c.lost(errTampered)
		}
		out, err := column(c.f.Result, c.python.memory, s, hi-lo)
		switch {
		case errors.Is(err, errTampered):
			return nil, c.lost(err)
		case err != nil:
			return nil, c.failure(-1, err.Error())
		}
		return out, nil
	case replyRaised:
		_, text := readError(reply)
		return nil, c.failure(-1, text)
	case replyMismatch:
		row, text := readError(reply)
		if row < 0 || row >= hi-lo {
			c.whole = true
			return nil, c.failure(-1, text)
		}
		return nil, c.failure(lo+row, text)
	case replyTooLarge:
		return nil, errTooLarge
	}
	return nil, c.lost(errTampered)
}

// lost closes an interpreter that has ended or cannot be trusted any more.
func (c *call) lost(err error) error {
	c.python.close()
	c.python = nil
	if c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	return c.failure(-1, err.Error())
}

// result puts the parts together.
func (c *call) result() (arrow.Array, error) {
	var out arrow.Array
	switch len(c.parts) {
	case 0:
		dt, err := types.ToArrow(c.f.Result)
		if err != nil {
			return nil, err
		}
		out = array.MakeArrayOfNull(memory.DefaultAllocator, dt, 0)
	case 1:
		out = c.parts[0]
	default:
		defer c.release()
		var err error
		if out, err = array.Concatenate(c.parts, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	if c.batch.pick == nil {
		return out, nil
	}
	defer out.Release()
	return scatter(out, c.batch.pick), nil
}
