// Package catalog is what a program can see of the world: datasets, files, and published packages. The checker asks it;
// the server, the registry and the command line answer it.
package catalog

import (
	"context"
	"errors"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/udf"
)

// ErrNotFound is what a Catalog returns for a name that does not exist.
var ErrNotFound = errors.New("not found")

// Conflict is what Package returns where no version satisfies all imports of a package; Help says how to mend it.
type Conflict struct{ Message, Help string }

func (e *Conflict) Error() string { return e.Message }

// Catalog resolves names while a program is checked. Every call must answer promptly and be safe for concurrent use.
type Catalog interface {
	// Table returns the newest version of a dataset; ErrNotFound if there is none of that name.
	Table(ctx context.Context, name string) (*logical.Table, error)
	// TableNames lists what Table knows, for suggestions and completion.
	TableNames(ctx context.Context) ([]string, error)
	// File returns the table in a file or a pattern, for read('…'); the error says why it may not be read.
	File(ctx context.Context, path string) (*logical.Table, error)
	// Package resolves scope/name with a version constraint as written after "@" ("^1.2", "=1.0.3", "" for the
	// locked or newest); ErrNotFound if no version fits.
	Package(ctx context.Context, name, constraint string) (*Package, error)
	// PackageNames lists packages for suggestions and completion.
	PackageNames(ctx context.Context) ([]string, error)
}

// Databases is what a Catalog is as well, where programs may read databases.
type Databases interface {
	// Postgres describes a table; connection is a name that whoever runs the program has given to a database.
	Postgres(ctx context.Context, connection, table string) (*logical.Table, error)
}

// PostgresOf asks a Catalog that may be one of Databases.
func PostgresOf(ctx context.Context, c Catalog, connection, table string) (*logical.Table, error) {
	if d, ok := c.(Databases); ok {
		return d.Postgres(ctx, connection, table)
	}
	return nil, &Refused{Message: "databases cannot be read here", Help: "import the table as a dataset, or use dreamql query"}
}

// Refused is what File and Postgres return where whoever runs the programs does not allow it; Help says how to mend it.
type Refused struct{ Message, Help string }

func (e *Refused) Error() string { return e.Message }

// Package is one resolved version with its exported functions.
type Package struct {
	Name      string // scope/name
	Version   string
	Digest    string // SHA-256 of the archive
	Functions []udf.Function
	Docs      map[string]string // what is written about a function, by its name; may be nil
}

// ModuleReader is a Catalog of a project on disk, whose modules can be imported by their paths.
type ModuleReader interface {
	// ReadModule returns the module that path means in the module from ("" for the program itself): its name, which is the same
	// whatever way leads to it, and its text. ErrNotFound if there is none; any other error says why it may not be read.
	ReadModule(ctx context.Context, from, path string) (name, text string, err error)
	// ModuleNames lists paths that could be imported into from, for suggestions and completion.
	ModuleNames(ctx context.Context, from string) []string
}

// LockError is what Package returns for a package that is not what the project's lock says.
type LockError struct {
	Missing       bool // from the lock; else it is another version, or has another digest
	Message, Help string
}

func (e *LockError) Error() string { return e.Message }
