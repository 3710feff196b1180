package run

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/lock"
)

// resolver decides what all imports of a program mean together.
type resolver func(ctx context.Context, asked []registry.Requirement) *lock.Imports

// by resolves by the lock of a notebook, or afresh without one; record writes into the lock what it does not have.
func by(l *lock.Locks, notebook *uuid.UUID, record bool) resolver {
	return func(ctx context.Context, asked []registry.Requirement) *lock.Imports {
		return l.Resolve(ctx, notebook, asked, record)
	}
}

// imported lists the imports of packages in texts. Modules without a scope are the language's own.
func imported(texts []*syntax.Program) (out []registry.Requirement) {
	for i, p := range texts {
		for _, s := range p.Stmts {
			if im, ok := s.(*syntax.Import); ok && !im.Local && strings.Contains(im.Package, "/") {
				from := ""
				if len(texts) > 1 {
					from = fmt.Sprintf("query %d", i+1)
				}
				out = append(out, registry.Requirement{Package: im.Package, Constraint: im.Version, From: from})
			}
		}
	}
	return out
}

// Imported lists what the queries of a notebook import.
func Imported(sources []Source) []registry.Requirement {
	var texts []*syntax.Program
	for _, s := range sources {
		if s.Language == "" {
			p, _ := syntax.Parse(0, s.Text)
			texts = append(texts, p)
		}
	}
	return imported(texts)
}

// resolved is a catalogue in which imports have been resolved together, not one by one.
type resolved struct {
	catalog.Catalog
	imports *lock.Imports
	pending map[string]bool // files that are still being imported
}

// File notes what could not be waited for.
func (r resolved) File(ctx context.Context, path string) (*logical.Table, error) {
	t, err := r.Catalog.File(ctx, path)
	if errors.Is(err, storage.ErrImporting) {
		r.pending[path] = true
	}
	return t, err
}

// Postgres describes a table of a database.
func (r resolved) Postgres(ctx context.Context, connection, table string) (*logical.Table, error) {
	return catalog.PostgresOf(ctx, r.Catalog, connection, table)
}

func (r resolved) Package(ctx context.Context, name, constraint string) (*catalog.Package, error) {
	if !strings.Contains(name, "/") {
		return r.Catalog.Package(ctx, name, constraint)
	}
	return r.imports.Package(ctx, name)
}
