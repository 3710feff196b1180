package executor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// PoolConfig sizes a pool.
type PoolConfig struct {
	Launch Launcher
	Spares int // executors started ahead of need, for tenants that have none; 1 if 0
	Max    int // executors alive at a time; twice the spares if 0, and at least 4
	Idle   int // executors that wait for the next task of their tenant; all that Max leaves room for if 0
}

// Pool keeps executors: each belongs to the tenant of its first task for good. Safe for concurrent use.
type Pool struct {
	config PoolConfig
	ctx    context.Context // ends at Close
	stop   context.CancelFunc

	mu      sync.Mutex
	changed chan struct{} // closed when an executor has become free or has gone
	spares  []*process
	idle    []*process // of some tenant, the longest idle first
	alive   int        // spares, idle, busy and starting
	filling bool
	eager   bool // spares do not make way for others, since they could not come back
}

// process is one executor.
type process struct {
	*Child
	tenant string
	used   bool            // has worked before
	yields bool            // has been put behind the others
	code   map[string]bool // digests that it has
	in     *bufio.Reader

	writing    sync.Mutex         // of frames to it
	companions map[int]*Companion // that it has not ended
	started    int
}

// NewPool starts the spares in the background.
func NewPool(c PoolConfig) *Pool {
	c.Spares = max(c.Spares, 1)
	if c.Max == 0 {
		c.Max = max(2*c.Spares, 4)
	}
	p := &Pool{config: c, changed: make(chan struct{})}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.mu.Lock()
	p.refill()
	p.mu.Unlock()
	return p
}

// Close kills all executors; tasks that run fail.
func (p *Pool) Close() error {
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range append(p.spares, p.idle...) {
		p.end(e)
	}
	p.spares, p.idle = nil, nil
	return nil
}

// ErrCrashed is in the error of a task whose executor died, or broke the protocol: another attempt may succeed.
var ErrCrashed = errors.New("the process that executed a part of the query ended unexpectedly")

// ErrMemory is in the error of a task whose executor had no memory left. Another attempt may succeed only if ErrUsed is there too.
var ErrMemory = errors.New("out of memory")

// ErrUsed is in the error of a task whose executor died and had worked before: what it kept of that may be to blame.
var ErrUsed = errors.New("after other parts of queries")

// ErrCPU is the error of a task that used more processor time than it may.
var ErrCPU = errors.New("the part of the query used up its processor time")

// Run executes a task for a tenant. The rows are written to out as an Arrow stream, or, where task.Result is set, as an
// Arrow file if they are not returned inline. The error is a *Failure if the query is to blame, has ErrCrashed in it if
// the executor died, or is ctx's, or ErrCPU: then the executor has been killed.
func (p *Pool) Run(ctx context.Context, tenant string, task Task, out io.Writer) (*Output, error) {
	e, err := p.take(ctx, tenant, task.Fresh)
	if err != nil {
		closeInputs(task)
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		e.watch(ended, task.CPU, func() { cancel(ErrCPU) })
	}()
	// The executor's death unblocks whatever waits for it.
	stop := context.AfterFunc(ctx, e.Kill)
	stopAll := context.AfterFunc(p.ctx, e.Kill)
	o, err := e.run(ctx, task, out)
	var failed *Failure
	healthy := err == nil || errors.As(err, &failed)
	if !stop() || !stopAll() {
		healthy = false
	}
	close(ended)
	<-watched
	if healthy && !e.full() && e.back() == nil {
		p.give(e)
		return o, err
	}
	p.drop(e)
	if cause := context.Cause(ctx); cause != nil && failed == nil {
		return nil, cause
	}
	if err != nil && failed == nil && e.used {
		err = fmt.Errorf("%w (%w)", err, ErrUsed)
	}
	return o, err
}

// full reports whether little is left of the memory that the executor may have: the next task should not find out.
func (e *process) full() bool {
	if e.Memory == nil {
		return false
	}
	has, most, err := e.Memory()
	return err == nil && has > most/2
}

// take returns an executor for the tenant: its own, unless it is to be fresh, else a spare one, else a new one.
func (p *Pool) take(ctx context.Context, tenant string, fresh bool) (*process, error) {
	for {
		p.mu.Lock()
		if p.ctx.Err() != nil {
			p.mu.Unlock()
			return nil, errors.New("the worker is closing")
		}
		for i, e := range p.idle {
			if e.tenant == tenant && !fresh {
				p.idle = append(p.idle[:i], p.idle[i+1:]...)
				p.mu.Unlock()
				return e, nil
			}
		}
		if n := len(p.spares); n > 0 {
			e := p.spares[n-1]
			p.spares = p.spares[:n-1]
			back := e.back()
			if back != nil { // not root's worker: from now on spares get ready at the pace of all others
				p.eager = true
				p.end(e)
			}
			p.refill()
			p.mu.Unlock()
			if back != nil {
				continue
			}
			e.tenant = tenant
			return e, nil
		}
		if p.alive >= p.config.Max && len(p.idle) > 0 {
			p.end(p.idle[0])
			p.idle = p.idle[1:]
		}
		if p.alive < p.config.Max && !p.filling {
			p.alive++
			p.mu.Unlock()
			e, err := p.launch(ctx)
			if err != nil {
				return nil, err
			}
			e.tenant = tenant
			return e, nil
		}
		wait := p.changed
		p.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// launch starts an executor that is counted already.
func (p *Pool) launch(ctx context.Context) (*process, error) {
	c, err := p.config.Launch(ctx)
	if err != nil {
		p.mu.Lock()
		p.alive--
		p.notify()
		p.mu.Unlock()
		return nil, fmt.Errorf("an executor could not be started: %w", err)
	}
	return &process{Child: c, code: map[string]bool{}, companions: map[int]*Companion{}, in: bufio.NewReaderSize(c.Conn, 64<<10)}, nil
}

// refill starts spares in the background, one at a time. The caller holds the lock.
func (p *Pool) refill() {
	if p.filling || len(p.spares) >= p.config.Spares || p.alive >= p.config.Max || p.ctx.Err() != nil {
		return
	}
	p.filling = true
	p.alive++
	eager := p.eager
	go func() {
		e, err := p.launch(p.ctx)
		if err == nil && !eager {
			e.yield() // to get ready is less urgent than any query
		}
		if err != nil {
			select { // a machine that cannot start processes is not asked in a tight loop
			case <-time.After(time.Second):
			case <-p.ctx.Done():
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.filling = false
		switch {
		case err != nil:
		case p.ctx.Err() != nil:
			p.end(e)
		default:
			p.spares = append(p.spares, e)
		}
		p.notify()
		p.refill()
	}()
}

func (p *Pool) give(e *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		p.end(e)
		return
	}
	e.used = true
	p.idle = append(p.idle, e)
	if p.config.Idle > 0 && len(p.idle) > p.config.Idle {
		p.end(p.idle[0])
		p.idle = p.idle[1:]
	}
	p.notify()
}

func (p *Pool) drop(e *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(e)
	p.refill()
}

// end kills an executor. The caller holds the lock.
func (p *Pool) end(e *process) {
	e.Kill()
	e.Conn.Close()
	p.alive--
	p.notify()
}

func (p *Pool) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func closeInputs(t Task) {
	for _, in := range t.Inputs {
		if in.File != nil {
			in.File.Close()
		}
	}
}
