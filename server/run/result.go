package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/problem"
)

// resultPrefix is where a cell's result lies in the blob store; attempts do not share a folder, so that a node that lost
// its lease cannot touch the result of the one that took over.
func resultPrefix(run uuid.UUID, cell string, attempt int) string {
	return fmt.Sprintf("results/%s/%s/%d", run, cell, attempt)
}

// Result is the stored rows of a cell.
type Result struct {
	Info   ResultInfo
	inline []byte
	parts  []cluster.Part
	blobs  *storage.Blobs
}

// result returns the stored rows of a cell, or a problem that says why there are none.
func (s store) result(ctx context.Context, blobs *storage.Blobs, run uuid.UUID, cell string) (*Result, error) {
	r := &Result{blobs: blobs}
	var m *manifest
	var state State
	var diags []Diagnostic
	err := s.db.QueryRow(ctx, `SELECT state, result, inline, diagnostics FROM run_cells WHERE run_id = $1 AND cell_id = $2`, run.String(), cell).
		Scan(&state, &m, &r.inline, &diags)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, problem.New(problem.NotFound, "There is no cell %.64q in run %s; old runs are removed.", cell, run)
	case err != nil:
		return nil, err
	case !state.Final():
		return nil, problem.New(problem.Conflict, "The cell is %s; its result is there when it has succeeded.", state)
	case m == nil:
		return nil, problem.New(problem.NotFound, "The cell %s and has no result.", state)
	case m.Info.Expired:
		return nil, problem.New(problem.NotFound, "These rows were removed, because newer runs of the cell replaced them. Run it again.")
	}
	r.Info, r.parts = m.Info, m.Parts
	return r, nil
}

// Batches streams rows [offset, offset+limit) (limit < 0: to the end), reading only the batches that hold them.
func (r *Result) Batches(ctx context.Context, offset, limit int64) exec.Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		w := window{skip: offset, left: limit}
		if limit < 0 {
			w.left = r.Info.Rows
		}
		if r.inline != nil {
			for b, err := range storage.Stream("stored result", r.inline) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !w.pass(b, yield) {
					return
				}
			}
			return
		}
		for _, p := range r.parts {
			if w.left <= 0 {
				return
			}
			if w.skip >= p.Rows {
				w.skip -= p.Rows
				continue
			}
			if !r.part(ctx, p, &w, yield) {
				return
			}
		}
	}
}

func (r *Result) part(ctx context.Context, p cluster.Part, w *window, yield func(arrow.RecordBatch, error) bool) bool {
	path, err := r.blobs.Local(ctx, p.Key, "")
	if err != nil {
		return yield(nil, fmt.Errorf("stored result: %w", err)) && false
	}
	in, err := storage.OpenArrowFile(path, "stored result "+p.Key)
	if err != nil {
		return yield(nil, err) && false
	}
	defer in.Close()
	for i := range in.NumBatches() {
		if w.left <= 0 {
			return false
		}
		if i < len(p.Batches) && w.skip >= p.Batches[i] {
			w.skip -= p.Batches[i]
			continue
		}
		b, err := in.Batch(i)
		if err != nil {
			return yield(nil, err) && false
		}
		more := w.pass(b, yield)
		b.Release()
		if !more {
			return false
		}
	}
	return true
}

// window cuts rows out of a stream of batches.
type window struct{ skip, left int64 }

// pass yields what of b lies in the window and reports whether more is wanted.
func (w *window) pass(b arrow.RecordBatch, yield func(arrow.RecordBatch, error) bool) bool {
	n := b.NumRows()
	if w.skip >= n {
		w.skip -= n
		return w.left > 0
	}
	end := min(n, w.skip+w.left)
	s := b.NewSlice(w.skip, end)
	defer s.Release()
	w.left -= end - w.skip
	w.skip = 0
	return yield(s, nil) && w.left > 0
}

// Stored reads a table as a result, without a run.
func (s *Service) Stored(t *logical.Table) *Result {
	r := &Result{Info: ResultInfo{Columns: columnsOf(t.Columns), Rows: t.Rows}, blobs: s.config.Blobs}
	for _, g := range t.Segments {
		p := cluster.Part{Key: g.Key, Rows: g.Rows, Bytes: g.Bytes}
		for _, b := range g.Batches {
			p.Batches = append(p.Batches, b.Rows)
		}
		r.parts = append(r.parts, p)
	}
	return r
}
