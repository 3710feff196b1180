package dataset

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/page"
	"github.com/dreamql/dreamql/server/problem"
)

// Store keeps datasets: rows in Postgres, segments in the blob store.
type Store struct {
	db    *pgxpool.Pool
	blobs *storage.Blobs

	mu     sync.Mutex
	tables map[string]*logical.Table // by ID and stored version; immutable, so never stale

	grown chan struct{} // has something where rows were added to a dataset
}

// NewStore returns the store over a migrated database.
func NewStore(db *pgxpool.Pool, blobs *storage.Blobs) *Store {
	return &Store{db: db, blobs: blobs, tables: map[string]*logical.Table{}, grown: make(chan struct{}, 1)}
}

const columns = `id, name, description, version, created_at, updated_at,
	(SELECT coalesce(v.same_as, v.version) FROM dataset_versions v WHERE v.dataset_id = datasets.id AND v.version = datasets.version)`

func notFound(name string) error {
	return problem.New(problem.NotFound, "There is no dataset %.100q. GET /api/v1/datasets lists what there is.", name)
}

// Get returns a dataset with the statistics of its segments.
func (s *Store) Get(ctx context.Context, name string) (*Dataset, error) {
	var d Dataset
	err := s.db.QueryRow(ctx, `SELECT `+columns+` FROM datasets WHERE name = $1 AND deleted_at IS NULL`, name).
		Scan(&d.ID, &d.Name, &d.Description, &d.stored, &d.CreatedAt, &d.UpdatedAt, &d.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, err
	}
	d.Table, err = s.table(ctx, &d)
	return &d, err
}

// List returns datasets by name, and the cursor of the next page.
func (s *Store) List(ctx context.Context, cursor string, limit int) ([]*Dataset, string, error) {
	after := ""
	if err := page.Decode(cursor, &after); err != nil {
		return nil, "", err
	}
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM datasets WHERE deleted_at IS NULL AND name > $1 ORDER BY name LIMIT $2`, after, limit+1)
	if err != nil {
		return nil, "", err
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (*Dataset, error) {
		var d Dataset
		return &d, r.Scan(&d.ID, &d.Name, &d.Description, &d.stored, &d.CreatedAt, &d.UpdatedAt, &d.Version)
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(list) > limit {
		list = list[:limit]
		next = page.Encode(list[limit-1].Name)
	}
	for _, d := range list {
		if d.Table, err = s.table(ctx, d); err != nil {
			return nil, "", err
		}
	}
	return list, next, nil
}

// Names lists the names of all datasets.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, `SELECT name FROM datasets WHERE deleted_at IS NULL ORDER BY name LIMIT 10000`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Delete takes a dataset out of sight; its segments stay for the runs that read them.
func (s *Store) Delete(ctx context.Context, name string) error {
	tag, err := s.db.Exec(ctx, `UPDATE datasets SET deleted_at = now() WHERE name = $1 AND deleted_at IS NULL`, name)
	if err == nil && tag.RowsAffected() == 0 {
		return notFound(name)
	}
	return err
}

// table reads a version, once.
func (s *Store) table(ctx context.Context, d *Dataset) (*logical.Table, error) {
	key := tableVersion(d.ID, d.stored)
	s.mu.Lock()
	t := s.tables[key]
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := s.readTable(ctx, d.ID, d.stored)
	if err != nil {
		return nil, fmt.Errorf("dataset %s version %d: %w", d.Name, d.stored, err)
	}
	t.Name, t.Version = d.Name, tableVersion(d.ID, d.Version)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tables) > 1000 {
		clear(s.tables)
	}
	s.tables[key] = t
	return t, nil
}

// tableVersion is what a table of the version calls it.
func tableVersion(id string, version int64) string { return fmt.Sprintf("%s/%d", id, version) }

func (s *Store) readTable(ctx context.Context, id string, version int64) (*logical.Table, error) {
	var t logical.Table
	if err := s.db.QueryRow(ctx, `SELECT columns, rows FROM dataset_versions WHERE dataset_id = $1 AND version = $2`, id, version).
		Scan(&t.Columns, &t.Rows); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `SELECT g.key, g.rows, g.bytes, coalesce(g.digest, ''), g.sums, g.batches,
			coalesce((SELECT jsonb_agg(st.more || jsonb_build_object('min', st.min, 'max', st.max, 'nulls', st.nulls, 'distinct', st.distincts) ORDER BY st.position)
				FROM statistics st WHERE st.segment_id = g.id), '[]')
		FROM dataset_segments d JOIN segments g ON g.id = d.segment_id
		WHERE d.dataset_id = $1 AND d.version = $2 ORDER BY d.position`, id, version)
	if err != nil {
		return nil, err
	}
	t.Segments, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (g logical.Segment, err error) {
		return g, r.Scan(&g.Key, &g.Rows, &g.Bytes, &g.Digest, &g.Sums, &g.Batches, &g.Columns)
	})
	return &t, err
}
