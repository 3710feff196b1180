// Package postgres keeps what the registry has published in PostgreSQL.
//
// It checks nothing but what only a transaction can: that a version is new and that its scope may be used. What a
// package must be is for package registry. A new question is a method in read.go.
package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/registry"
)

// Store implements registry.Store. Safe for concurrent use.
type Store struct{ db *pgxpool.Pool }

// New returns the store over a migrated database.
func New(db *pgxpool.Pool) *Store { return &Store{db: db} }

var _ registry.Store = (*Store)(nil)

type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// MayPublish implements registry.Store.
func (s *Store) MayPublish(ctx context.Context, scope string, by registry.Account) error {
	return mayPublish(ctx, s.db, scope, by)
}

func mayPublish(ctx context.Context, q queryer, scope string, by registry.Account) error {
	var existing, owner string
	err := q.QueryRow(ctx, `SELECT name, owner_id FROM scopes WHERE name = $1 OR skeleton = $2 ORDER BY name = $1 DESC LIMIT 1`,
		scope, registry.Skeleton(scope)).Scan(&existing, &owner)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		for _, kept := range registry.ServiceScopes {
			if registry.Skeleton(kept) == registry.Skeleton(scope) && (!by.Owner || kept != scope) {
				return fmt.Errorf("%w: the scope %s is kept for the owner of this service; publish under a scope of your own", registry.ErrForbidden, kept)
			}
		}
		return nil
	case err != nil:
		return err
	case existing != scope:
		return fmt.Errorf("%w: the scope %s can be taken for %s, which exists; choose another", registry.ErrForbidden, scope, existing)
	case owner != by.ID:
		return fmt.Errorf("%w: the scope %s belongs to someone else; publish under a scope of your own", registry.ErrForbidden, scope)
	}
	return nil
}

// Insert implements registry.Store.
func (s *Store) Insert(ctx context.Context, p *registry.Package, checks []registry.CheckResult, by registry.Account) (*registry.Version, error) {
	ref := p.Ref()
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		// Two that publish in one scope at once take turns.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('publish ' || $1, 0))`, registry.Skeleton(ref.Scope)); err != nil {
			return err
		}
		if err := mayPublish(ctx, tx, ref.Scope, by); err != nil {
			return err
		}
		return insert(ctx, tx, p, checks, by)
	})
	if err != nil {
		return nil, err
	}
	return s.Version(ctx, ref)
}

func insert(ctx context.Context, tx pgx.Tx, p *registry.Package, checks []registry.CheckResult, by registry.Account) error {
	ref, about := p.Ref(), p.Manifest.Package
	var exists bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM versions WHERE scope = $1 AND name = $2 AND version = $3)`,
		ref.Scope, ref.Name, ref.Version).Scan(&exists)
	if err != nil {
		return err
	}
	if exists {
		return registry.Exists(ref)
	}
	var similar string
	err = tx.QueryRow(ctx, `SELECT name FROM packages WHERE scope = $1 AND skeleton = $2 AND name <> $3`,
		ref.Scope, registry.Skeleton(ref.Name), ref.Name).Scan(&similar)
	if err == nil {
		return fmt.Errorf("%w: the name %s can be taken for %s/%s, which exists; choose another", registry.ErrForbidden, ref.Package(), ref.Scope, similar)
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	latest, err := newest(ctx, tx, ref, ref.Version)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO scopes (name, skeleton, owner_id) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
		ref.Scope, registry.Skeleton(ref.Scope), by.ID)
	blob := `INSERT INTO blobs (digest, size, media_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	batch.Queue(blob, p.Digest, len(p.Archive), "application/gzip")
	blobs := p.Blobs()
	for _, digest := range slices.Sorted(maps.Keys(blobs)) { // in one order, so that two that publish the same do not block each other
		batch.Queue(blob, digest, len(blobs[digest]), "application/octet-stream")
	}
	if latest == ref.Version {
		batch.Queue(`INSERT INTO packages (scope, name, skeleton, description, license, keywords, repository, latest, document)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, to_tsvector('simple', $9))
			ON CONFLICT (scope, name) DO UPDATE SET description = $4, license = $5, keywords = $6, repository = $7, latest = $8,
				document = to_tsvector('simple', $9), updated_at = now()`,
			ref.Scope, ref.Name, registry.Skeleton(ref.Name), about.Description, about.License, list(about.Keywords),
			about.Repository, latest, document(p))
	}
	batch.Queue(`INSERT INTO versions (scope, name, version, digest, size, manifest, readme, checks, published_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		ref.Scope, ref.Name, ref.Version, p.Digest, len(p.Archive), p.Manifest, clean(p.Readme()), list(checks), by.ID)
	for i, f := range p.Manifest.Functions {
		g := &p.Functions[i]
		var module *string
		if g.Module != "" {
			module = &g.Module
		}
		batch.Queue(`INSERT INTO version_functions (scope, package, version, position, name, kind, shape, signature, doc, module, examples, function)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			ref.Scope, ref.Name, ref.Version, i, g.Name, g.Kind, g.Shape, registry.FunctionSignature(g), f.Doc, module, list(f.Examples), g)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// newest is the newest version of a package that is not yanked, counting one that is being added: a release if there is one,
// else a pre-release.
func newest(ctx context.Context, q queryer, ref registry.Ref, added ...string) (string, error) {
	rows, err := q.Query(ctx, `SELECT version FROM versions WHERE scope = $1 AND name = $2 AND yanked_at IS NULL`, ref.Scope, ref.Name)
	if err != nil {
		return "", err
	}
	versions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", err
	}
	versions = append(versions, added...)
	if len(versions) == 0 {
		return "", nil
	}
	return slices.MaxFunc(versions, func(a, b string) int {
		if x, y := strings.Contains(a, "-"), strings.Contains(b, "-"); x != y {
			if x {
				return -1
			}
			return 1
		}
		return registry.CompareVersions(a, b)
	}), nil
}

