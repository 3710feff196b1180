package exec

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dreamql/dreamql/engine/physical"
)

// pipeline is the way of batches from an origin to the next breaker, or to the output. parallel operators have an instance
// in each thread. From the first serial one on (a limit, the output itself) batches go one at a time, in order.
type pipeline struct {
	from     origin
	fromOp   *physical.Op
	parallel []step
	rests    []*rest
	serial   []step
	end      breaker // nil: the output
	endOp    *physical.Op
	ordered  bool // the breaker wants its batches one at a time, in order
	shared   bool // the result depends on which batches one thread takes: that is fixed beforehand
	output   emit
	threads  int

	taken  atomic.Int64  // batches
	failed chan struct{} // closed when a thread has failed, with the others still going on
	broken sync.Once
}

// partBatches is how many batches one batch becomes before they are passed on.
const partBatches = 16

// step makes the instance of a streaming operator for one thread.
type step struct {
	op  *physical.Op
	new func(*thread) (stream, error)
}

// errEnough ends a pipeline early, without an error: a limit is full.
var errEnough = errors.New("enough rows")

func (p *pipeline) run(ctx context.Context, r *runner) error {
	inOrder := p.end == nil || p.ordered || len(p.serial) > 0
	group, ctx := errgroup.WithContext(ctx)
	p.threads = p.worth(r.threads)
	threads := make([]*thread, p.threads)
	locals := make([]local, p.threads)
	for i := range threads {
		threads[i] = r.thread(ctx)
		if !inOrder && p.threads > 1 {
			threads[i].lane, threads[i].lanes, threads[i].fixed = i, p.threads, p.shared
		}
	}
	if _, able := p.from.(laned); !able && threads[0].fixed {
		p.from = &turns{from: p.from, waiting: map[int][]turn{}}
	}
	var line *queue
	var first failure
	p.failed = make(chan struct{})
	if inOrder {
		line = newQueue(2 * p.threads)
		tail := r.thread(ctx)
		threads = append(threads, tail)
		last := func(b *batch) error { return p.output(b.flattenNarrow(r.mem)) }
		if p.end != nil {
			l, err := p.end.local(tail.of(p.endOp))
			if err != nil {
				return err
			}
			locals = []local{l}
			last = p.metered(tail, l, &line.next)
		}
		out, err := chain(tail, p.serial, last)
		if err != nil {
			return err
		}
		line.out = out
	}
	for i := range p.threads {
		w := threads[i]
		group.Go(func() error {
			seq := 0
			err := guard(func() error { return p.work(w, i, line, locals, &seq, &first) })
			if err == nil {
				return nil
			}
			ofRow := first.row(seq, err)
			p.broken.Do(func() { close(p.failed) })
			if line != nil {
				line.stop(err)
			}
			if ofRow {
				return nil
			}
			return err
		})
	}
	err := group.Wait()
	if err == nil {
		err = first.err
	}
	if line != nil {
		line.drop()
	}
	for _, s := range p.rests {
		s.drop()
	}
	p.from.close()
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && p.end != nil {
		err = guard(func() error {
			for _, l := range locals {
				if l == nil {
					continue
				}
				if err := l.close(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	r.collect(threads)
	return err
}

// worth is how many of the threads have something to do. What comes when all batches are through may be more than these were.
func (p *pipeline) worth(threads int) int {
	if from, ok := p.from.(counted); ok && len(p.rests) == 0 {
		return max(1, min(threads, from.batches()))
	}
	return threads
}

// metered feeds a breaker's local.
func (p *pipeline) metered(w *thread, l local, seq *int) emit {
	m, mem := w.meter(p.endOp), w.of(p.endOp).run.mem
	return func(b *batch) error {
		if b.n == 0 {
			b.release()
			return nil
		}
		m.in += int64(b.n)
		start := time.Now()
		switch {
		case takesLate(p.endOp):
		case p.endOp.Sort != nil:
			b.flattenNarrow(mem)
		default:
			b.flatten(mem)
		}
		m.bytesIn += b.bytes()
		err := l.push(*seq, b)
		m.busy += time.Since(start)
		return err
	}
}

// work takes batches until there are none. at is the number of the one that it works on.
func (p *pipeline) work(w *thread, i int, line *queue, locals []local, at *int, first *failure) error {
	var pending []*batch
	var last emit
	if line != nil {
		last = func(b *batch) error {
			pending = append(pending, b.flattenNarrow(w.run.mem))
			if len(pending) < partBatches {
				return nil
			}
			bs := pending
			pending = nil
			return line.part(*at, bs)
		}
	} else {
		l, err := p.end.local(w.of(p.endOp))
		if err != nil {
			return err
		}
		locals[i] = l
		last = p.metered(w, l, at)
	}
	pushes := make([]emit, len(p.rests)+1) // what takes the batches of the origin, and of each rest
	to := len(p.parallel)
	for k := len(p.rests); k >= 0; k-- {
		from := 0
		if k > 0 {
			from = p.rests[k-1].step + 1
		}
		var err error
		if last, err = chain(w, p.parallel[from:to], last); err != nil {
			return err
		}
		pushes[k], to = last, from
	}
	do := func(op *physical.Op, push emit, n int, b *batch) (done bool, err error) {
		m := w.meter(op)
		m.out += int64(b.n)
		m.bytesOut += b.bytes()
		if err := w.run.bound(op).add(b.n); err != nil {
			b.release()
			return true, err
		}
		*at = n
		if first.before(n) {
			b.release()
			return true, nil
		}
		if b.n == 0 {
			b.release()
		} else if err := push(b); err != nil {
			return true, err
		}
		if line != nil {
			if err := line.deliver(*at, pending); err != nil {
				return true, err
			}
			pending = nil
		}
		return false, nil
	}
	m, from := w.meter(p.fromOp), w.of(p.fromOp)
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		n, b, err := p.from.next(from)
		m.busy += time.Since(start)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		p.taken.Add(1)
		if done, err := do(p.fromOp, pushes[0], n, b); done {
			return err
		}
	}
	for k, s := range p.rests {
		if err := s.wait(w.ctx, w.of(s.op).run.mem, p.threads, int(p.taken.Load()), p.failed); err != nil {
			return err
		}
		for n, b := s.take(); b != nil; n, b = s.take() {
			p.taken.Add(1)
			if done, err := do(s.op, pushes[k+1], n, b); done {
				return err
			}
		}
	}
	if line != nil {
		return nil
	}
	if e, last := locals[i].(ender); last {
		return e.end()
	}
	return nil
}

// chain links streaming operators to what follows them.
func chain(w *thread, steps []step, last emit) (emit, error) {
	for i := len(steps) - 1; i >= 0; i-- {
		own := w.of(steps[i].op)
		s, err := steps[i].new(own)
		if err != nil {
			return nil, err
		}
		s, next, late := w.metered(steps[i].op, s), last, takesLate(steps[i].op)
		last = func(b *batch) error {
			if b.n == 0 {
				b.release()
				return nil
			}
			if !late {
				b.flatten(own.run.mem)
			}
			return s.push(b, next)
		}
	}
	return last, nil
}

// takesLate reports whether an operator asks for the columns that it needs, so that the others need not be there.
func takesLate(op *physical.Op) bool {
	return op.Filter != nil || op.Project != nil || op.HashJoin != nil || op.TopN != nil && len(op.TopN.By) == 0 ||
		op.Aggregate != nil && op.Aggregate.Mode != physical.Final
}
