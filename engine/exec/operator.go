package exec

import (
	"context"
	"time"

	"github.com/dreamql/dreamql/engine/physical"
)

// emit passes a batch on, and its ownership with it.
type emit func(*batch) error

// stream turns batches into batches one at a time. There is one for each thread. push owns its batch.
type stream interface {
	push(b *batch, out emit) error
}

// breaker must see every batch before it gives any. locals take batches, one local a thread; when all are closed, rows gives the result.
type breaker interface {
	local(w *thread) (local, error)
	rows(ctx context.Context) (origin, error)
}

// local is one thread's part of a breaker. seq says where in the input's order a batch stands. push owns its batch. close
// merges the part into the whole, and is called in the order of the threads, one at a time.
type local interface {
	push(seq int, b *batch) error
	close() error
}

// ender is a local with last work that its own thread can do, when there are no more batches for it.
type ender interface{ end() error }

// origin gives the batches that a pipeline starts with. Safe for concurrent use.
type origin interface {
	// next returns the number of a batch, counting from 0 without a gap, and the batch, made outside of any lock; nil at the end.
	next(w *thread) (int, *batch, error)
	close()
}

// counted is an origin that knows how many batches it will give, or that there are very many.
type counted interface{ batches() int }

// meter counts what one operator did in one thread, or over all.
type meter struct {
	op            *physical.Op
	index         int
	in, out       int64
	bytesIn       int64
	bytesOut      int64
	rounds        int64 // of a fix
	spilled       int64 // bytes
	cache         CacheUse
	busy, started time.Duration
}

// thread is one goroutine of a pipeline, with what its operators share.
type thread struct {
	run    *runner
	ctx    context.Context
	meters map[*physical.Op]*meter
	calls  *callers
	buffer *[]uint64
	// lanes is 0 where batches must come in order over all threads. Elsewhere the thread, lane of them, may take more than one at a time;
	// fixed says that which these are must not depend on who is faster.
	lane, lanes int
	fixed       bool
}

// words is room for n numbers, until the next call.
func (w *thread) words(n int) []uint64 {
	if len(*w.buffer) < n {
		*w.buffer = make([]uint64, max(n, maxBatch))
	}
	return (*w.buffer)[:n]
}

// of is the thread in one operator's service: what it asks for is the operator's.
func (w *thread) of(op *physical.Op) *thread {
	if op == nil {
		return w
	}
	out := *w
	out.run = w.run.of(op)
	return &out
}

// metered counts the rows and the time of a stream, leaving out the time of what follows it.
func (w *thread) metered(op *physical.Op, s stream) stream {
	return &meteredStream{s: s, m: w.meter(op), limit: w.run.bound(op)}
}

func (w *thread) meter(op *physical.Op) *meter {
	m := w.meters[op]
	if m == nil {
		m = &meter{op: op}
		w.meters[op] = m
	}
	return m
}

type meteredStream struct {
	s     stream
	m     *meter
	limit *bound
}

func (s *meteredStream) push(b *batch, out emit) error {
	s.m.in += int64(b.n)
	s.m.bytesIn += b.bytes()
	start := time.Now()
	var after time.Duration
	err := s.s.push(b, func(o *batch) error {
		s.m.out += int64(o.n)
		s.m.bytesOut += o.bytes()
		if err := s.limit.add(o.n); err != nil {
			o.release()
			return err
		}
		t := time.Now()
		err := out(o)
		after += time.Since(t)
		return err
	})
	s.m.busy += time.Since(start) - after
	return err
}
