package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/problem"
)

const (
	cellsAtOnce   = 2
	maxAttempts   = 5
	firstProgress = 20 * time.Millisecond // who is quicker than that needs none
	progressEvery = 250 * time.Millisecond
)

// Cluster executes plans; cluster.Coordinator does.
type Cluster interface {
	Submit(ctx context.Context, job cluster.Job) (*cluster.Result, error)
}

// engine compiles and executes the cells of a claimed run.
type engine struct {
	db, quick *pgxpool.Pool
	catalog   catalog.Catalog
	locks     *lock.Locks
	datasets  *dataset.Store
	outside   dataset.Outside
	blobs     *storage.Blobs
	cluster   Cluster
	modules   Modules
	module    func(ctx context.Context, digest string) ([]byte, error)
	limits    cluster.Limits
	ended     Ended
	log       *slog.Logger
}

// stored form of run_cells.result.
type manifest struct {
	Info  ResultInfo     `json:"info"`
	Parts []cluster.Part `json:"parts,omitempty"`
}

// outcome is how a cell ended.
type outcome struct {
	Cell
	inline []byte
	parts  []cluster.Part
	saves  []*saving
}

// execute takes a run to its end. When ctx ends because the node stops, the run is left to another node.
func (e *engine) execute(ctx context.Context, c *claimed) error {
	waiting := slices.DeleteFunc(slices.Clone(c.Cells), func(x Cell) bool { return x.State.Final() })
	started := make(chan error, 1)
	first := waiting[:min(cellsAtOnce, len(waiting))]
	go func() { // beside compiling, which need not wait for it; the journal keeps the order
		ch := starting(c.ID, time.Now().UTC(), first)
		ch.pool, ch.events = e.quick, append([]Event{{Type: RunChanged, State: Running}}, ch.events...)
		started <- c.flush(context.WithoutCancel(ctx), ch) // a run that is cancelled at this moment ends below
	}()
	final := &tally{left: len(waiting), failed: slices.ContainsFunc(c.Cells, func(x Cell) bool { return x.State == Failed })}
	var prog *program
	var unchecked error
	begin := time.Now()
	if c.attempt <= maxAttempts {
		prog, unchecked = e.check(ctx, c)
	}
	checked := time.Since(begin)
	if err := errors.Join(<-started, unchecked); err != nil {
		return err
	}
	if len(waiting) == 0 {
		return c.flush(context.WithoutCancel(ctx), change{pool: e.db, final: final.state()})
	}
	var g errgroup.Group
	g.SetLimit(cellsAtOnce)
	for i, cell := range waiting {
		g.Go(func() error {
			if i >= len(first) {
				ch := starting(c.ID, time.Now().UTC(), waiting[i:i+1])
				ch.pool = e.quick
				if err := c.flush(ctx, ch); err != nil && ctx.Err() == nil {
					return err
				}
			}
			cell.Stats = &Stats{QueueMS: ms(begin.Sub(c.CreatedAt)), PlanMS: ms(checked)}
			out := e.cell(ctx, c, prog, cell)
			if cause := context.Cause(ctx); out == nil {
				return cause
			}
			return e.finish(context.WithoutCancel(ctx), c, out, final)
		})
	}
	return g.Wait()
}

// starting is what is written when cells start.
func starting(run uuid.UUID, now time.Time, cells []Cell) change {
	var ch change
	for _, cell := range cells {
		ch.events = append(ch.events, Event{Type: CellChanged, Cell: &Cell{CellID: cell.CellID, RunID: run, State: Running, StartedAt: &now}})
	}
	ch.rows = func(b *pgx.Batch) {
		for _, cell := range cells {
			b.Queue(`UPDATE run_cells SET state = 'running', started_at = $3 WHERE run_id = $1 AND cell_id = $2`, run.String(), cell.CellID, now)
		}
	}
	return ch
}

