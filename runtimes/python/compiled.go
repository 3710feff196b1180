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

// maxDeclined is how many batches in a row compiled code may leave mostly to CPython before it is no longer tried.
const maxDeclined = 3

// compiledProgram runs what it can as compiled code, and in CPython the other functions and the rows that compiled code declines.
type compiledProgram struct {
	runtime *Runtime
	module  udf.Module
	list    []*udf.Function
	code    *subset.Program
	reasons map[string]*subset.Reason // by udf.Function.ID

	mu          sync.Mutex
	interpreted udf.Program // nil until CPython is needed
	declined    map[string]bool
}

// Tier names the compiler, and CPython once it has decided rows of f too.
func (p *compiledProgram) Tier(f *udf.Function) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.code.Has(f):
		return p.interpreted.Tier(f)
	case p.declined[f.ID()]:
		return "python-compiled, " + p.interpreted.Tier(f)
	}
	return "python-compiled"
}

// Note says why f is not compiled; "" where it is.
func (p *compiledProgram) Note(f *udf.Function) string { return note(p.reasons[f.ID()]) }

// Made tells of CPython too where it was needed.
func (p *compiledProgram) Made() udf.Made {
	p.mu.Lock()
	defer p.mu.Unlock()
	var made udf.Made
	if p.interpreted != nil {
		made = p.interpreted.Made()
	}
	made.Compile += p.code.Took
	return made
}

// fallback returns the same program in CPython.
func (p *compiledProgram) fallback(ctx context.Context) (udf.Program, error) {
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
	return &compiledInstance{program: p, compiled: p.code.Instance(), declined: map[string]int{}}, nil
}

func (p *compiledProgram) Close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.code.Close(ctx)
	if p.interpreted != nil {
		err = errors.Join(err, p.interpreted.Close(ctx))
	}
	return err
}

type compiledInstance struct {
	program     *compiledProgram
	compiled    *subset.Instance
	interpreted udf.Instance   // nil until CPython is needed
	declined    map[string]int // batches in a row that were mostly declined, by function
}

// python returns the interpreter.
func (in *compiledInstance) python(ctx context.Context) (udf.Instance, error) {
	if in.interpreted == nil {
		p, err := in.program.fallback(ctx)
		if err != nil {
			return nil, err
		}
		if in.interpreted, err = p.Instance(ctx); err != nil {
			in.interpreted = nil
			return nil, err
		}
	}
	return in.interpreted, nil
}

// Call implements udf.Instance.
func (in *compiledInstance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	return in.Fill(ctx, f, args, n, nil)
}

// Fill implements udf.Filler.
func (in *compiledInstance) Fill(ctx context.Context, f *udf.Function, args []arrow.Array, n int, values []byte) (arrow.Array, error) {
	if err := columns.Check(f, args, n); err != nil {
		return nil, err
	}
	id := f.ID()
	if !in.program.code.Has(f) || in.declined[id] == maxDeclined {
		py, err := in.python(ctx)
		if err != nil {
			return nil, err
		}
		return py.Call(ctx, f, args, n)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, declined, err := in.compiled.Fill(ctx, f, args, n, values, func(rows []int) (arrow.Array, error) {
		return in.decide(ctx, f, args, rows)
	})
	if 2*declined > n {
		in.declined[id]++
	} else {
		in.declined[id] = 0
	}
	return out, err
}

// decide has CPython evaluate some rows of a call.
func (in *compiledInstance) decide(ctx context.Context, f *udf.Function, args []arrow.Array, rows []int) (arrow.Array, error) {
	py, err := in.python(ctx)
	if err != nil {
		return nil, err
	}
	in.program.mu.Lock()
	in.program.declined[f.ID()] = true
	in.program.mu.Unlock()
	some := make([]arrow.Array, len(args))
	for i, a := range args {
		some[i] = columns.Take(a, rows)
		defer some[i].Release()
	}
	out, err := py.Call(ctx, f, some, len(rows))
	var failed *udf.CallError
	var many *udf.RowErrors
	switch {
	case errors.As(err, &many):
		for _, e := range many.Failed {
			e.Row = rowOf(e.Row, rows)
		}
	case errors.As(err, &failed):
		failed.Row = rowOf(failed.Row, rows)
	}
	return out, err
}

func rowOf(k int, rows []int) int {
	if k < 0 || k >= len(rows) {
		return -1
	}
	return rows[k]
}

// Accumulate implements udf.AggregateInstance.
func (in *compiledInstance) Accumulate(ctx context.Context, f *udf.Function) (udf.Accumulator, error) {
	py, err := in.python(ctx)
	if err != nil {
		return nil, err
	}
	return py.(udf.AggregateInstance).Accumulate(ctx, f)
}

// Rows implements udf.TableInstance.
func (in *compiledInstance) Rows(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (udf.Rows, error) {
	py, err := in.python(ctx)
	if err != nil {
		return nil, err
	}
	return py.(udf.TableInstance).Rows(ctx, f, args, n)
}

func (in *compiledInstance) Close(ctx context.Context) error {
	err := in.compiled.Close(ctx)
	if in.interpreted != nil {
		err = errors.Join(err, in.interpreted.Close(ctx))
	}
	return err
}

// note is what an author reads of a function that is not compiled.
func note(r *subset.Reason) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%s; CPython runs this function", r)
}
