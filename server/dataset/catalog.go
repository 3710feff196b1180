package dataset

import (
	"cmp"
	"context"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/server/problem"
)

// Packages resolves imports; the registry does.
type Packages interface {
	Package(ctx context.Context, name, constraint string) (*catalog.Package, error)
	PackageNames(ctx context.Context) ([]string, error)
}

// Catalog is what programs on this server see: its datasets, published packages, and what its operator has opened to them.
type Catalog struct {
	Packages
	Datasets *Store
	Outside  Outside
}

var _ catalog.Catalog = Catalog{}

const importWait = 2 * time.Second

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

// Postgres describes a table of a database that is open to programs.
func (c Catalog) Postgres(ctx context.Context, connection, table string) (*logical.Table, error) {
	return c.Outside.Databases.Describe(ctx, connection, table)
}

// File reads below the folder that is open to programs. Who only checks does not wait until a large file is imported.
func (c Catalog) File(ctx context.Context, path string) (*logical.Table, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Outside.Wait, importWait))
	defer cancel()
	return c.Outside.File(ctx, path)
}
