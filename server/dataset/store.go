package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/page"
	"github.com/dreamql/dreamql/server/problem"
)

// Store keeps datasets: rows in Postgres, segments in the blob store.
type Store struct {
	db    *pgxpool.Pool
	blobs *storage.Blobs

	mu     sync.Mutex
	tables map[string]*logical.Table // by ID and version; immutable, so never stale
}

// NewStore returns the store over a migrated database.
func NewStore(db *pgxpool.Pool, blobs *storage.Blobs) *Store {
	return &Store{db: db, blobs: blobs, tables: map[string]*logical.Table{}}
}

const columns = `id, name, description, version, created_at, updated_at`

func notFound(name string) error {
	return problem.New(problem.NotFound, "There is no dataset %.100q. GET /api/v1/datasets lists what there is.", name)
}

// Get returns a dataset with the statistics of its segments.
func (s *Store) Get(ctx context.Context, name string) (*Dataset, error) {
	var d Dataset
	err := s.db.QueryRow(ctx, `SELECT `+columns+` FROM datasets WHERE name = $1 AND deleted_at IS NULL`, name).
		Scan(&d.ID, &d.Name, &d.Description, &d.Version, &d.CreatedAt, &d.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, err
	}
	d.Table, err = s.table(ctx, d.ID, d.Name, d.Version)
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
		return &d, r.Scan(&d.ID, &d.Name, &d.Description, &d.Version, &d.CreatedAt, &d.UpdatedAt)
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
		if d.Table, err = s.table(ctx, d.ID, d.Name, d.Version); err != nil {
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
func (s *Store) table(ctx context.Context, id, name string, version int64) (*logical.Table, error) {
	key := tableVersion(id, version)
	s.mu.Lock()
	t := s.tables[key]
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := s.readTable(ctx, id, version)
	if err != nil {
		return nil, fmt.Errorf("dataset %s version %d: %w", name, version, err)
	}
	t.Name, t.Version = name, key
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
	rows, err := s.db.Query(ctx, `SELECT g.key, g.rows, g.bytes, coalesce(g.digest, ''), g.batches,
			coalesce((SELECT jsonb_agg(jsonb_build_object('min', st.min, 'max', st.max, 'nulls', st.nulls, 'distinct', st.distincts) ORDER BY st.position)
				FROM statistics st WHERE st.segment_id = g.id), '[]')
		FROM dataset_segments d JOIN segments g ON g.id = d.segment_id
		WHERE d.dataset_id = $1 AND d.version = $2 ORDER BY d.position`, id, version)
	if err != nil {
		return nil, err
	}
	t.Segments, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (g logical.Segment, err error) {
		return g, r.Scan(&g.Key, &g.Rows, &g.Bytes, &g.Digest, &g.Batches, &g.Columns)
	})
	return &t, err
}

// Version is one that is to be made.
type Version struct {
	Name   string
	Mode   Mode
	Base   string // the version that Table was made from, as its Version says; "" for none
	Table  *logical.Table
	Origin any // where it comes from, as JSON
}

// commit makes added segments a version of the dataset, together with those it had if mode is Append.
func (s *Store) commit(ctx context.Context, who *account.Identity, name string, mode Mode, added *logical.Table, origin any) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		_, _, err := s.Commit(ctx, tx, who.AccountID, Version{Name: name, Mode: mode, Table: added, Origin: origin})
		return err
	})
}

