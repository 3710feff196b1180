package native

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dreamql/dreamql/engine/udf"
)

// Options of a runtime.
type Options struct {
	// Host starts the interpreters. Without one every function is refused.
	Host Host
}

// Runtime is the udf.Runtime of python-native functions. It belongs to one tenant.
type Runtime struct {
	host Host

	mu     sync.Mutex
	idle   []idle // the longest idle first
	closed bool
}

// idle is an interpreter that has loaded a module, and waits for the next program that wants the same.
type idle struct {
	environment string
	load        string
	python      *interpreter
}

// maxIdle is how many are kept. What a package keeps in its module lives on with them.
const maxIdle = 2

// New returns a runtime.
func New(opts Options) *Runtime { return &Runtime{host: opts.Host} }

func (r *Runtime) Kind() udf.Kind { return udf.Native }

// Load implements udf.Runtime. It runs the module's source, in the interpreter that the first instance then uses.
func (r *Runtime) Load(ctx context.Context, m udf.Module, funcs []*udf.Function) (udf.Program, error) {
	if r.host == nil {
		return nil, errors.New("python-native functions cannot be run here: nothing starts Python processes")
	}
	if len(funcs) == 0 {
		return nil, errors.New("a module was loaded without functions")
	}
	p := &program{runtime: r, environment: funcs[0].Environment, index: map[string]int{}}
	for i, f := range funcs {
		if f.Environment != p.environment {
			return nil, fmt.Errorf("%s and %s are in one module but have different requirements; give them one lock, or a module each", funcs[0].ID(), f.ID())
		}
		p.index[f.ID()] = i
	}
	var err error
	if p.load, err = loadMessage(m.Code, funcs); err != nil {
		return nil, err
	}
	began := time.Now()
	py, err := p.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", funcs[0].ID(), err)
	}
	p.spare.Store(py)
	p.queued = time.Since(began)
	return p, nil
}

// take returns an idle interpreter that has loaded the module, or nil.
func (r *Runtime) take(environment string, load []byte) *interpreter {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.idle) - 1; i >= 0; i-- {
		if e := r.idle[i]; e.environment == environment && e.load == string(load) {
			r.idle = slices.Delete(r.idle, i, i+1)
			return e.python
		}
	}
	return nil
}

// keep takes an interpreter that is done with a program.
func (r *Runtime) keep(environment string, load []byte, py *interpreter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		py.close()
		return
	}
	r.idle = append(r.idle, idle{environment, string(load), py})
	if len(r.idle) > maxIdle {
		r.idle[0].python.close()
		r.idle = slices.Delete(r.idle, 0, 1)
	}
}

// Close ends all idle interpreters; those in use end with their instances.
func (r *Runtime) Close(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, e := range r.idle {
		e.python.close()
	}
	r.idle = nil
	return nil
}

// program is a loaded module.
type program struct {
	runtime     *Runtime
	environment string
	load        []byte
	index       map[string]int // of functions in it, by udf.Function.ID
	queued      time.Duration
	spare       atomic.Pointer[interpreter] // has loaded the module and belongs to no instance yet
}

func (p *program) Tier(*udf.Function) string { return "cpython" }

// Made tells how long it took to have the first interpreter with the module in it.
func (p *program) Made() udf.Made { return udf.Made{Queue: p.queued} }

// start returns an interpreter that has loaded the module.
func (p *program) start(ctx context.Context) (*interpreter, error) {
	if py := p.runtime.take(p.environment, p.load); py != nil {
		return py, nil
	}
	process, err := p.runtime.host.Start(ctx, p.environment)
	if err != nil {
		return nil, err
	}
	py, err := open(process)
	if err != nil {
		return nil, err
	}
	reply, err := py.exchange(ctx, p.load)
	if err == nil && reply[0] != replyOK {
		_, message := readError(reply)
		err = errors.New(message)
	}
	if err != nil {
		py.close()
		return nil, err
	}
	return py, nil
}

// Instance implements udf.Program.
func (p *program) Instance(ctx context.Context) (udf.Instance, error) {
	py := p.spare.Swap(nil)
	if py == nil {
		var err error
		if py, err = p.start(ctx); err != nil {
			return nil, err
		}
	}
	return &instance{program: p, python: py}, nil
}

// Close implements udf.Program.
func (p *program) Close(context.Context) error {
	if py := p.spare.Swap(nil); py != nil {
		p.runtime.keep(p.environment, p.load, py)
	}
	return nil
}
