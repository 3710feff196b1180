package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/sandbox"
)

// nativeMemory is what one process of native Python may use.
const nativeMemory = 2 << 30

// nativePython starts Python processes for functions with NumPy and the like, in the environments that this machine's operator has
// created.
func nativePython() *native.Local {
	return &native.Local{Folder: native.Folder(), Args: []string{"executor"}, Unsafe: os.Getenv(native.UnsafeVariable) == "1",
		Limits: sandbox.Limits{MemoryBytes: nativeMemory, CPUSeconds: nativeSeconds}}
}

// nativeSeconds is the processor time in the whole life of such a process; another takes its place.
const nativeSeconds = 4 * 3600

// becomeProgram turns this process into the sandboxed program that it was started as, if any.
func becomeProgram(policy sandbox.Policy) error {
	if policy.Program == nil {
		return nil
	}
	if err := sandbox.Exec(policy); err != nil {
		return err
	}
	return errors.New("the program did not start")
}

// workersPython has an executor's worker start the processes, which the executor itself cannot.
type workersPython struct{ worker *executor.Parent }

// Start implements native.Host.
func (w workersPython) Start(ctx context.Context, environment string) (*native.Process, error) {
	c, err := w.worker.Start(ctx, environment)
	if err != nil {
		return nil, err
	}
	return &native.Process{Conn: c.Conn, Memory: c.Memory, Kill: c.Kill, End: c.End}, nil
}

// attend lets an executor have Python processes: they end, make way and count with it.
func attend(c *executor.Child, python *native.Local) {
	a := &attended{}
	kill, cpu, yield := c.Kill, c.CPU, c.Yield
	c.Kill = func() {
		kill()
		a.kill()
	}
	c.CPU = func() (time.Duration, error) {
		used, err := cpu()
		return used + a.cpu(), err
	}
	c.Yield = func(on bool) error { return errors.Join(yield(on), a.yield(on)) }
	c.Companion = func(ctx context.Context, environment string) (*executor.Companion, error) {
		p, err := python.Start(ctx, environment)
		if err != nil {
			return nil, err
		}
		a.add(p)
		return &executor.Companion{Conn: p.Conn, Memory: p.Memory, Kill: func() { a.end(p) }, End: func() error { return a.end(p) }}, nil
	}
}

// attended is the Python processes of an executor.
type attended struct {
	mu     sync.Mutex
	alive  []*native.Process
	used   time.Duration // by those that have ended
	killed bool
	yields bool
}

func (a *attended) add(p *native.Process) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.killed {
		p.Kill()
		return
	}
	if a.yields {
		_ = p.Yield(true) // its executor has made way
	}
	a.alive = append(a.alive, p)
}

func (a *attended) kill() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.killed = true
	for _, p := range a.alive {
		p.Kill()
	}
}

// end ends one.
func (a *attended) end(p *native.Process) error {
	a.mu.Lock()
	a.alive = slices.DeleteFunc(a.alive, func(q *native.Process) bool { return p == q })
	if used, err := p.CPU(); err == nil {
		a.used += used
	}
	a.mu.Unlock()
	return p.End()
}

func (a *attended) cpu() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.used
	for _, p := range a.alive {
		used, err := p.CPU()
		if err == nil {
			all += used
		}
	}
	return all
}

func (a *attended) yield(on bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.yields = on
	var err error
	for _, p := range a.alive {
		err = errors.Join(err, p.Yield(on))
	}
	return err
}
