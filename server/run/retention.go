package run

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// What is kept: the rows of the newest runs of each cell, the newest runs of each notebook and any with rows, and queries for an hour.
const (
	keptResults = 3
	keptRuns    = 100
)

// Clean removes what is no longer kept. Blobs go first: a row without blobs is found again, blobs without a row never.
func (s *Service) Clean(ctx context.Context) error {
	return errors.Join(s.expireResults(ctx), s.removeRuns(ctx), s.forgetAnswers(ctx))
}

// expireResults drops the rows of cells that newer runs have replaced.
func (s *Service) expireResults(ctx context.Context) error {
	rows, err := s.config.DB.Query(ctx, `SELECT run_id, cell_id FROM (
			SELECT c.run_id, c.cell_id, c.result, row_number() OVER (PARTITION BY r.notebook_id, c.cell_id ORDER BY r.created_at DESC) AS age
			FROM run_cells c JOIN runs r ON r.id = c.run_id WHERE r.notebook_id IS NOT NULL AND c.result IS NOT NULL) x
		WHERE age > $1 AND NOT coalesce((result->'info'->>'expired')::boolean, false) LIMIT 500`, keptResults)
	if err != nil {
		return err
	}
	type key struct{ Run, Cell string }
	old, err := pgx.CollectRows(rows, pgx.RowToStructByPos[key])
	if err != nil {
		return err
	}
	for _, k := range old {
		if err := s.dropBlobs(ctx, "results/"+k.Run+"/"+k.Cell+"/"); err != nil {
			return err
		}
		_, err := s.config.DB.Exec(ctx, `UPDATE run_cells SET inline = NULL, result = jsonb_set(result - 'parts', '{info,expired}', 'true')
			WHERE run_id = $1 AND cell_id = $2`, k.Run, k.Cell)
		if err != nil {
			return err
		}
	}
	return nil
}

// removeRuns deletes old runs with all that belongs to them.
func (s *Service) removeRuns(ctx context.Context) error {
	rows, err := s.config.DB.Query(ctx, `SELECT id FROM (
			SELECT id, notebook_id, finished_at, row_number() OVER (PARTITION BY notebook_id ORDER BY created_at DESC) AS age FROM runs WHERE finished_at IS NOT NULL) x
		WHERE notebook_id IS NULL AND finished_at < now() - interval '1 hour' OR notebook_id IS NOT NULL AND age > $1
			AND NOT EXISTS (SELECT FROM run_cells c WHERE c.run_id = x.id AND c.result IS NOT NULL AND NOT coalesce((c.result->'info'->>'expired')::boolean, false))
		LIMIT 2000`, keptRuns)
	if err != nil {
		return err
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(old) == 0 {
		return err
	}
	for _, id := range old {
		if err := s.dropBlobs(ctx, "results/"+id+"/"); err != nil {
			return err
		}
	}
	_, err = s.config.DB.Exec(ctx, `DELETE FROM runs WHERE id = ANY($1)`, old)
	return err
}

func (s *Service) forgetAnswers(ctx context.Context) error {
	_, err := s.config.DB.Exec(ctx, `DELETE FROM idempotency_keys WHERE expires_at < now()`)
	return err
}

func (s *Service) dropBlobs(ctx context.Context, prefix string) error {
	keys, err := s.config.Blobs.List(ctx, prefix)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.config.Blobs.Delete(ctx, k); err != nil {
			return err
		}
	}
	return nil
}