// document is what a search looks through.
func document(p *registry.Package) string {
	a := p.Manifest.Package
	words := []string{a.Scope, a.Name, a.Description, strings.Join(a.Keywords, " ")}
	for _, f := range p.Manifest.Functions {
		words = append(words, f.Name, f.Doc)
	}
	return clip(clean(strings.Join(words, " ")), 100_000)
}

// clean drops what PostgreSQL cannot store in a text.
func clean(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "") }

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Yank hides a version from new imports, or shows it again; what has locked it keeps working. Only the scope's owner and
// the owner of the service may.
func (s *Store) Yank(ctx context.Context, ref registry.Ref, yanked bool, reason string, by registry.Account) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var owner string
		err := tx.QueryRow(ctx, `SELECT s.owner_id FROM versions v JOIN scopes s ON s.name = v.scope
			WHERE v.scope = $1 AND v.name = $2 AND v.version = $3 FOR UPDATE OF v`, ref.Scope, ref.Name, ref.Version).Scan(&owner)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("version %s: %w", ref, registry.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if owner != by.ID && !by.Owner {
			return fmt.Errorf("%w: the scope %s belongs to someone else", registry.ErrForbidden, ref.Scope)
		}
		_, err = tx.Exec(ctx, `UPDATE versions SET yanked_at = CASE WHEN $4 THEN coalesce(yanked_at, now()) END,
			yank_reason = CASE WHEN $4 THEN $5 ELSE '' END WHERE scope = $1 AND name = $2 AND version = $3`,
			ref.Scope, ref.Name, ref.Version, yanked, clip(clean(reason), 500))
		if err != nil {
			return err
		}
		latest, err := newest(ctx, tx, ref)
		if err != nil || latest == "" {
			return err // with every version yanked the package keeps naming the last one
		}
		_, err = tx.Exec(ctx, `UPDATE packages SET latest = $3, updated_at = now() WHERE scope = $1 AND name = $2`, ref.Scope, ref.Name, latest)
		return err
	})
}

// CountDownload counts one download of a version.
func (s *Store) CountDownload(ctx context.Context, ref registry.Ref) error {
	_, err := s.db.Exec(ctx, `INSERT INTO downloads (scope, package, version, count) VALUES ($1, $2, $3, 1)
		ON CONFLICT (scope, package, version, day) DO UPDATE SET count = downloads.count + 1`, ref.Scope, ref.Name, ref.Version)
	return err
}

func decode(b []byte, into any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, into)
}
