package exec

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// each does f for 0 ≤ i < n, on all threads, and stops at the first error or when ctx is done. f should take milliseconds: it
// is the grain in which work is shared and cancelled.
func (r *runner) each(ctx context.Context, n int, f func(w *thread, i int) error) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	threads := make([]*thread, min(max(r.threads, 1), n))
	for t := range threads {
		w := r.thread(ctx)
		threads[t] = w
		group.Go(func() error {
			return guard(func() error {
				for {
					i := int(next.Add(1)) - 1
					if i >= n {
						return nil
					}
					if err := ctx.Err(); err != nil {
						return err
					}
					if err := f(w, i); err != nil {
						return err
					}
				}
			})
		})
	}
	err := group.Wait()
	r.collect(threads)
	return err
}
