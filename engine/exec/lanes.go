package exec

import "sync"

// laned is an origin that knows how to give a thread of a lane the batches of that lane.
type laned interface{ laned() }

// turns gives the batches of an origin that makes them at once to threads by their lanes.
type turns struct {
	from    origin
	mu      sync.Mutex
	waiting map[int][]turn // by lane
	end     bool
}

type turn struct {
	seq int
	b   *batch
}

func (t *turns) next(w *thread) (int, *batch, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine := t.waiting[w.lane]; len(mine) > 0 {
		t.waiting[w.lane] = mine[1:]
		return mine[0].seq, mine[0].b, nil
	}
	for !t.end {
		seq, b, err := t.from.next(w)
		if err != nil {
			return 0, nil, err
		}
		if t.end = b == nil; t.end {
			break
		}
		to := seq % w.lanes
		if to == w.lane {
			return seq, b, nil
		}
		t.waiting[to] = append(t.waiting[to], turn{seq, b})
	}
	return 0, nil, nil
}

func (t *turns) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, bs := range t.waiting {
		for _, x := range bs {
			x.b.release()
		}
	}
	t.waiting = nil
	t.from.close()
}
