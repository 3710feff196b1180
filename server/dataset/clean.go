package dataset

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/logical"
)

// Clean removes what nobody can reach any more: deleted datasets and replaced versions after a day, in which runs that read
// them have ended, then the segments that no version lists. Blobs go before their rows, so that none is forgotten.
func (s *Store) Clean(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM datasets WHERE deleted_at < now() - interval '1 day'`)
	b.Queue(`DELETE FROM dataset_versions v USING datasets d
		WHERE d.id = v.dataset_id AND v.version < d.version AND d.updated_at < now() - interval '1 day'`)
	if err := s.db.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	rows, err := s.db.Query(ctx, `SELECT id, key FROM segments g WHERE created_at < now() - interval '1 day'
		AND NOT EXISTS (SELECT FROM dataset_segments d WHERE d.segment_id = g.id) LIMIT 1000`)
	if err != nil {
		return err
	}
	type orphan struct{ ID, Key string }
	orphans, err := pgx.CollectRows(rows, pgx.RowToStructByPos[orphan])
	if err != nil {
		return err
	}
	for _, o := range orphans {
		if err := s.blobs.Delete(ctx, o.Key); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM segments WHERE id = $1`, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// Lend notes segments that belong to no dataset. Clean removes them when they are a day old.
func (s *Store) Lend(ctx context.Context, segments []logical.Segment) error {
	b := &pgx.Batch{}
	for _, g := range segments {
		b.Queue(`INSERT INTO segments (id, key, rows, bytes, digest) VALUES ($1, $2, $3, $4, nullif($5, ''))`,
			uuid.Must(uuid.NewV7()).String(), g.Key, g.Rows, g.Bytes, g.Digest)
	}
	return s.db.SendBatch(ctx, b).Close()
}
