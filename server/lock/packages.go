package lock

import (
	"context"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/registry"
)

// Package resolves one import by itself, without a lock.
func (l *Locks) Package(ctx context.Context, name, constraint string) (*catalog.Package, error) {
	return l.Resolve(ctx, nil, []registry.Requirement{{Package: name, Constraint: constraint}}, false).Package(ctx, name)
}

// PackageNames lists packages for suggestions.
func (l *Locks) PackageNames(ctx context.Context) ([]string, error) {
	list, _, err := l.packages.Search(ctx, "", "", 200)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = x.Scope + "/" + x.Name
	}
	return names, nil
}
