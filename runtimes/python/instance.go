package python

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
	queued  time.Duration

	mu    sync.Mutex
	spare *interpreter // has loaded the source and belongs to no instance yet
}

func (p *program) Tier(*udf.Function) string { return "cpython-wasi" }

// Made tells how long the interpreter that ran the source first took to be had.
func (p *program) Made() udf.Made { return udf.Made{Queue: p.queued} }

// start returns an interpreter that has loaded the source.
func (p *program) start(ctx context.Context) (*interpreter, error) {
	if py := p.runtime.reuse(p.request); py != nil {
		return py, nil
	}
	py, err := p.runtime.take(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := py.exchange(ctx, opLoad, p.request)
	if err == nil && reply[0] != replyOK {
		_, message := readError(reply)
		err = errors.New(message)
	}
	if err != nil {
		py.kill()
		return nil, err
	}
	return py, nil
}

func (p *program) Instance(ctx context.Context) (udf.Instance, error) {
	p.mu.Lock()
	py := p.spare
	p.spare = nil
	p.mu.Unlock()
	if py == nil {
		var err error
		if py, err = p.start(ctx); err != nil {
			return nil, err
		}
	}
	return &instance{program: p, python: py}, nil
}

func (p *program) Close(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare != nil {
		p.runtime.keep(p.request, p.spare)
		p.spare = nil
	}
	return nil
}

// instance is one interpreter.
type instance struct {
	program *program
	python  *interpreter // nil after it ended, until the next call
}

func (in *instance) Close(context.Context) error {
	if in.python != nil {
		in.program.runtime.keep(in.program.request, in.python)
		in.python = nil
	}
	return nil
}

// Call implements udf.Instance.
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
	b := newBatch(f, args, n)
	out := newResults(f.Result)
	for lo := 0; lo < len(b.rows); {
		frame, hi := b.frame(index, lo)
		if in.python == nil {
			py, err := in.program.start(ctx)
			if err != nil {
				return nil, err
			}
			in.python = py
		}
		reply, err := in.python.exchange(ctx, opCall, frame)
		if err != nil {
			in.python.kill()
			in.python = nil
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, &udf.CallError{Function: f.ID(), Row: -1, Message: columns.Clip(err.Error(), 4096)}
		}
		if reply[0] != replyOK {
			at, message := readError(reply)
			row := -1
			if at >= 0 && at < hi-lo {
				row = b.rows[lo+at]
			}
			return nil, &udf.CallError{Function: f.ID(), Row: row, Args: columns.Describe(f, args, row), Message: message}
		}
		if err := out.read(reply[1:], hi-lo); err != nil {
			// Only a function that tampers with its own interpreter gets here.
			in.python.kill()
			in.python = nil
			return nil, &udf.CallError{Function: f.ID(), Row: -1, Message: err.Error()}
		}
		lo = hi
	}
	return out.array(f.Result, n, b.pick)
}
