package exec

import "sync"

// pulled is an origin of batches that are made one after the other.
type pulled struct {
	mu      sync.Mutex
	seq     int
	pull    func() (*batch, error, bool)
	stop    func()
	closing func()
	closed  bool
}

func (p *pulled) next(*thread) (int, *batch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err, ok := p.pull()
	if !ok || err != nil {
		return 0, nil, err
	}
	p.seq++
	return p.seq - 1, b, nil
}

func (p *pulled) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.stop()
		p.closing()
	}
}
