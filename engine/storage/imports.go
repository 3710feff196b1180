package storage

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
)

// imports remembers what was imported, by a key that is another when the source is, and sees to it that nothing is imported twice.
type imports struct {
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup
	slots chan struct{}

	mu   sync.Mutex
	held map[string]*imported
}

type imported struct {
	size  int64
	until time.Time // zero while it is made
	done  chan struct{}
	table *logical.Table
	err   error
}

func newImports() *imports {
	ctx, stop := context.WithCancel(context.Background())
	return &imports{ctx: ctx, stop: stop, slots: make(chan struct{}, foldersAtOnce), held: map[string]*imported{}}
}

func (m *imports) close() {
	m.stop()
	m.work.Wait()
}

// once returns what load gives for a key, which runs on where ctx ends before it does.
func (m *imports) once(ctx context.Context, key string, size int64, load func(context.Context) (*logical.Table, error)) (*logical.Table, error) {
	i, err := m.begin(key, size, load)
	if err != nil {
		return nil, err
	}
	select {
	case <-i.done:
		return i.table, i.err
	case <-ctx.Done():
		return nil, ErrImporting
	}
}

func (m *imports) begin(key string, size int64, load func(context.Context) (*logical.Table, error)) (*imported, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(m.held, func(_ string, i *imported) bool { return !i.until.IsZero() && now.After(i.until) })
	if i := m.held[key]; i != nil {
		return i, nil
	}
	all := size
	for _, i := range m.held {
		all += i.size
	}
	if all > folderAllBytes {
		return nil, &catalog.Refused{Message: fmt.Sprintf("programs have read more than %d GB of files within %s", folderAllBytes>>30, folderKept),
			Help: "upload what is read often as a dataset"}
	}
	if m.ctx.Err() != nil {
		return nil, m.ctx.Err()
	}
	i := &imported{size: size, done: make(chan struct{})}
	m.held[key] = i
	m.work.Go(func() { m.run(i, load) })
	return i, nil
}

func (m *imports) run(i *imported, load func(context.Context) (*logical.Table, error)) {
	t, err := m.bounded(load)
	m.mu.Lock()
	defer m.mu.Unlock()
	i.table, i.err, i.until = t, err, time.Now().Add(folderKept)
	if err != nil {
		i.size, i.until = 0, time.Now().Add(folderRefused)
	}
	close(i.done)
}

// bounded waits for its turn, and then takes no longer than an import may.
func (m *imports) bounded(load func(context.Context) (*logical.Table, error)) (*logical.Table, error) {
	select {
	case m.slots <- struct{}{}:
	case <-m.ctx.Done():
		return nil, m.ctx.Err()
	}
	defer func() { <-m.slots }()
	ctx, cancel := context.WithTimeout(m.ctx, folderTime)
	defer cancel()
	return load(ctx)
}
