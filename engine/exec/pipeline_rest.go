package exec

import (
	"context"
	"sync"

	"github.com/dreamql/dreamql/engine/physical"
)

// rest is rows that an operator gives when every thread has come to the end of what goes into it.
type rest struct {
	op   *physical.Op
	step int // of the pipeline's parallel operators
	make func(mem *budget) ([]*batch, error)

	mu      sync.Mutex
	arrived int
	all     chan struct{}
	bs      []*batch
	seq     int // of the first of bs
	err     error
}

// after adds the rest of the operator that was added last. Behind a serial operator there is no end that threads can come to, so
// that the pipeline has to end before.
func (b *builder) after(op *physical.Op, make func(mem *budget) ([]*batch, error)) {
	b.cur.rests = append(b.cur.rests, &rest{op: op, step: len(b.cur.parallel) - 1, make: make})
}

// wait returns when all threads have arrived, or one of them has failed. The last to arrive makes the rest; from is how many
// batches there have been.
func (s *rest) wait(ctx context.Context, mem *budget, threads, from int, failed <-chan struct{}) error {
	s.mu.Lock()
	if s.all == nil {
		s.all = make(chan struct{})
	}
	s.arrived++
	if s.arrived == threads {
		s.seq = from
		s.err = guard(func() (err error) {
			s.bs, err = s.make(mem)
			return err
		})
		close(s.all)
	}
	s.mu.Unlock()
	select {
	case <-s.all:
		return s.err
	case <-failed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take gives one batch of the rest and its number; nil at the end.
func (s *rest) take() (int, *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bs) == 0 {
		return 0, nil
	}
	b := s.bs[0]
	s.bs = s.bs[1:]
	s.seq++
	return s.seq - 1, b
}

func (s *rest) drop() {
	for _, b := range s.bs {
		b.release()
	}
	s.bs = nil
}

// collected ends a pipeline and is the start of the next, with the same rows.
type collected struct{ bs []*batch }

func (c *collected) local(*thread) (local, error) { return c, nil }

func (c *collected) push(_ int, b *batch) error {
	c.bs = append(c.bs, b)
	return nil
}

func (c *collected) close() error { return nil }

func (c *collected) rows(context.Context) (origin, error) { return &list{bs: c.bs}, nil }
