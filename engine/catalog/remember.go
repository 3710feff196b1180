package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
)

// Remember returns a catalogue that asks c once for each thing and then answers from memory, so that an editor can ask at each key.
// What is older than fresh is still given, and asked for again in the background: the next answer is new. Forget empties it.
func Remember(c Catalog, fresh time.Duration) Forgetful {
	r := &Remembered{of: c, fresh: fresh, answers: map[question]*answer{}}
	if modules, ok := c.(ModuleReader); ok {
		return &withModules{r, modules}
	}
	return r
}

// Forgetful is a Catalog whose memory can be emptied.
type Forgetful interface {
	Catalog
	Versions
	Forget()
}

// withModules also reads modules of the project, always anew: they are files that someone edits.
type withModules struct {
	*Remembered
	ModuleReader
}

// Remembered is a Catalog with a memory. Safe for concurrent use.
type Remembered struct {
	of      Catalog
	fresh   time.Duration
	mu      sync.Mutex
	answers map[question]*answer
}

type question struct{ what, name, constraint string }

type answer struct {
	value  any
	err    error
	at     time.Time
	asking bool // for a newer one
}

const (
	maxAnswers  = 2000
	refreshTime = 10 * time.Second
)

// Forget makes the next answers new.
func (r *Remembered) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.answers)
}

func remember[T any](ctx context.Context, r *Remembered, q question, ask func(context.Context) (T, error)) (T, error) {
	r.mu.Lock()
	if a := r.answers[q]; a != nil {
		if time.Since(a.at) > r.fresh && !a.asking {
			a.asking = true
			go func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTime)
				defer cancel()
				v, err := ask(ctx)
				r.keep(q, v, err)
			}()
		}
		r.mu.Unlock()
		v, _ := a.value.(T)
		return v, a.err
	}
	r.mu.Unlock()
	v, err := ask(ctx)
	r.keep(q, v, err)
	return v, err
}

// keep notes an answer. A failure that says nothing of the thing itself is no answer.
func (r *Remembered) keep(q question, v any, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var conflict *Conflict
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.As(err, &conflict) {
		if a := r.answers[q]; a != nil {
			a.asking = false
		}
		return
	}
	if len(r.answers) >= maxAnswers {
		clear(r.answers)
	}
	r.answers[q] = &answer{value: v, err: err, at: time.Now()}
}

// Table is Catalog's.
func (r *Remembered) Table(ctx context.Context, name string) (*logical.Table, error) {
	return remember(ctx, r, question{what: "table", name: name}, func(ctx context.Context) (*logical.Table, error) { return r.of.Table(ctx, name) })
}

// TableNames is Catalog's.
func (r *Remembered) TableNames(ctx context.Context) ([]string, error) {
	return remember(ctx, r, question{what: "tables"}, r.of.TableNames)
}

// File is Catalog's.
func (r *Remembered) File(ctx context.Context, path string) (*logical.Table, error) {
	return remember(ctx, r, question{what: "file", name: path}, func(ctx context.Context) (*logical.Table, error) { return r.of.File(ctx, path) })
}

// Postgres is that of Databases.
func (r *Remembered) Postgres(ctx context.Context, connection, table string) (*logical.Table, error) {
	return remember(ctx, r, question{"postgres", connection, table}, func(ctx context.Context) (*logical.Table, error) {
		return PostgresOf(ctx, r.of, connection, table)
	})
}

// Package is Catalog's.
func (r *Remembered) Package(ctx context.Context, name, constraint string) (*Package, error) {
	return remember(ctx, r, question{"package", name, constraint}, func(ctx context.Context) (*Package, error) { return r.of.Package(ctx, name, constraint) })
}

// PackageNames is Catalog's.
func (r *Remembered) PackageNames(ctx context.Context) ([]string, error) {
	return remember(ctx, r, question{what: "packages"}, r.of.PackageNames)
}

// Versions lists the versions of a package as far as the catalogue tells.
func (r *Remembered) Versions(ctx context.Context, pkg string) ([]string, error) {
	return remember(ctx, r, question{what: "versions", name: pkg}, func(ctx context.Context) ([]string, error) { return VersionsOf(ctx, r.of, pkg) })
}
