package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"

	"github.com/dreamql/dreamql/engine/udf"
)

// maxKept is how many programs are kept that no query uses.
const maxKept = 32

// shared is a program that queries use one after the other, or at the same time: compiling is done once.
type shared struct {
	key     [sha256.Size]byte
	ready   chan struct{} // closed when program or err is there
	program *program
	err     error
	users   int
	used    uint64 // the time of the last release, counted in releases
}

// keyOf is the identity of a program: the module and what is to be called in it.
func keyOf(code []byte, funcs []*udf.Function) ([sha256.Size]byte, error) {
	h := sha256.New()
	h.Write(code)
	err := json.NewEncoder(h).Encode(funcs)
	return [sha256.Size]byte(h.Sum(nil)), err
}

// share returns a lease of the program of a key, which load makes where there is none.
func (r *Runtime) share(ctx context.Context, key [sha256.Size]byte, load func() (*program, error)) (udf.Program, error) {
	r.mu.Lock()
	s := r.programs[key]
	first := s == nil
	if first {
		s = &shared{key: key, ready: make(chan struct{})}
		r.programs[key] = s
	}
	s.users++
	r.mu.Unlock()
	if first {
		s.program, s.err = load()
		close(s.ready)
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
		r.release(ctx, s)
		return nil, ctx.Err()
	}
	if s.err != nil {
		r.release(ctx, s)
		return nil, s.err
	}
	return &lease{program: s.program, shared: s}, nil
}

// release gives a program back. The last user leaves a fresh instance behind for the next; none sees what another's calls left
// in memory.
func (r *Runtime) release(ctx context.Context, s *shared) error {
	r.mu.Lock()
	r.releases++
	s.used = r.releases
	s.users--
	last := s.users == 0
	if s.err != nil && r.programs[s.key] == s {
		delete(r.programs, s.key)
	}
	out := r.evict()
	r.mu.Unlock()
	var err error
	for _, e := range out {
		err = errors.Join(err, e.program.Close(ctx))
	}
	if last && s.err == nil {
		r.background.Go(func() { s.program.refill(context.WithoutCancel(ctx)) })
	}
	return err
}

// evict takes out the programs that have been unused for longest.
func (r *Runtime) evict() []*shared {
	var out []*shared
	for {
		var oldest *shared
		unused := 0
		for _, s := range r.programs {
			if s.users > 0 || s.program == nil {
				continue
			}
			unused++
			if oldest == nil || s.used < oldest.used {
				oldest = s
			}
		}
		if unused <= maxKept {
			return out
		}
		delete(r.programs, oldest.key)
		out = append(out, oldest)
	}
}

// lease is one query's use of a program.
type lease struct {
	*program
	shared *shared
	once   sync.Once
}

func (l *lease) Close(ctx context.Context) (err error) {
	l.once.Do(func() { err = l.program.runtime.release(ctx, l.shared) })
	return err
}

// refill replaces the idle instances by one that nobody has used, with its drivers bound.
func (p *program) refill(ctx context.Context) {
	if next := p.next.Load(); next != nil {
		p = next
	}
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	gone := p.gone
	p.mu.Unlock()
	for _, in := range idle {
		_ = in.discard(ctx)
	}
	if gone {
		return
	}
	in := &instance{program: p}
	if in.start(ctx) != nil {
		return // whoever calls it is told
	}
	for key := range p.routines {
		if _, err := in.bind(ctx, key); err != nil {
			break
		}
	}
	if !p.keep(in) {
		_ = in.discard(ctx)
	}
}
