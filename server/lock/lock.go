// Package lock says which version and bytes each import of a notebook means.
//
// The first run that imports a package records it; from then on runs and checks take what is recorded, whatever is
// published or yanked later, until someone upgrades the notebook or changes an import so that the record no longer fits. Then only
// that package is resolved again. Programs without a notebook resolve afresh each time.
//
// Which version fits is decided by registry.Resolve, not here. Entries of packages that are no longer imported stay until an
// upgrade, because a cell that cannot be read for a moment has lost its imports too.
package lock

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/registry"
)

// Registry is where versions are published.
type Registry interface {
	registry.Store
	Search(ctx context.Context, text, cursor string, limit int) ([]registry.Summary, string, error)
}

// Locks keeps the locks of notebooks. Safe for concurrent use.
type Locks struct {
	db       *pgxpool.Pool
	packages Registry
}

// New returns the locks over a migrated database.
func New(db *pgxpool.Pool, packages Registry) *Locks { return &Locks{db: db, packages: packages} }

// Entry is one package of a lock.
type Entry struct {
	Package  string // scope/name
	Version  string
	Digest   string // SHA-256 of the archive
	LockedAt time.Time
	Yanked   bool
	Newest   string // what the package's page shows first
}

type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Entries returns a notebook's lock, by package.
func (l *Locks) Entries(ctx context.Context, notebook string) ([]Entry, error) {
	rows, err := l.db.Query(ctx, `SELECT n.scope || '/' || n.package, n.version, n.digest, n.locked_at, v.yanked_at IS NOT NULL, p.latest
		FROM notebook_packages n JOIN versions v ON (v.scope, v.name, v.version) = (n.scope, n.package, n.version)
		JOIN packages p ON (p.scope, p.name) = (n.scope, n.package) WHERE n.notebook_id = $1 ORDER BY 1`, notebook)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (e Entry, err error) {
		return e, r.Scan(&e.Package, &e.Version, &e.Digest, &e.LockedAt, &e.Yanked, &e.Newest)
	})
}

// read returns a notebook's lock as registry.Resolve takes it.
func read(ctx context.Context, q queryer, notebook string) (map[string]registry.Candidate, error) {
	rows, err := q.Query(ctx, `SELECT scope || '/' || package, version, digest FROM notebook_packages WHERE notebook_id = $1`, notebook)
	if err != nil {
		return nil, err
	}
	out := map[string]registry.Candidate{}
	var pkg string
	var c registry.Candidate
	_, err = pgx.ForEachRow(rows, []any{&pkg, &c.Version, &c.Digest}, func() error {
		out[pkg] = c
		return nil
	})
	return out, err
}

// change edits a notebook's lock while nobody else does.
func (l *Locks) change(ctx context.Context, notebook string, edit func(tx pgx.Tx, now map[string]registry.Candidate) (map[string]registry.Candidate, error)) error {
	return pgx.BeginFunc(ctx, l.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM notebooks WHERE id = $1 FOR UPDATE`, notebook); err != nil {
			return err
		}
		now, err := read(ctx, tx, notebook)
		if err != nil {
			return err
		}
		next, err := edit(tx, now)
		if err != nil {
			return err
		}
		return write(ctx, tx, notebook, now, next)
	})
}

func write(ctx context.Context, tx pgx.Tx, notebook string, now, next map[string]registry.Candidate) error {
	b := &pgx.Batch{}
	for pkg, c := range now {
		if n, kept := next[pkg]; !kept || n.Version != c.Version {
			b.Queue(`DELETE FROM notebook_packages WHERE notebook_id = $1 AND scope || '/' || package = $2`, notebook, pkg)
		}
	}
	for pkg, c := range next {
		if n, had := now[pkg]; had && n.Version == c.Version {
			continue
		}
		scope, name, err := registry.SplitName(pkg)
		if err != nil {
			return err
		}
		b.Queue(`INSERT INTO notebook_packages (notebook_id, scope, package, version, digest) VALUES ($1, $2, $3, $4, $5)`, notebook, scope, name, c.Version, c.Digest)
	}
	return tx.SendBatch(ctx, b).Close()
}

// Pin locks a new notebook to what its file names, as far as this registry has the same bytes; the rest is resolved at the first run.
func (l *Locks) Pin(ctx context.Context, notebook string, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return l.change(ctx, notebook, func(tx pgx.Tx, now map[string]registry.Candidate) (map[string]registry.Candidate, error) {
		next := maps.Clone(now)
		for _, e := range entries {
			var same bool
			err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM versions WHERE scope || '/' || name = $1 AND version = $2 AND digest = $3)`,
				e.Package, e.Version, e.Digest).Scan(&same)
			if err != nil {
				return nil, err
			}
			if same {
				next[e.Package] = registry.Candidate{Version: e.Version, Digest: e.Digest}
			}
		}
		return next, nil
	})
}

// otherBytes says that a version is not what was locked; it cannot happen while published versions never change.
func otherBytes(pkg string, locked, found registry.Candidate) error {
	return fmt.Errorf("its version %s has other bytes (%.12s) than this notebook has locked (%.12s); upgrade the package if you trust them", found.Version, found.Digest, locked.Digest)
}
