package dataset

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/problem"
)

const (
	settled      = 2 * time.Second // after an append, in which others may follow
	compactEvery = 10 * time.Minute
)

// Compact writes the small segments of a dataset as few, which changes neither its rows nor its version. It reports whether there was
// anything to do. Who reads the segments from before can do so for a day.
func (s *Store) Compact(ctx context.Context, name string) (bool, error) {
	return s.compact(ctx, name, 2)
}

func (s *Store) compact(ctx context.Context, name string, atLeast int) (bool, error) {
	d, err := s.Get(ctx, name)
	if err != nil {
		return false, err
	}
	t, err := storage.Compact(ctx, d.Table, atLeast, s.blobs, "segments/"+uuid.Must(uuid.NewV7()).String())
	if t == nil || err != nil {
		return false, err
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var author string
		if err := tx.QueryRow(ctx, `SELECT created_by FROM dataset_versions WHERE dataset_id = $1 AND version = $2`, d.ID, d.stored).Scan(&author); err != nil {
			return err
		}
		_, _, err := s.Commit(ctx, tx, author, Version{Name: name, Mode: Replace, Base: d.Table.Version, Same: true, Table: t, Origin: map[string]int64{"compacted": d.stored}})
		return err
	})
	if err != nil {
		err = errors.Join(err, s.drop(ctx, t.Segments, d.Table.Segments))
	}
	return err == nil, err
}

// Work compacts datasets after rows have been added to them, until ctx ends; failed is told what went wrong.
func (s *Store) Work(ctx context.Context, failed func(name string, err error)) {
	every := time.NewTicker(compactEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-s.grown:
			select {
			case <-ctx.Done():
				return
			case <-time.After(settled):
			}
		}
		if err := s.compactAll(ctx, failed); err != nil && ctx.Err() == nil {
			failed("", err)
		}
	}
}

// compactAll compacts the datasets that have many small segments.
func (s *Store) compactAll(ctx context.Context, failed func(name string, err error)) error {
	rows, err := s.db.Query(ctx, `SELECT d.name FROM datasets d WHERE d.deleted_at IS NULL
		AND (SELECT count(*) FROM dataset_segments g WHERE g.dataset_id = d.id AND g.version = d.version) >= $1`, storage.ManySmall)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		// Who changed the dataset meanwhile has the precedence: its own wake follows.
		if _, err := s.compact(ctx, name, 0); err != nil && !problem.Has(err, problem.Conflict) && !problem.Has(err, problem.NotFound) && ctx.Err() == nil {
			failed(name, err)
		}
	}
	return nil
}
