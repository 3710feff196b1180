package dataset

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

// Version is one that is to be made.
type Version struct {
	Name   string
	Mode   Mode
	Base   string         // the version that Table was made from, as its Version says; "" for none
	Table  *logical.Table // with segments that are new, or, where there is a base, its own
	If     int64          // the version that the dataset must have; 0 for any
	Same   bool           // as Base, in other segments
	Origin any            // where it comes from, as JSON
}

func (s *Store) commit(ctx context.Context, who *account.Identity, v Version) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		_, _, err := s.Commit(ctx, tx, who.AccountID, v)
		return err
	})
}

// Commit makes a version within a transaction, and returns its number and its rows. Who reads sees the version before, until
// the transaction is committed.
func (s *Store) Commit(ctx context.Context, tx pgx.Tx, accountID string, v Version) (made, total int64, err error) {
	name, mode, added := v.Name, v.Mode, v.Table
	var id string
	var version, rowsOf int64
	err = tx.QueryRow(ctx, `SELECT id, version, coalesce((SELECT v.same_as FROM dataset_versions v WHERE v.dataset_id = d.id AND v.version = d.version), version)
		FROM datasets d WHERE name = $1 AND deleted_at IS NULL FOR UPDATE`, name).Scan(&id, &version, &rowsOf)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && (mode == Append || v.Base != "" || v.If != 0):
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
	case v.If != 0 && v.If != rowsOf:
		return 0, 0, changed(name, v.If, rowsOf)
	case v.Base != "" && v.Base != tableVersion(id, rowsOf):
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
	known, err := knownSegments(ctx, tx, v)
	if err != nil {
		return 0, 0, err
	}
	var same *int64
	if v.Same {
		same = &rowsOf
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO dataset_versions (dataset_id, version, columns, rows, bytes, origin, created_by, same_as) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, version+1, columns, rows, bytes, v.Origin, accountID, same)
	if kept > 0 {
		b.Queue(`INSERT INTO dataset_segments (dataset_id, version, position, segment_id)
				SELECT dataset_id, $3, position, segment_id FROM dataset_segments WHERE dataset_id = $1 AND version = $2`, id, version, version+1)
	}
	for i, g := range added.Segments {
		segment, there := known[g.Key]
		if !there {
			segment = uuid.Must(uuid.NewV7()).String()
			b.Queue(`INSERT INTO segments (id, key, rows, bytes, digest, batches, sums) VALUES ($1, $2, $3, $4, nullif($5, ''), $6, $7)`,
				segment, g.Key, g.Rows, g.Bytes, g.Digest, bounded(g.Batches), g.Sums)
		}
		b.Queue(`INSERT INTO dataset_segments (dataset_id, version, position, segment_id) VALUES ($1, $2, $3, $4)`, id, version+1, kept+i, segment)
		if there {
			continue
		}
		for j, c := range g.Columns {
			b.Queue(`INSERT INTO statistics (segment_id, position, name, min, max, nulls, distincts, more) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				segment, j, added.Columns[j].Name, bound(c.Min), bound(c.Max), c.Nulls, c.Distinct, more(c))
		}
	}
	b.Queue(`UPDATE datasets SET version = $2, updated_at = CASE WHEN $3 THEN updated_at ELSE now() END WHERE id = $1`, id, version+1, v.Same)
	if mode == Append {
		select {
		case s.grown <- struct{}{}:
		default:
		}
	}
	return version + 1, rows, tx.SendBatch(ctx, b).Close()
}

// knownSegments are the segments of the version that another one is made of, by their keys.
func knownSegments(ctx context.Context, tx pgx.Tx, v Version) (map[string]string, error) {
	out := map[string]string{}
	if v.Base == "" {
		return out, nil
	}
	keys := make([]string, len(v.Table.Segments))
	for i, g := range v.Table.Segments {
		keys[i] = g.Key
	}
	rows, err := tx.Query(ctx, `SELECT key, id FROM segments WHERE key = ANY($1)`, keys)
	if err != nil {
		return nil, err
	}
	var key, id string
	_, err = pgx.ForEachRow(rows, []any{&key, &id}, func() error {
		out[key] = id
		return nil
	})
	return out, err
}

func changed(name string, asked, current int64) error {
	p := problem.New(problem.VersionConflict, "You asked for version %d of the dataset %s, and it has version %d now. Read it again, and decide anew.", asked, name, current)
	p.CurrentVersion = current
	return p
}

func exists(name string) error {
	return problem.New(problem.Conflict, "There is a dataset %s already: choose another name, or upload with mode=replace or mode=append.", name)
}