// cell runs one cell; nil when the run was taken from this node.
func (e *engine) cell(ctx context.Context, c *claimed, prog *program, cell Cell) (result *outcome) {
	now := time.Now().UTC()
	out := &outcome{Cell: cell}
	out.StartedAt, out.State = &now, Running
	fail := func(d ...Diagnostic) *outcome {
		out.State, out.Diagnostics = Failed, d
		return out
	}
	defer func() { // a fault of ours fails this cell, and not the server with all the others
		if p := recover(); p != nil {
			e.log.Error("a cell met a fault", "run", c.ID, "cell", cell.CellID, "fault", p, "stack", string(debug.Stack()))
			result = fail(Diagnostic{Code: "DQL9902", Severity: string(source.Error), CellID: cell.CellID,
				Message: "This met a fault of DreamQL's own; the server's log says which."})
		}
	}()
	if prog == nil {
		return fail(Diagnostic{Code: "DQL9901", Severity: string(source.Error), CellID: cell.CellID,
			Message: fmt.Sprintf("This run was given up: the server that ran it stopped %d times.", maxAttempts),
			Help:    "Run it again; if it happens again, the server's log says why it stopped."})
	}
	if cause := context.Cause(ctx); cause != nil { // then what checking found may only be that it was interrupted
		return ended(out, cause)
	}
	out.Stats.Uses = prog.uses(cell.CellID)
	begin := time.Now()
	copied := &copies{outside: e.outside, blobs: e.blobs, prefix: resultPrefix(c.ID, cell.CellID, c.attempt)}
	defer func() {
		if err := copied.drop(context.WithoutCancel(ctx)); err != nil {
			e.log.Warn("copied rows were left behind until the run is removed", "run", c.ID, "error", err)
		}
	}()
	comp, diags := prog.compile(ctx, cell.CellID, c.options.Limit, copied.copy)
	if cause := context.Cause(ctx); cause != nil {
		return ended(out, cause)
	}
	out.Stats.PlanMS += ms(time.Since(begin))
	out.Diagnostics = diags
	if comp == nil {
		return fail(diags...)
	}
	out.Plan = &comp.steps
	if len(comp.saves) > 0 && !c.options.MaySave {
		return fail(append(diags, errMayNotSave(cell.CellID))...)
	}
	if comp.plan == nil && len(comp.saves) == 0 {
		out.State = Succeeded
		out.Result = &ResultInfo{Columns: []Column{}}
		return out
	}
	watch := e.watch(ctx, c, out.Cell)
	submit := func(plan *physical.Plan, prefix string) (*cluster.Result, error) {
		return e.cluster.Submit(ctx, cluster.Job{
			RunID: c.ID.String(), CellID: cell.CellID, Tenant: c.account, Plan: plan, Module: prog.module(e.module),
			Prefix: prefix, Limits: e.limits.Within(cluster.Limits{Time: c.options.Time}), Progress: watch.progress,
		})
	}
	prefix := resultPrefix(c.ID, cell.CellID, c.attempt)
	defer func() {
		if result == nil || result.State != Succeeded {
			e.dropSaves(ctx, out)
		}
	}()
	res, err := (*cluster.Result)(nil), e.stage(ctx, c, out, comp, submit)
	if err == nil && comp.plan != nil {
		res, err = submit(comp.plan, prefix)
	}
	out.Progress = watch.stop()
	switch cause := context.Cause(ctx); {
	case err == nil:
	case cause != nil:
		return ended(out, cause)
	case errors.Is(err, cluster.ErrCancelled):
		return ended(out, errCancelled)
	default:
		out.Stats.failed(err.Error(), comp)
		return fail(append(diags, e.explain(c, cell, prog, err)...)...)
	}
	out.State = Succeeded
	if res == nil { // the last statement is a save; finish knows its version
		out.Result = &ResultInfo{Columns: columnsOf(comp.columns), Rows: int64(len(out.saves))}
		out.Plan.Functions = out.Stats.Functions
		return out
	}
	out.inline, out.parts = res.Inline, res.Parts
	out.Result = &ResultInfo{Columns: columnsOf(res.Columns), Rows: res.Rows, Bytes: int64(len(res.Inline))}
	for _, p := range res.Parts {
		out.Result.Bytes += p.Bytes
	}
	out.Stats.add(res.Stats, comp)
	out.Plan.Explanation = comp.explained(res.Stats.Functions)
	out.Plan.Functions = out.Stats.Functions
	return out
}

// ended is the outcome of a cell that was stopped from outside: nil unless a person did it.
func ended(out *outcome, cause error) *outcome {
	if !errors.Is(cause, errCancelled) {
		return nil
	}
	out.State = Cancelled
	return out
}

// explain says to the author why a plan failed.
func (e *engine) explain(c *claimed, cell Cell, prog *program, err error) []Diagnostic {
	var ds source.Diagnostics
	if errors.As(err, &ds) && len(ds) > 0 {
		found := Located(ds, prog.sources)
		for i := range found {
			said := found[i].Message
			for _, n := range found[i].Notes {
				said += "\n" + n.Message // the traceback is one
			}
			found[i].Notes = append(found[i].Notes, inCell(said, prog.sources)...)
		}
		return found
	}
	var call *udf.CallError
	if !errors.As(err, &call) {
		e.log.Info("a cell failed", "run", c.ID, "cell", cell.CellID, "error", err)
	}
	return []Diagnostic{{Code: "DQL9000", Severity: string(source.Error), Message: err.Error(), CellID: cell.CellID, Notes: inCell(err.Error(), prog.sources)}}
}

// inCell leads to the line of the function cell that failed.
func inCell(message string, sources []Source) []Note {
	cell, line, ok := foreign.Failed(message)
	i := slices.IndexFunc(sources, func(s Source) bool { return s.ID == cell })
	if !ok || i < 0 {
		return nil
	}
	start, text := 0, sources[i].Text
	for range line - 1 {
		n := strings.IndexByte(text[start:], '\n')
		if n < 0 {
			break
		}
		start += n + 1
	}
	stop := start
	for stop < len(text) && text[stop] != '\n' {
		stop++
	}
	_, at := place(source.Span{File: source.FileID(i), Start: start, End: max(stop, 1)}, sources)
	return []Note{{Message: "it failed in this function cell", CellID: cell, Range: at}}
}

