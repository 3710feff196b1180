package dataset

import (
	"context"
	"errors"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/server/problem"
)

// Packages resolves imports; the registry does.
type Packages interface {
	Package(ctx context.Context, name, constraint string) (*catalog.Package, error)
	PackageNames(ctx context.Context) ([]string, error)
}

// Catalog is what programs on this server see: its datasets and published packages, and no files.
type Catalog struct {
	Packages
	Datasets *Store
}

var _ catalog.Catalog = Catalog{}

// Table returns the newest version of a dataset.
func (c Catalog) Table(ctx context.Context, name string) (*logical.Table, error) {
	d, err := c.Datasets.Get(ctx, name)
	if problem.Has(err, problem.NotFound) {
		return nil, catalog.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return d.Table, nil
}

// TableNames lists the datasets.
func (c Catalog) TableNames(ctx context.Context) ([]string, error) { return c.Datasets.Names(ctx) }

// File refuses: a query on a server must not reach the server's files.
func (c Catalog) File(context.Context, string) (*logical.Table, error) {
	return nil, errors.New("files cannot be read on a server; upload the file as a dataset and use its name")
}
