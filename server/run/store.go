package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/page"
	"github.com/dreamql/dreamql/server/problem"
)

// store is the rows of runs, cells and events.
type store struct{ db *pgxpool.Pool }

// options is what a node needs to know to run a run again from its row.
type options struct {
	Sources []Source                   `json:"sources"`
	Params  map[string]json.RawMessage `json:"params,omitempty"`
	Limit   *int64                     `json:"limit,omitempty"`
	Time    time.Duration              `json:"time,omitempty"`
	MaySave bool                       `json:"may_save,omitempty"` // who made the run may write datasets
}

func notFound(id uuid.UUID) error {
	return problem.New(problem.NotFound, "There is no run %s; old runs are removed.", id)
}

// create commits a run with its cells and first event.
func (s store) create(ctx context.Context, who *account.Identity, r Request, cells []Source) (*Run, error) {
	run := &Run{ID: uuid.Must(uuid.NewV7()), NotebookID: r.NotebookID, NotebookVersion: r.NotebookVersion, State: Queued, CreatedAt: time.Now().UTC()}
	kind := "notebook"
	switch {
	case r.NotebookID == nil:
		kind = "query"
	case len(cells) < len(r.Sources):
		kind = "cells"
	}
	for _, c := range cells {
		run.Cells = append(run.Cells, Cell{CellID: c.ID, RunID: run.ID, Source: c.Text, State: Queued})
	}
	params := r.Params
	if params == nil {
		params = map[string]json.RawMessage{}
	}
	if err := json.Unmarshal(mustJSON(params), &run.Params); err != nil {
		return nil, err
	}
	b := &pgx.Batch{} // one round trip and one commit
	b.Queue(`INSERT INTO runs (id, notebook_id, notebook_version, kind, params, options, created_by, created_at, last_event) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
		run.ID.String(), textID(r.NotebookID), r.NotebookVersion, kind, params, options{Sources: r.Sources, Params: params, Limit: r.Limit, Time: r.Time, MaySave: who.May(account.Write)}, who.AccountID, run.CreatedAt)
	for i, c := range cells {
		b.Queue(`INSERT INTO run_cells (run_id, cell_id, position, source) VALUES ($1, $2, $3, $4)`, run.ID.String(), c.ID, i, c.Text)
	}
	queueEvent(b, Event{Seq: 1, Type: RunChanged, RunID: run.ID, At: run.CreatedAt, State: Queued})
	return run, s.db.SendBatch(ctx, b).Close()
}

func textID(id *uuid.UUID) *string {
	if id == nil {
		return nil
	}
	t := id.String()
	return &t
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only types of this package, which marshal
	}
	return b
}

func queueEvent(b *pgx.Batch, e Event) {
	b.Queue(`INSERT INTO events (run_id, seq, type, payload, at) VALUES ($1, $2, $3, $4, $5)`, e.RunID.String(), e.Seq, e.Type, stored(e), e.At)
}

// stored is v as JSON that Postgres can hold: a message about data may quote a NUL character, which jsonb refuses.
func stored(v any) string {
	return string(bytes.ReplaceAll(mustJSON(v), []byte(`\u0000`), []byte(`\ufffd`)))
}

const runColumns = `r.id, r.notebook_id, r.notebook_version, r.state, r.params, r.created_at, r.started_at, r.finished_at`

func scanRun(row pgx.Row) (*Run, error) {
	var r Run
	var id string
	var notebook *string
	if err := row.Scan(&id, &notebook, &r.NotebookVersion, &r.State, &r.Params, &r.CreatedAt, &r.StartedAt, &r.FinishedAt); err != nil {
		return nil, err
	}
	var err error
	if r.ID, err = uuid.Parse(id); err == nil && notebook != nil {
		var n uuid.UUID
		n, err = uuid.Parse(*notebook)
		r.NotebookID = &n
	}
	return &r, err
}

const cellColumns = `c.run_id, c.cell_id, c.source, c.state, c.diagnostics, c.plan, c.stats, c.result->'info', c.tasks, c.tasks_done, c.started_at, c.finished_at`

func scanCell(row pgx.CollectableRow) (c Cell, err error) {
	var run string
	var p Progress
	err = row.Scan(&run, &c.CellID, &c.Source, &c.State, &c.Diagnostics, &c.Plan, &c.Stats, &c.Result, &p.TasksTotal, &p.TasksDone, &c.StartedAt, &c.FinishedAt)
	if err != nil {
		return c, err
	}
	if p.TasksTotal > 0 {
		c.Progress = &p
	}
	c.RunID, err = uuid.Parse(run)
	return c, err
}

// get returns a run with its cells.
func (s store) get(ctx context.Context, id uuid.UUID) (*Run, error) {
	r, err := scanRun(s.db.QueryRow(ctx, `SELECT `+runColumns+` FROM runs r WHERE id = $1`, id.String()))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, notFound(id)
	}
	if err != nil {
		return nil, err
	}
	return r, s.fill(ctx, []*Run{r})
}

// fill reads the cells of runs.
func (s store) fill(ctx context.Context, runs []*Run) error {
	ids, byID := make([]string, len(runs)), map[uuid.UUID]*Run{}
	for i, r := range runs {
		r.Cells = []Cell{}
		ids[i], byID[r.ID] = r.ID.String(), r
	}
	rows, err := s.db.Query(ctx, `SELECT `+cellColumns+` FROM run_cells c WHERE run_id = ANY($1) ORDER BY run_id, position`, ids)
	if err != nil {
		return err
	}
	cells, err := pgx.CollectRows(rows, scanCell)
	for _, c := range cells {
		byID[c.RunID].Cells = append(byID[c.RunID].Cells, c)
	}
	return err
}

// list returns the runs of a notebook, the newest first.
func (s store) list(ctx context.Context, notebook uuid.UUID, cursor string, limit int) ([]*Run, string, error) {
	after := struct {
		At time.Time
		ID string
	}{At: time.Now().Add(time.Hour), ID: "~"}
	if err := page.Decode(cursor, &after); err != nil {
		return nil, "", err
	}
	rows, err := s.db.Query(ctx, `SELECT `+runColumns+` FROM runs r WHERE notebook_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`,
		notebook.String(), after.At, after.ID, limit+1)
	if err != nil {
		return nil, "", err
	}
	runs, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (*Run, error) { return scanRun(r) })
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(runs) > limit {
		runs = runs[:limit]
		after.At, after.ID = runs[limit-1].CreatedAt, runs[limit-1].ID.String()
		next = page.Encode(after)
	}
	return runs, next, s.fill(ctx, runs)
}

// newest returns the newest finished run of each cell of a notebook, and the runs that are going on.
func (s store) newest(ctx context.Context, notebook uuid.UUID) ([]Cell, []*Run, error) {
	rows, err := s.db.Query(ctx, `SELECT DISTINCT ON (c.cell_id) `+cellColumns+` FROM run_cells c JOIN runs r ON r.id = c.run_id
		WHERE r.notebook_id = $1 AND c.state NOT IN ('queued', 'running') ORDER BY c.cell_id, r.created_at DESC`, notebook.String())
	if err != nil {
		return nil, nil, err
	}
	cells, err := pgx.CollectRows(rows, scanCell)
	if err != nil {
		return nil, nil, err
	}
	rows, err = s.db.Query(ctx, `SELECT `+runColumns+` FROM runs r WHERE notebook_id = $1 AND state IN ('queued', 'running') ORDER BY created_at`, notebook.String())
	if err != nil {
		return nil, nil, err
	}
	active, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (*Run, error) { return scanRun(r) })
	if err != nil || len(active) == 0 {
		return cells, active, err
	}
	return cells, active, s.fill(ctx, active)
}

// unfinished counts the runs that have not ended, by state.
func (s store) unfinished(ctx context.Context) (map[string]int, error) {
	rows, err := s.db.Query(ctx, `SELECT state, count(*) FROM runs WHERE state IN ('queued', 'running') GROUP BY state`)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	var state string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		out[state] = n
		return nil
	})
	return out, err
}

// events returns the events of a run after seq.
func (s store) events(ctx context.Context, id uuid.UUID, after int64) ([]Event, error) {
	rows, err := s.db.Query(ctx, `SELECT payload FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT 10000`, id.String(), after)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[Event])
}
