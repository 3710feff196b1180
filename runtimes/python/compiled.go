package python

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
	"github.com/dreamql/dreamql/runtimes/python/subset"
)

// maxDeclined is how many batches in a row compiled code may hand to CPython before it is no longer tried.
const maxDeclined = 3

// compiledProgram runs functions of numbers as compiled code, and in CPython the batches that this declines.
type compiledProgram struct {
	runtime   *Runtime
	module    udf.Module
	list      []*udf.Function
	functions map[string]*subset.Function // by udf.Function.ID

	mu          sync.Mutex
	interpreted *program // nil until a batch was declined
}

// Tier names the compiler, and CPython once it has run too.
func (p *compiledProgram) Tier(f *udf.Function) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interpreted != nil {
		return "python-compiled, " + p.interpreted.Tier(f)
	}
	return "python-compiled"
}

// Made tells of CPython only where it was needed.
func (p *compiledProgram) Made() udf.Made {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interpreted != nil {
		return p.interpreted.Made()
	}
	return udf.Made{}
}

// fallback returns the same program in CPython.
func (p *compiledProgram) fallback(ctx context.Context) (*program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interpreted == nil {
		q, err := p.runtime.load(ctx, p.module, p.list)
		if err != nil {
			return nil, err
		}
		p.interpreted = q
	}
	return p.interpreted, nil
}

func (p *compiledProgram) Instance(context.Context) (udf.Instance, error) {
	return &compiledInstance{program: p, declined: map[string]int{}}, nil
}

func (p *compiledProgram) Close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interpreted == nil {
		return nil
	}
	return p.interpreted.Close(ctx)
}

type compiledInstance struct {
	program     *compiledProgram
	interpreted udf.Instance   // nil until a batch was declined
	declined    map[string]int // batches in a row, by function
}

// Call implements udf.Instance.
func (in *compiledInstance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	fn, ok := in.program.functions[f.ID()]
	if !ok {
		return nil, fmt.Errorf("%s was not loaded with its module", f.ID())
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if in.declined[f.ID()] < maxDeclined {
		out, err := fn.Call(ctx, f, args, n)
		if !errors.Is(err, subset.ErrDecline) {
			in.declined[f.ID()] = 0
			return out, err
		}
		in.declined[f.ID()]++
	}
	if in.interpreted == nil {
		p, err := in.program.fallback(ctx)
		if err != nil {
			return nil, err
		}
		if in.interpreted, err = p.Instance(ctx); err != nil {
			return nil, err
		}
	}
	return in.interpreted.Call(ctx, f, args, n)
}

func (in *compiledInstance) Close(ctx context.Context) error {
	if in.interpreted == nil {
		return nil
	}
	return in.interpreted.Close(ctx)
}
