package exec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/udf"
)

// library is the user-defined functions of one task: modules are loaded when a function of theirs is first called.
type library struct {
	ctx     context.Context // of the whole run
	env     *Env
	modules map[string]*module
	mu      sync.Mutex
	calls   map[callKey]*FunctionStats
	opened  []*callers // that outlive the thread which opened them
}

type module struct {
	kind    udf.Kind
	funcs   []*udf.Function
	once    sync.Once
	program udf.Program
	err     error
}

type callKey struct{ function, tier string }

func loadLibrary(ctx context.Context, env *Env, s *physical.Stage, modules []physical.Module) (*library, error) {
	l := &library{ctx: ctx, env: env, modules: map[string]*module{}, calls: map[callKey]*FunctionStats{}}
	listed := map[string]bool{}
	for _, m := range modules {
		listed[m.Digest] = true
	}
	for _, f := range s.Functions() {
		if env.Runtimes[f.Kind] == nil {
			return nil, fmt.Errorf("%s cannot be called here: no runtime executes functions of kind %s", f.ID(), f.Kind)
		}
		if !listed[f.Module] {
			return nil, fmt.Errorf("%s: its module is not one of the plan's", f.ID())
		}
		m := l.modules[f.Module]
		if m == nil {
			m = &module{kind: f.Kind}
			l.modules[f.Module] = m
		}
		m.funcs = append(m.funcs, f)
	}
	return l, nil
}

func (l *library) program(f *udf.Function) (udf.Program, error) {
	m := l.modules[f.Module]
	if m == nil {
		return nil, fmt.Errorf("%s: its module was not loaded", f.ID())
	}
	m.once.Do(func() {
		if l.env.Modules == nil {
			m.err = fmt.Errorf("%s: there is no source of modules", f.ID())
			return
		}
		code, err := l.env.Modules(l.ctx, f.Module)
		if err != nil {
			m.err = fmt.Errorf("module of %s: %w", f.ID(), err)
			return
		}
		m.program, m.err = l.env.Runtimes[m.kind].Load(l.ctx, udf.Module{Kind: m.kind, Digest: f.Module, Code: code}, m.funcs)
	})
	return m.program, m.err
}

func (l *library) close() {
	for _, c := range l.opened {
		c.close()
	}
	for _, m := range l.modules {
		if m.program != nil {
			m.program.Close(context.WithoutCancel(l.ctx))
		}
	}
}

func (l *library) stats() []FunctionStats {
	var out []FunctionStats
	for _, s := range l.calls {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b FunctionStats) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Tier, b.Tier))
	})
	l.madeOf(out)
	return out
}

// madeOf tells what it took to make the modules of functions that were called, in the first function of each.
func (l *library) madeOf(calls []FunctionStats) {
	for digest, m := range l.modules {
		if m.program == nil {
			continue
		}
		for i := range calls {
			if slices.ContainsFunc(m.funcs, func(f *udf.Function) bool { return f.ID() == calls[i].Function }) {
				calls[i].made(untold(l.env.Runtimes[m.kind], digest, m.program.Made()))
				break
			}
		}
	}
}

// callers is one thread's instances.
type callers struct {
	l         *library
	instances map[string]udf.Instance
	calls     map[callKey]*FunctionStats
	others    []*callers // that end with these
}

// apart are callers with instances of their own, which end with these.
func (c *callers) apart() *callers {
	o := c.l.callers()
	c.others = append(c.others, o)
	return o
}

func (l *library) callers() *callers { return &callers{l: l} }

// lasting are callers that are closed with the library at the latest.
func (l *library) lasting() *callers {
	c := l.callers()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened = append(l.opened, c)
	return c
}

func (c *callers) env() expr.Env { return expr.Env{Instance: c.instance, Called: c.called} }

func (c *callers) instance(ctx context.Context, f *udf.Function) (udf.Instance, string, error) {
	p, err := c.l.program(f)
	if err != nil {
		return nil, "", err
	}
	i := c.instances[f.Module]
	if i == nil {
		if i, err = p.Instance(ctx); err != nil {
			return nil, "", fmt.Errorf("%s: %w", f.ID(), err)
		}
		if c.instances == nil {
			c.instances = map[string]udf.Instance{}
		}
		c.instances[f.Module] = i
	}
	return i, p.Tier(f), nil
}

func (c *callers) called(call expr.Call) {
	if c.calls == nil {
		c.calls = map[callKey]*FunctionStats{}
	}
	k := callKey{call.Function.ID(), call.Tier}
	s := c.calls[k]
	if s == nil {
		s = &FunctionStats{Function: k.function, Tier: k.tier}
		c.calls[k] = s
	}
	s.Calls++
	s.Rows += int64(call.Rows)
	s.Busy += call.Took
	s.BytesIn += bytesOf(call.Args)
	s.BytesOut += bytesOf(call.Results)
	var rowErrors *udf.RowErrors
	switch {
	case errors.As(call.Err, &rowErrors):
		s.Errors += int64(len(rowErrors.Failed))
	case call.Err != nil:
		s.Errors++
	}
}

// close ends the instances and adds up what was called.
func (c *callers) close() {
	for _, o := range c.others {
		o.close()
	}
	c.others = nil
	for _, i := range c.instances {
		i.Close(context.WithoutCancel(c.l.ctx))
	}
	c.instances = nil
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	for k, s := range c.calls {
		t := c.l.calls[k]
		if t == nil {
			c.l.calls[k] = s
			continue
		}
		t.Calls += s.Calls
		t.Rows += s.Rows
		t.BytesIn += s.BytesIn
		t.BytesOut += s.BytesOut
		t.Busy += s.Busy
		t.made(*s)
	}
	c.calls = nil
}
