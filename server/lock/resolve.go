package lock

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/problem"
)

// Imports is what the imports of one program mean, or why they mean nothing.
type Imports struct {
	locks  *Locks
	chosen map[string]registry.Candidate
	failed map[string]error
	err    error // of all
}

// Resolve decides what imports mean: by the notebook's lock, and afresh for what it does not have. With record, what was
// decided becomes the lock. It never fails itself: the import that cannot be resolved does.
func (l *Locks) Resolve(ctx context.Context, notebook *uuid.UUID, asked []registry.Requirement, record bool) *Imports {
	r := &Imports{locks: l}
	if len(asked) == 0 {
		return r
	}
	var lock map[string]registry.Candidate
	if notebook != nil {
		if lock, r.err = read(ctx, l.db, notebook.String()); r.err != nil {
			return r
		}
	}
	r.choose(ctx, asked, lock)
	if notebook == nil || !record || !r.changes(lock) {
		return r
	}
	r.err = l.change(ctx, notebook.String(), func(_ pgx.Tx, now map[string]registry.Candidate) (map[string]registry.Candidate, error) {
		if !maps.Equal(now, lock) { // another run was first
			r.choose(ctx, asked, now)
		}
		next := maps.Clone(now)
		maps.Copy(next, plain(r.chosen))
		return next, nil
	})
	return r
}

// choose resolves each package by itself, so that one that cannot be resolved does not hide the others.
func (r *Imports) choose(ctx context.Context, asked []registry.Requirement, lock map[string]registry.Candidate) {
	r.chosen, r.failed = map[string]registry.Candidate{}, map[string]error{}
	for pkg, reqs := range byPackage(asked) {
		chosen, err := registry.Resolve(ctx, reqs, lock, registry.Candidates(r.locks.packages))
		c := chosen[pkg]
		if was, ok := lock[pkg]; err == nil && ok && was.Version == c.Version && was.Digest != c.Digest {
			err = otherBytes(pkg, was, c)
		}
		if err != nil {
			r.failed[pkg] = err
			continue
		}
		r.chosen[pkg] = c
	}
}

func byPackage(asked []registry.Requirement) map[string][]registry.Requirement {
	out := map[string][]registry.Requirement{}
	for _, a := range asked {
		out[a.Package] = append(out[a.Package], a)
	}
	return out
}

func (r *Imports) changes(lock map[string]registry.Candidate) bool {
	for pkg, c := range r.chosen {
		if lock[pkg].Version != c.Version {
			return true
		}
	}
	return false
}

// plain leaves out what a lock does not hold.
func plain(chosen map[string]registry.Candidate) map[string]registry.Candidate {
	out := map[string]registry.Candidate{}
	for pkg, c := range chosen {
		out[pkg] = registry.Candidate{Version: c.Version, Digest: c.Digest}
	}
	return out
}

// Package answers the checker.
func (r *Imports) Package(ctx context.Context, name string) (*catalog.Package, error) {
	if r.err != nil {
		return nil, r.err
	}
	if err := r.failed[name]; err != nil {
		return nil, inQuery(err)
	}
	c, ok := r.chosen[name]
	if !ok {
		return nil, catalog.ErrNotFound
	}
	scope, pkg, err := registry.SplitName(name)
	if err != nil {
		return nil, err
	}
	v, err := r.locks.packages.Version(ctx, registry.Ref{Scope: scope, Name: pkg, Version: c.Version})
	if err != nil {
		return nil, inQuery(err)
	}
	return v.Catalog(), nil
}

// inQuery is an error of the registry as the checker takes it.
func inQuery(err error) error {
	var conflict *registry.Conflict
	switch {
	case errors.As(err, &conflict):
		help := "import a version that is published"
		if len(conflict.Asked) > 1 {
			help = "let all imports of " + conflict.Package + " ask for versions that one version satisfies"
		}
		return &catalog.Conflict{Message: conflict.Error(), Help: help}
	case errors.Is(err, registry.ErrNotFound):
		return catalog.ErrNotFound
	}
	return err
}

// Upgrade locks the newest versions that the imports allow: of one package, or of all, and then packages that are no longer
// imported leave the lock.
func (l *Locks) Upgrade(ctx context.Context, notebook uuid.UUID, asked []registry.Requirement, only string) error {
	all := byPackage(asked)
	if only != "" && all[only] == nil {
		return problem.New(problem.InvalidRequest, "The notebook does not import %.100q, so there is nothing to upgrade.", only)
	}
	return l.change(ctx, notebook.String(), func(_ pgx.Tx, now map[string]registry.Candidate) (map[string]registry.Candidate, error) {
		next := map[string]registry.Candidate{}
		if only != "" {
			next, all = maps.Clone(now), map[string][]registry.Requirement{only: all[only]}
		}
		for _, pkg := range slices.Sorted(maps.Keys(all)) {
			c, err := registry.Newest(ctx, pkg, all[pkg], registry.Candidates(l.packages))
			var conflict *registry.Conflict
			switch {
			case errors.As(err, &conflict), errors.Is(err, registry.ErrNotFound):
				return nil, problem.New(problem.InvalidQuery, "Nothing was upgraded: %s.", err)
			case err != nil:
				return nil, err
			}
			next[pkg] = registry.Candidate{Version: c.Version, Digest: c.Digest}
		}
		return next, nil
	})
}
