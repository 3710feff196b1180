package exec

import (
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// spread calls f for 0 … n-1, over at most so many goroutines; worker is the number of the one that calls.
func spread(threads, n int, f func(worker, i int) error) error {
	threads = min(threads, n)
	if threads <= 1 {
		for i := range n {
			if err := f(0, i); err != nil {
				return err
			}
		}
		return nil
	}
	var g errgroup.Group
	var next atomic.Int64
	for worker := range threads {
		g.Go(func() error {
			return guard(func() error {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					if err := f(worker, i); err != nil {
						next.Store(int64(n))
						return err
					}
				}
				return nil
			})
		})
	}
	return g.Wait()
}
