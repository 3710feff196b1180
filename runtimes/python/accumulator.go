package python

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// accumulator is the states of an aggregate function, which are objects inside an interpreter. It is lost with its interpreter.
type accumulator struct {
	ctx    context.Context
	in     *instance
	python *interpreter // that holds the states
	f      *udf.Function
	number uint32
	groups int
	before int64 // bytes that the interpreter held without it
}

// Accumulate implements udf.AggregateInstance. Each group is an object of the class that the function is.
func (in *instance) Accumulate(ctx context.Context, f *udf.Function) (udf.Accumulator, error) {
	if f.Shape != udf.Aggregate {
		return nil, fmt.Errorf("%s is no aggregate function", f.ID())
	}
	index, err := in.ready(ctx, f)
	if err != nil {
		return nil, err
	}
	a := &accumulator{ctx: ctx, in: in, python: in.python, f: f, number: in.accumulators, before: in.python.memory.Load()}
	in.accumulators++
	if _, err := a.exchange(opAccumulate, numbers(uint32(index), a.number), nil, nil); err != nil {
		return nil, err
	}
	in.open = append(in.open, a)
	return a, nil
}

func numbers(vs ...uint32) []byte {
	var b []byte
	for _, v := range vs {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// exchange returns what a reply carries; rows are those of args that an exception may name.
func (a *accumulator) exchange(op byte, body []byte, args []arrow.Array, rows []int) ([]byte, error) {
	if a.in.python == nil || a.in.python != a.python {
		return nil, &udf.CallError{Function: a.f.ID(), Row: -1, Message: "the interpreter that held the groups has ended"}
	}
	if err := a.ctx.Err(); err != nil {
		return nil, err
	}
	reply, err := a.in.exchange(a.ctx, a.f, op, body)
	if err != nil {
		return nil, err
	}
	if reply[0] != replyOK {
		return nil, failure(a.f, args, reply, rows)
	}
	return reply[1:], nil
}

// Resize implements udf.Accumulator.
func (a *accumulator) Resize(n int) error {
	if n <= a.groups {
		return nil
	}
	_, err := a.exchange(opResize, numbers(a.number, uint32(n)), nil, nil)
	if err == nil {
		a.groups = n
	}
	return err
}

// Update implements udf.Accumulator.
func (a *accumulator) Update(n int, groups []uint32, args []arrow.Array) error {
	if err := columns.Check(a.f, args, n); err != nil {
		return err
	}
	b := openBatch(a.f, args)
	skip := columns.Skipped(a.f, args, n)
	for row := range n {
		if (skip == nil || !skip[row]) && (groups == nil || groups[row] != udf.NoGroup) {
			b.rows = append(b.rows, row)
		}
	}
	for lo := 0; lo < len(b.rows); {
		hi := b.end(lo)
		body, err := a.address(b.rows[lo:hi], groups)
		if err != nil {
			return err
		}
		if _, err := a.exchange(opUpdate, b.columns(body, lo, hi), args, b.rows[lo:hi]); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// address begins a frame: the accumulator, how many rows, and the group of each.
func (a *accumulator) address(rows []int, groups []uint32) ([]byte, error) {
	body := numbers(a.number, uint32(len(rows)))
	for _, row := range rows {
		g := uint32(0)
		if groups != nil {
			g = groups[row]
		}
		if int64(g) >= int64(a.groups) {
			return nil, fmt.Errorf("%s: group %d of %d", a.f.ID(), g, a.groups)
		}
		body = binary.LittleEndian.AppendUint32(body, g)
	}
	return body, nil
}

// Merge implements udf.Accumulator.
func (a *accumulator) Merge(n int, groups []uint32, states arrow.Array) error {
	b := &batch{params: []types.Type{types.Of(types.Bytes)}, args: []columns.Source{columns.Open(states)}}
	for row := range n {
		if !b.args[0].Absent(row) && (groups == nil || groups[row] != udf.NoGroup) {
			b.rows = append(b.rows, row)
		}
	}
	for lo := 0; lo < len(b.rows); {
		hi := b.end(lo)
		body, err := a.address(b.rows[lo:hi], groups)
		if err != nil {
			return err
		}
		if _, err := a.exchange(opMerge, b.columns(body, lo, hi), nil, nil); err != nil {
			return err
		}
		lo = hi
	}
	return nil
}

// State implements udf.Accumulator.
func (a *accumulator) State() (arrow.Array, error) { return a.collect(opSave, types.Of(types.Bytes)) }

// Finish implements udf.Accumulator.
func (a *accumulator) Finish() (arrow.Array, error) { return a.collect(opFinish, a.f.Result) }

// collect gets a value for each group, so many at a time.
func (a *accumulator) collect(op byte, t types.Type) (arrow.Array, error) {
	out := newResults(t)
	for lo := 0; lo < a.groups; lo += maxRows {
		hi := min(a.groups, lo+maxRows)
		column, err := a.exchange(op, numbers(a.number, uint32(lo), uint32(hi)), nil, nil)
		if err != nil {
			return nil, err
		}
		if err := out.read(column, hi-lo); err != nil {
			return nil, a.in.tampered(a.f, err)
		}
	}
	if len(out.invalid) > 0 || out.hidden() {
		return nil, &udf.CallError{Function: a.f.ID(), Row: -1, Message: notJSON}
	}
	return out.all(t)
}

// Bytes is by how much the interpreter has grown, or what so many empty objects take.
func (a *accumulator) Bytes() int64 {
	if a.in.python != a.python || a.python == nil {
		return 0
	}
	return max(a.python.memory.Load()-a.before, int64(a.groups)*64)
}

// Close implements udf.Accumulator.
func (a *accumulator) Close() error {
	i := slices.Index(a.in.open, a)
	if i < 0 {
		return nil
	}
	a.in.open = slices.Delete(a.in.open, i, i+1)
	if a.in.python == nil || a.in.python != a.python || a.ctx.Err() != nil {
		if a.in.python != nil && a.in.python == a.python {
			a.in.end() // its states would live on in the interpreter
		}
		return nil
	}
	_, err := a.exchange(opDrop, numbers(a.number), nil, nil)
	var failed *udf.CallError
	if errors.As(err, &failed) {
		err = nil // the interpreter has ended, and its states with it
	}
	return err
}
