package python

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
	"github.com/dreamql/dreamql/runtimes/python/atonce"
)

// earlyProgram runs some functions on gpython until CPython has loaded the source, and everything in CPython from then on.
type earlyProgram struct {
	functions map[string]*atonce.Function // by udf.Function.ID
	ready     chan struct{}               // closed when full or err is there
	full      *program
	err       error

	mu     sync.Mutex
	closed bool
}

// loadEarly returns at once, and has CPython load the source behind it.
func (r *Runtime) loadEarly(ctx context.Context, m udf.Module, funcs []*udf.Function, functions map[string]*atonce.Function) *earlyProgram {
	p := &earlyProgram{functions: functions, ready: make(chan struct{})}
	r.filler.Go(func() {
		full, err := r.load(context.WithoutCancel(ctx), m, funcs)
		p.mu.Lock()
		p.full, p.err = full, err
		close(p.ready)
		closed := p.closed
		p.mu.Unlock()
		if closed && err == nil {
			full.Close(ctx)
		}
	})
	return p
}

// warm returns the program in CPython once it is there.
func (p *earlyProgram) warm() (*program, bool) {
	select {
	case <-p.ready:
		return p.full, p.err == nil
	default:
		return nil, false
	}
}

// wait returns the program in CPython.
func (p *earlyProgram) wait(ctx context.Context) (*program, error) {
	select {
	case <-p.ready:
		return p.full, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Tier names gpython only while CPython is not there.
func (p *earlyProgram) Tier(f *udf.Function) string {
	if _, warm := p.warm(); !warm && p.functions[f.ID()] != nil {
		return "gpython"
	}
	return "cpython-wasi"
}

func (p *earlyProgram) Made() udf.Made {
	if full, warm := p.warm(); warm {
		return full.Made()
	}
	return udf.Made{}
}

func (p *earlyProgram) Instance(context.Context) (udf.Instance, error) {
	return &earlyInstance{program: p, runners: map[string]*atonce.Runner{}}, nil
}

func (p *earlyProgram) Close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if full, warm := p.warm(); warm {
		return full.Close(ctx)
	}
	return nil
}

type earlyInstance struct {
	program *earlyProgram
	full    *instance // nil until a call was CPython's
	runners map[string]*atonce.Runner
}

// python returns the instance in CPython, for which it waits.
func (in *earlyInstance) python(ctx context.Context) (*instance, error) {
	if in.full == nil {
		p, err := in.program.wait(ctx)
		if err != nil {
			return nil, err
		}
		if in.full, err = p.instance(ctx); err != nil {
			in.full = nil
			return nil, err
		}
	}
	return in.full, nil
}

// Call implements udf.Instance.
func (in *earlyInstance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	if fn := in.program.functions[f.ID()]; fn != nil && in.full == nil {
		if _, warm := in.program.warm(); !warm && in.program.failed() == nil {
			out, err := in.early(ctx, fn, f, args, n)
			if !errors.Is(err, atonce.ErrDecline) {
				return out, err
			}
		}
	}
	full, err := in.python(ctx)
	if err != nil {
		return nil, err
	}
	return full.Call(ctx, f, args, n)
}

// failed is why CPython did not load the source.
func (p *earlyProgram) failed() error {
	select {
	case <-p.ready:
		return p.err
	default:
		return nil
	}
}

func (in *earlyInstance) early(ctx context.Context, fn *atonce.Function, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	runner := in.runners[f.ID()]
	if runner == nil {
		var err error
		if runner, err = fn.Runner(); err != nil {
			return nil, err
		}
		in.runners[f.ID()] = runner
	}
	return runner.Call(ctx, f, args, n)
}

// Accumulate implements udf.AggregateInstance, in CPython.
func (in *earlyInstance) Accumulate(ctx context.Context, f *udf.Function) (udf.Accumulator, error) {
	full, err := in.python(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.ID(), err)
	}
	return full.Accumulate(ctx, f)
}

// Rows implements udf.TableInstance, in CPython.
func (in *earlyInstance) Rows(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (udf.Rows, error) {
	full, err := in.python(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.ID(), err)
	}
	return full.Rows(ctx, f, args, n)
}

func (in *earlyInstance) Close(ctx context.Context) error {
	if in.full == nil {
		return nil
	}
	return in.full.Close(ctx)
}
