package dataset

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/logical"
)

// Clean removes what nobody can reach any more: deleted datasets and replaced versions after a day, in which runs that read
// them have ended, then the segments that no version lists. Blobs go before their rows, so that none is forgotten.
func (s *Store) Clean(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM datasets WHERE deleted_at < now() - interval '1 day'`)
	b.Queue(`DELETE FROM dataset_versions v
		WHERE EXISTS (SELECT FROM dataset_versions n WHERE n.dataset_id = v.dataset_id AND n.version = v.version + 1 AND n.created_at < now() - interval '1 day')`)
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
	return s.sweep(ctx)
}

// sweep removes the blobs of segments that no row tells of: who wrote them was killed before they became a version.
func (s *Store) sweep(ctx context.Context) error {
	old, err := s.blobs.ListOld(ctx, "segments/", time.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for keys := range slices.Chunk(old, 1000) {
		rows, err := s.db.Query(ctx, `SELECT k FROM unnest($1::text[]) k WHERE NOT EXISTS (SELECT FROM segments g WHERE g.key = k)`, keys)
		if err != nil {
			return err
		}
		lost, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, k := range lost {
			if err := s.blobs.Delete(ctx, k); err != nil {
				return err
			}
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
