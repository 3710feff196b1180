package exec

import "sync"

// queue puts the batches of several threads back into order: who completes the next number carries it, and those that wait
// behind it, on to out. A thread that is too far ahead waits.
type queue struct {
	out   emit
	ahead int

	mu      sync.Mutex
	moved   sync.Cond
	waiting map[int][]*batch
	next    int // the number that out takes next
	busy    bool
	err     error
}

func newQueue(ahead int) *queue {
	q := &queue{ahead: ahead, waiting: map[int][]*batch{}}
	q.moved.L = &q.mu
	return q
}

// deliver hands in all batches that number seq became.
func (q *queue) deliver(seq int, bs []*batch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting[seq] = bs
	for q.err == nil && seq > q.next+q.ahead {
		q.moved.Wait()
	}
	if q.busy {
		return q.err // the one that is busy will find it
	}
	for q.err == nil {
		bs, ok := q.waiting[q.next]
		if !ok {
			break
		}
		delete(q.waiting, q.next)
		q.busy = true
		q.mu.Unlock()
		err := q.pass(bs)
		q.mu.Lock()
		q.busy = false
		if q.err == nil {
			q.err = err
		}
		q.next++
		q.moved.Broadcast()
	}
	return q.err
}

// part hands in the first batches of number seq, when its turn comes. A batch that becomes very many, as in a cross join, is
// so never held as a whole.
func (q *queue) part(seq int, bs []*batch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.err == nil && (q.busy || q.next != seq) {
		q.moved.Wait()
	}
	if q.err != nil {
		for _, b := range bs {
			b.release()
		}
		return q.err
	}
	q.busy = true
	q.mu.Unlock()
	err := q.pass(bs)
	q.mu.Lock()
	q.busy = false
	if q.err == nil {
		q.err = err
	}
	q.moved.Broadcast()
	return q.err
}

func (q *queue) pass(bs []*batch) error {
	for i, b := range bs {
		if err := guard(func() error { return q.out(b) }); err != nil {
			for _, b := range bs[i+1:] {
				b.release()
			}
			return err
		}
	}
	return nil
}

// stop ends the waiting after a thread has failed.
func (q *queue) stop(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
	q.moved.Broadcast()
}

// drop releases what was never carried on.
func (q *queue) drop() {
	for _, bs := range q.waiting {
		for _, b := range bs {
			b.release()
		}
	}
	q.waiting = nil
}