// Commit makes a version within a transaction, and returns its number and its rows. Who reads sees the version before, until
// the transaction is committed.
func (s *Store) Commit(ctx context.Context, tx pgx.Tx, accountID string, v Version) (made, total int64, err error) {
	name, mode, added := v.Name, v.Mode, v.Table
	var id string
	var version int64
	err = tx.QueryRow(ctx, `SELECT id, version FROM datasets WHERE name = $1 AND deleted_at IS NULL FOR UPDATE`, name).Scan(&id, &version)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && (mode == Append || v.Base != ""):
		return 0, 0, notFound(name)
	case errors.Is(err, pgx.ErrNoRows):
		id = uuid.Must(uuid.NewV7()).String()
		tag, err := tx.Exec(ctx, `INSERT INTO datasets (id, name, owner_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, name, accountID)
		if err != nil {
			return 0, 0, err
		}
		if tag.RowsAffected() == 0 {
			return 0, 0, exists(name)
		}
	case err != nil:
		return 0, 0, err
	case mode == Create:
		return 0, 0, exists(name)
	case v.Base != "" && v.Base != tableVersion(id, version):
		return 0, 0, problem.New(problem.Conflict, "The dataset %s has changed since this began. Run it again, and it will work on the new version.", name)
	}
	columns, rows, bytes, kept := added.Columns, added.Rows, int64(0), 0
	for _, g := range added.Segments {
		bytes += g.Bytes
	}
	if mode == Append {
		var old struct {
			columns     []field
			rows, bytes int64
		}
		err := tx.QueryRow(ctx, `SELECT columns, rows, bytes, (SELECT count(*) FROM dataset_segments d WHERE d.dataset_id = v.dataset_id AND d.version = v.version)
				FROM dataset_versions v WHERE dataset_id = $1 AND version = $2`, id, version).Scan(&old.columns, &old.rows, &old.bytes, &kept)
		if err != nil {
			return 0, 0, err
		}
		if columns, err = merge(name, old.columns, added.Columns); err != nil {
			return 0, 0, err
		}
		rows, bytes = rows+old.rows, bytes+old.bytes
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO dataset_versions (dataset_id, version, columns, rows, bytes, origin, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, version+1, columns, rows, bytes, v.Origin, accountID)
	if kept > 0 {
		b.Queue(`INSERT INTO dataset_segments (dataset_id, version, position, segment_id)
				SELECT dataset_id, $3, position, segment_id FROM dataset_segments WHERE dataset_id = $1 AND version = $2`, id, version, version+1)
	}
	for i, g := range added.Segments {
		segment := uuid.Must(uuid.NewV7()).String()
		b.Queue(`INSERT INTO segments (id, key, rows, bytes, digest, batches) VALUES ($1, $2, $3, $4, nullif($5, ''), $6)`,
			segment, g.Key, g.Rows, g.Bytes, g.Digest, bounded(g.Batches))
		b.Queue(`INSERT INTO dataset_segments (dataset_id, version, position, segment_id) VALUES ($1, $2, $3, $4)`, id, version+1, kept+i, segment)
		for j, c := range g.Columns {
			b.Queue(`INSERT INTO statistics (segment_id, position, name, min, max, nulls, distincts) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				segment, j, added.Columns[j].Name, bound(c.Min), bound(c.Max), c.Nulls, c.Distinct)
		}
	}
	b.Queue(`UPDATE datasets SET version = $2, updated_at = now() WHERE id = $1`, id, version+1)
	return version + 1, rows, tx.SendBatch(ctx, b).Close()
}

func exists(name string) error {
	return problem.New(problem.Conflict, "There is a dataset %s already: choose another name, or upload with mode=replace or mode=append.", name)
}

// bound keeps the NUL character, which JSON in Postgres cannot hold, out of statistics: such a bound is unknown.
func bound(l *logical.Literal) *logical.Literal {
	if l != nil && l.Text != nil && !storable(*l.Text) {
		return nil
	}
	return l
}

func bounded(batches []logical.Batch) []logical.Batch {
	out := make([]logical.Batch, len(batches))
	for i, b := range batches {
		b.Ranges = slices.Clone(b.Ranges)
		for j := range b.Ranges {
			b.Ranges[j].Min, b.Ranges[j].Max = bound(b.Ranges[j].Min), bound(b.Ranges[j].Max)
		}
		out[i] = b
	}
	return out
}
