package exec

import "sync"

// list is an origin of batches that are there already.
type list struct {
	mu  sync.Mutex
	seq int
	bs  []*batch
}

func (l *list) next(*thread) (int, *batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.bs) == 0 {
		return 0, nil, nil
	}
	b := l.bs[0]
	l.bs = l.bs[1:]
	l.seq++
	return l.seq - 1, b, nil
}

func (l *list) batches() int { return len(l.bs) }

func (l *list) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.bs {
		b.release()
	}
	l.bs = nil
}

// sliced is an origin of the parts of one batch, which it owns.
func sliced(b *batch) origin {
	l := &list{}
	for from := 0; from < b.n; from += maxBatch {
		l.bs = append(l.bs, b.slice(from, min(b.n, from+maxBatch)))
	}
	b.release()
	return l
}