// finish commits the end of a cell, and with the last one the end of the run.
func (e *engine) finish(ctx context.Context, c *claimed, out *outcome, t *tally) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return e.commit(ctx, c, out, t)
}

// commit is finish, for one cell at a time.
func (e *engine) commit(ctx context.Context, c *claimed, out *outcome, t *tally) error {
	left, failed, cancelled := t.left, t.failed, t.cancelled
	t.add(out.State)
	now := time.Now().UTC()
	out.FinishedAt = &now
	out.Stats.TotalMS = ms(now.Sub(c.CreatedAt))
	tasks := Progress{}
	if out.Progress != nil {
		tasks = *out.Progress
	}
	brief := out.Cell // an event carries what a page shows at once; the plan and the text are fetched
	brief.Plan, brief.Source = nil, ""
	diagnostics := out.Diagnostics
	if diagnostics == nil {
		diagnostics = []Diagnostic{}
	}
	ch := change{pool: e.db, events: []Event{{Type: CellChanged, Cell: &brief}}, rows: func(b *pgx.Batch) {
		var result *string
		if out.Result != nil {
			s := stored(manifest{Info: *out.Result, Parts: out.parts})
			result = &s
		}
		b.Queue(`UPDATE run_cells SET state = $3, diagnostics = $4, plan = $5, stats = $6, result = $7, inline = $8, tasks = $9, tasks_done = $10,
				started_at = $11, finished_at = $12 WHERE run_id = $1 AND cell_id = $2`,
			c.ID.String(), out.CellID, out.State, stored(diagnostics), stored(out.Plan), stored(out.Stats), result, out.inline,
			tasks.TasksTotal, tasks.TasksDone, out.StartedAt, now)
	}}
	if len(out.saves) > 0 && out.State == Succeeded {
		ch.within = func(tx pgx.Tx) error { return e.commitSaves(ctx, tx, c, out) }
	}
	if t.left == 0 {
		ch.final = t.state()
	}
	if err := c.flush(ctx, ch); err != nil {
		var refused *problem.Problem
		if !errors.As(err, &refused) && !errors.Is(err, errLeaseLost) {
			return err // it may have been committed
		}
		e.dropSaves(ctx, out)
		if refused == nil {
			return err
		}
		// Somebody else changed the dataset meanwhile: the cell has failed, and nothing of it is there.
		t.left, t.failed, t.cancelled = left, failed, cancelled
		out.State, out.Result, out.inline, out.parts, out.saves = Failed, nil, nil, nil, nil
		out.Diagnostics = append(out.Diagnostics, errSaveRefused(out.CellID, refused))
		return e.commit(ctx, c, out, t)
	}
	if e.ended.Cell != nil {
		e.ended.Cell(&out.Cell)
	}
	if e.ended.Run != nil && ch.final != "" {
		e.ended.Run(ch.final)
	}
	return nil
}

// tally makes the state of a run of those of its cells.
type tally struct {
	mu                sync.Mutex
	left              int
	failed, cancelled bool
}

func (t *tally) add(s State) {
	t.left--
	t.failed = t.failed || s == Failed
	t.cancelled = t.cancelled || s == Cancelled
}

func (t *tally) state() State {
	switch {
	case t.cancelled:
		return Cancelled
	case t.failed:
		return Failed
	}
	return Succeeded
}

// watcher turns the cluster's progress into events, a few each second.
type watcher struct {
	now   atomic.Pointer[Progress]
	end   chan struct{}
	ended chan struct{}
}

func (e *engine) watch(ctx context.Context, c *claimed, cell Cell) *watcher {
	w := &watcher{end: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		t := time.NewTimer(firstProgress)
		defer t.Stop()
		var told *Progress
		for {
			select {
			case <-w.end:
				return
			case <-t.C:
			}
			p := w.now.Load()
			t.Reset(progressEvery)
			if p == nil {
				t.Reset(firstProgress) // the tasks have not been counted yet
				continue
			}
			if told != nil && *told == *p {
				continue
			}
			told = p
			brief := Cell{CellID: cell.CellID, RunID: c.ID, State: Running, Progress: p, StartedAt: cell.StartedAt}
			err := c.flush(ctx, change{pool: e.quick, events: []Event{{Type: CellProgress, Cell: &brief}}, rows: func(b *pgx.Batch) {
				b.Queue(`UPDATE run_cells SET tasks = $3, tasks_done = $4 WHERE run_id = $1 AND cell_id = $2`,
					c.ID.String(), cell.CellID, p.TasksTotal, p.TasksDone)
			}})
			if err != nil && ctx.Err() == nil {
				e.log.Warn("progress was not recorded", "run", c.ID, "error", err)
			}
		}
	}()
	return w
}

func (w *watcher) progress(p cluster.Progress) {
	w.now.Store(&Progress{TasksDone: p.Done, TasksTotal: p.Total})
}

func (w *watcher) stop() *Progress {
	close(w.end)
	<-w.ended
	return w.now.Load()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
