package python

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// program is a package's source.
type program struct {
	runtime *Runtime
	request []byte         // the load frame
	index   map[string]int // of functions in it, by udf.Function.ID

	spare atomic.Pointer[interpreter] // has loaded the source and belongs to no instance yet

	mu   sync.Mutex
	made udf.Made
}

func (p *program) Tier(*udf.Function) string { return "cpython-wasi" }

// Made tells how long interpreters that ran the source took to be had, and the most memory that one held.
func (p *program) Made() udf.Made {
	p.mu.Lock()
	defer p.mu.Unlock()
	made := p.made
	made.Compile, made.CacheHit = p.runtime.compiled()
	if py := p.spare.Load(); py != nil {
		made.PeakBytes = max(made.PeakBytes, py.memory.Load())
	}
	return made
}

// note adds what an interpreter took.
func (p *program) note(queued time.Duration, py *interpreter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made.Queue += queued
	if py != nil {
		p.made.PeakBytes = max(p.made.PeakBytes, py.memory.Load())
	}
}

// start returns an interpreter that has loaded the source.
func (p *program) start(ctx context.Context) (*interpreter, error) {
	if py := p.runtime.reuse(p.request); py != nil {
		return py, nil
	}
	began := time.Now()
	py, err := p.runtime.take(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := py.exchange(ctx, opLoad, p.request)
	if err == nil && reply[0] != replyOK {
		_, message := readFailure(reply)
		err = errors.New(message)
	}
	if err != nil {
		py.kill()
		return nil, err
	}
	p.note(time.Since(began), py)
	return py, nil
}

func (p *program) Instance(ctx context.Context) (udf.Instance, error) { return p.instance(ctx) }

func (p *program) instance(ctx context.Context) (*instance, error) {
	py := p.spare.Swap(nil)
	if py == nil {
		var err error
		if py, err = p.start(ctx); err != nil {
			return nil, err
		}
	}
	return &instance{program: p, python: py}, nil
}

func (p *program) Close(context.Context) error {
	if py := p.spare.Swap(nil); py != nil {
		p.runtime.keep(p.request, py)
	}
	return nil
}

// instance is one interpreter.
type instance struct {
	program      *program
	python       *interpreter // nil after it ended, until the next call
	accumulators uint32       // made so far
	open         []*accumulator
}

func (in *instance) Close(context.Context) error {
	for _, a := range slices.Clone(in.open) {
		a.Close()
	}
	if in.python != nil {
		in.program.note(0, in.python)
		in.program.runtime.keep(in.program.request, in.python)
		in.python = nil
	}
	return nil
}

// ready returns the place of f in the interpreter, which it starts again where it has ended.
func (in *instance) ready(ctx context.Context, f *udf.Function) (int, error) {
	index, ok := in.program.index[f.ID()]
	if !ok {
		return 0, fmt.Errorf("%s was not loaded with its module", f.ID())
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if in.python == nil {
		py, err := in.program.start(ctx)
		if err != nil {
			return 0, err
		}
		in.python = py
	}
	return index, nil
}

// exchange has the interpreter do an operation. An error that is no reply of it ends the interpreter.
func (in *instance) exchange(ctx context.Context, f *udf.Function, op byte, body []byte) ([]byte, error) {
	reply, err := in.python.exchange(ctx, op, body)
	if err == nil {
		return reply, nil
	}
	in.end()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, &udf.CallError{Function: f.ID(), Row: -1, Message: columns.Clip(err.Error(), 4096)}
}

func (in *instance) end() {
	in.program.note(0, in.python)
	in.python.kill()
	in.python = nil
}

// tampered ends the interpreter after a reply that the driver does not send.
func (in *instance) tampered(f *udf.Function, err error) error {
	in.end()
	return &udf.CallError{Function: f.ID(), Row: -1, Message: err.Error()}
}

// failure is a reply that tells of an exception, where rows are the rows of the call that the frame held.
func failure(f *udf.Function, args []arrow.Array, reply []byte, rows []int) *udf.CallError {
	at, message := readFailure(reply)
	return callError(f, args, at, message, rows)
}

func callError(f *udf.Function, args []arrow.Array, at int, message string, rows []int) *udf.CallError {
	row := -1
	if at >= 0 && at < len(rows) {
		row = rows[at]
	}
	return &udf.CallError{Function: f.ID(), Row: row, Args: columns.Describe(f, args, row), Message: message}
}

// Call implements udf.Instance.
func (in *instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	b := newBatch(f, args, n)
	out := newResults(f.Result)
	var failed []rowFailure // by their place in b.rows
	for lo := 0; lo < len(b.rows) || lo == 0; {
		index, err := in.ready(ctx, f)
		if err != nil {
			return nil, err
		}
		if len(b.rows) == 0 {
			break
		}
		hi := b.end(lo)
		rows := b.rows[lo:hi]
		reply, err := in.exchange(ctx, f, opCall, b.call(index, lo, hi))
		if err != nil {
			return nil, err
		}
		column := reply[1:]
		switch {
		case reply[0] == replyPartly && f.RowErrors:
			var some []rowFailure
			if some, column, err = readFailures(reply, hi-lo); err != nil {
				return nil, in.tampered(f, err)
			}
			for _, s := range some {
				failed = append(failed, rowFailure{lo + s.row, s.message})
			}
		case reply[0] != replyOK:
			return nil, failure(f, args, reply, rows)
		}
		if err := out.read(column, hi-lo); err != nil {
			// Only a function that tampers with its own interpreter gets here.
			return nil, in.tampered(f, err)
		}
		if out.hidden() || len(out.invalid) > 0 && !f.RowErrors {
			at := -1
			if len(out.invalid) > 0 {
				at = out.invalid[0]
			}
			return nil, callError(f, args, at, notJSON, b.rows)
		}
		lo = hi
	}
	for _, at := range out.invalid {
		failed = append(failed, rowFailure{at, notJSON})
	}
	column, err := out.array(f.Result, b.pick)
	if err != nil || len(failed) == 0 {
		return column, err
	}
	return column, b.rowErrors(f, args, failed)
}

// rowErrors gives the failures of rows, each of which may stand for several of the call that have the same value.
func (b *batch) rowErrors(f *udf.Function, args []arrow.Array, failed []rowFailure) error {
	messages := make(map[int32]string, len(failed))
	for _, r := range failed {
		messages[int32(r.row)] = r.message
	}
	e := &udf.RowErrors{}
	for row, at := range b.pick {
		if message, ok := messages[at]; ok && at >= 0 {
			e.Failed = append(e.Failed, &udf.CallError{Function: f.ID(), Row: row, Args: columns.Describe(f, args, row), Message: message})
		}
	}
	return e
}
