package python

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// rows is what a table function gives: an iterator inside the interpreter, which advances as rows are asked for.
type rows struct {
	ctx    context.Context
	in     *instance
	python *interpreter
	f      *udf.Function
	index  int
	args   []arrow.Array
	b      *batch
	lo, hi int // the rows of b that the interpreter iterates over; none where they are equal
	ended  error
}

// Rows implements udf.TableInstance.
func (in *instance) Rows(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (udf.Rows, error) {
	if f.Shape != udf.Table {
		return nil, fmt.Errorf("%s is no table function", f.ID())
	}
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	index, err := in.ready(ctx, f)
	if err != nil {
		return nil, err
	}
	return &rows{ctx: ctx, in: in, python: in.python, f: f, index: index, args: args, b: newBatch(f, args, n)}, nil
}

// Next implements udf.Rows.
func (r *rows) Next(most int) (arrow.Array, []int32, error) {
	for {
		if r.ended != nil {
			return nil, nil, r.ended
		}
		elements, of, err := r.next(most)
		if err != nil {
			r.ended = err
			return nil, nil, err
		}
		if len(of) > 0 {
			return elements, of, nil
		}
		r.lo = r.hi // the calls of this frame have given all
	}
}

func (r *rows) next(most int) (arrow.Array, []int32, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, nil, err
	}
	if r.in.python != r.python {
		return nil, nil, fmt.Errorf("%s: its interpreter has ended", r.f.ID())
	}
	if r.lo == r.hi {
		if r.lo == len(r.b.rows) {
			return nil, nil, io.EOF
		}
		r.hi = r.b.end(r.lo)
		if _, err := r.exchange(opOpen, r.b.call(r.index, r.lo, r.hi)); err != nil {
			return nil, nil, err
		}
	}
	reply, err := r.exchange(opNext, numbers(uint32(max(1, min(most, maxRows)))))
	if err != nil {
		return nil, nil, err
	}
	return r.read(reply)
}

func (r *rows) exchange(op byte, body []byte) ([]byte, error) {
	reply, err := r.in.exchange(r.ctx, r.f, op, body)
	if err != nil {
		return nil, err
	}
	if reply[0] != replyOK {
		return nil, failure(r.f, r.args, reply, r.b.rows[r.lo:r.hi])
	}
	return reply[1:], nil
}

func (r *rows) read(b []byte) (arrow.Array, []int32, error) {
	if len(b) < 4 {
		return nil, nil, r.in.tampered(r.f, errTampered)
	}
	n := int(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if n > maxRows || len(b) < 4*n {
		return nil, nil, r.in.tampered(r.f, errTampered)
	}
	if n == 0 {
		return nil, nil, nil
	}
	of := make([]int32, n)
	for i := range of {
		at := int(binary.LittleEndian.Uint32(b[4*i:]))
		if at >= r.hi-r.lo || i > 0 && int32(r.b.rows[r.lo+at]) < of[i-1] {
			return nil, nil, r.in.tampered(r.f, errTampered)
		}
		of[i] = int32(r.b.rows[r.lo+at])
	}
	elem := *r.f.Result.Required().Elem
	out := newResults(elem)
	if err := out.read(b[4*n:], n); err != nil {
		return nil, nil, r.in.tampered(r.f, err)
	}
	if len(out.invalid) > 0 || out.hidden() {
		return nil, nil, &udf.CallError{Function: r.f.ID(), Row: -1, Message: notJSON}
	}
	elements, err := out.all(elem)
	return elements, of, err
}

// Close ends the iteration; what is left of it goes with the next call.
func (r *rows) Close() error {
	if r.lo < r.hi && r.in.python == r.python && r.python != nil && r.ended == nil {
		_, err := r.in.exchange(context.WithoutCancel(r.ctx), r.f, opOpen, numbers(uint32(r.index), 0))
		r.ended = io.EOF
		return err
	}
	r.ended = io.EOF
	return nil
}

var (
	_ udf.AggregateInstance = (*instance)(nil)
	_ udf.TableInstance     = (*instance)(nil)
)
