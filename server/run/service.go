package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/problem"
)

// MaxSource is the longest text of a query, in bytes.
const MaxSource = 1 << 20

// Config is what the service works with.
type Config struct {
	DB       *pgxpool.Pool
	Quick    *pgxpool.Pool // the same database, with synchronous_commit off
	Redis    redis.UniversalClient
	Prefix   string // of keys in Redis
	Blobs    *storage.Blobs
	Catalog  catalog.Catalog
	Locks    *lock.Locks    // what imports mean
	Datasets *dataset.Store // what saves write to
	Outside  dataset.Outside
	Cluster  Cluster
	Modules  Modules                                                  // of function cells
	Module   func(ctx context.Context, digest string) ([]byte, error) // code of published functions
	Limits   cluster.Limits
	Runs     int // of one account at a time; as many as there can be if 0
	Ended    Ended
	Log      *slog.Logger
}

// Ended is told of ends, for statistics; nil functions are not called.
type Ended struct {
	Run  func(State)
	Cell func(*Cell)
}

// Service makes runs, executes them, and tells of them. Safe for concurrent use.
type Service struct {
	config Config
	store  store
	hub    *hub
	queue  queue
	node   *node
}

// New returns the service; Work makes it execute.
func New(c Config) *Service {
	name := "node-" + uuid.NewString()
	s := &Service{config: c, store: store{c.DB}, hub: newHub(c.Redis, c.Prefix, c.Log)}
	s.queue = queue{redis: c.Redis, stream: c.Prefix + ":runs", consumer: name, log: c.Log}
	e := &engine{db: c.DB, quick: c.Quick, catalog: c.Catalog, locks: c.Locks, datasets: c.Datasets, outside: c.Outside, blobs: c.Blobs, cluster: c.Cluster, modules: c.Modules, module: c.Module, limits: c.Limits, ended: c.Ended, log: c.Log}
	if c.Runs <= 0 {
		c.Runs = maxRuns
	}
	s.node = &node{name: name, db: c.DB, quick: c.Quick, queue: s.queue, hub: s.hub, log: c.Log, execute: e.execute,
		slots: make(chan struct{}, maxRuns), most: c.Runs, turns: map[string]*turns{}, owned: map[uuid.UUID]context.CancelCauseFunc{}}
	return s
}

// Work executes runs and delivers events until ctx ends.
func (s *Service) Work(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { s.hub.listen(ctx) })
	all.Go(func() { s.cancels(ctx) })
	all.Go(func() { s.node.run(ctx) })
	all.Go(func() { s.node.every(ctx, time.Minute, s.Clean) })
	all.Wait()
}

// Create makes a run of cells and returns at once.
func (s *Service) Create(ctx context.Context, who *account.Identity, r Request) (*Run, error) {
	cells := r.Sources
	if len(r.Cells) > 0 {
		cells = nil
		for _, id := range r.Cells {
			i := slices.IndexFunc(r.Sources, func(c Source) bool { return c.ID == id })
			if i < 0 {
				return nil, problem.New(problem.InvalidRequest, "The saved notebook has no query or function cell %.64q. Save it first, or read it again.", id)
			}
			if !slices.Contains(cells, r.Sources[i]) {
				cells = append(cells, r.Sources[i])
			}
		}
	}
	if len(cells) == 0 {
		return nil, problem.New(problem.InvalidRequest, "There is nothing to run: the notebook has no query cell.")
	}
	for _, c := range r.Sources {
		if err := CheckSource(c.Text); err != nil {
			return nil, err
		}
	}
	if n := len(stored(r.Params)); n > MaxSource {
		return nil, problem.New(problem.TooLarge, "The params have %d bytes; they may have %d. Upload data as a dataset.", n, MaxSource)
	}
	if strings.Contains(string(mustJSON(r.Params)), `\u0000`) {
		return nil, problem.New(problem.InvalidRequest, "A param holds a NUL character, which cannot be stored. Take it out.")
	}
	run, err := s.store.create(ctx, who, r, cells)
	if err != nil {
		return nil, err
	}
	if err := s.queue.hint(ctx, run.ID, who.AccountID); err != nil {
		s.config.Log.Warn("no hint could be queued; the reconciler will find the run", "run", run.ID, "error", err)
	}
	return run, nil
}

// CheckSource refuses a text that no query can be.
func CheckSource(text string) error {
	switch {
	case len(text) > MaxSource:
		return problem.New(problem.TooLarge, "The query text has %d bytes; it may have %d (1 MiB). Upload data as a dataset rather than writing it into a query.", len(text), MaxSource)
	case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
		return problem.New(problem.InvalidRequest, "The query text must be UTF-8 without NUL characters.")
	}
	return nil
}

// Get returns a run.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (*Run, error) { return s.store.get(ctx, id) }

// List returns the runs of a notebook, the newest first, and the cursor of the next page.
func (s *Service) List(ctx context.Context, notebook uuid.UUID, cursor string, limit int) ([]*Run, string, error) {
	return s.store.list(ctx, notebook, cursor, limit)
}

// Newest returns the newest finished run of each cell of a notebook, and the runs that are going on.
func (s *Service) Newest(ctx context.Context, notebook uuid.UUID) ([]Cell, []*Run, error) {
	return s.store.newest(ctx, notebook)
}

// Unfinished counts the runs that have not ended, by state.
func (s *Service) Unfinished(ctx context.Context) (map[string]int, error) {
	return s.store.unfinished(ctx)
}

// Result returns the stored rows of a cell.
func (s *Service) Result(ctx context.Context, run uuid.UUID, cell string) (*Result, error) {
	return s.store.result(ctx, s.config.Blobs, run, cell)
}

// ErrIdle is yielded by Events when nothing has happened for a while, for whoever wants to show that the line is alive.
var ErrIdle = errors.New("no event for a while")

// Events yields the events of a run after seq, those to come included, up to the last. It ends early with ctx.
func (s *Service) Events(ctx context.Context, id uuid.UUID, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		live, stop := s.hub.watch(id) // before the table is read, so that no event falls between
		defer stop()
		if _, err := s.store.get(ctx, id); err != nil {
			yield(Event{}, err)
			return
		}
		idle := time.NewTicker(2 * time.Second)
		defer idle.Stop()
		for quiet := 0; ; {
			past, err := s.store.events(ctx, id, after)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range past {
				quiet, after = 0, e.Seq
				if !yield(e, nil) || e.Last() {
					return
				}
			}
			// Live events as long as they follow each other; the table again after a gap or silence.
			for again := false; !again; {
				select {
				case <-ctx.Done():
					return
				case e := <-live:
					switch {
					case e.Seq <= after:
					case e.Seq > after+1:
						again = true
					default:
						quiet, after = 0, e.Seq
						if !yield(e, nil) || e.Last() {
							return
						}
					}
				case <-idle.C:
					again = true
					if quiet++; quiet%5 == 0 && !yield(Event{}, ErrIdle) {
						return
					}
				}
			}
		}
	}
}

// Wait returns a run once it has ended.
func (s *Service) Wait(ctx context.Context, id uuid.UUID) (*Run, error) {
	for e, err := range s.Events(ctx, id, 0) {
		if err != nil && !errors.Is(err, ErrIdle) {
			return nil, err
		}
		if err == nil && e.Last() {
			return s.store.get(ctx, id)
		}
	}
	return nil, context.Cause(ctx)
}

// Cancel stops a run; one that has ended stays as it is.
func (s *Service) Cancel(ctx context.Context, id uuid.UUID) (*Run, error) {
	err := pgx.BeginFunc(ctx, s.config.DB, func(tx pgx.Tx) error {
		var state State
		var seq int64
		err := tx.QueryRow(ctx, `UPDATE runs SET cancel_asked_at = coalesce(cancel_asked_at, now()) WHERE id = $1 RETURNING state, last_event`, id.String()).Scan(&state, &seq)
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound(id)
		}
		if err != nil || state != Queued {
			return err
		}
		// Nobody works on it yet, so nobody else will write its end.
		b := &pgx.Batch{}
		b.Queue(`UPDATE run_cells SET state = 'cancelled', finished_at = now() WHERE run_id = $1`, id.String())
		b.Queue(`UPDATE runs SET state = 'cancelled', finished_at = now(), last_event = last_event + 1 WHERE id = $1`, id.String())
		queueEvent(b, Event{Seq: seq + 1, Type: RunChanged, RunID: id, At: time.Now().UTC(), State: Cancelled})
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return nil, err
	}
	s.node.cancel(id, errCancelled)
	if err := s.config.Redis.Publish(ctx, s.cancelChannel(), id.String()).Err(); err != nil {
		s.config.Log.Warn("other nodes were not told of a cancelled run and will see it when they renew its lease", "run", id, "error", err)
	}
	return s.store.get(ctx, id)
}

func (s *Service) cancelChannel() string { return s.config.Prefix + ":cancel" }

// cancels stops the runs of this node that were cancelled at another.
func (s *Service) cancels(ctx context.Context) {
	sub := s.config.Redis.Subscribe(ctx, s.cancelChannel())
	defer sub.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-sub.Channel():
			if !ok {
				return
			}
			if id, err := uuid.Parse(m.Payload); err == nil {
				s.node.cancel(id, errCancelled)
			}
		}
	}
}

// Checked is what can be said of a program without running it.
type Checked struct {
	Diagnostics []Diagnostic
	Cells       []CheckedCell
}

// CheckedCell is whether a cell could run, and the columns it would have.
type CheckedCell struct {
	ID      string
	OK      bool
	Columns []Column // nil if it has no result
}

// Check checks the query cells of a notebook; by its lock, if it is named.
func (s *Service) Check(ctx context.Context, notebook *uuid.UUID, sources []Source, params map[string]json.RawMessage) (*Checked, error) {
	p, err := s.check(ctx, notebook, nil, sources, params)
	if err != nil {
		return nil, err
	}
	out := &Checked{Diagnostics: p.diags}
	for i, src := range sources {
		c := CheckedCell{ID: src.ID, OK: !failed(p.about(src.ID))}
		if cols := p.result.Cells[i].Columns; cols != nil {
			c.Columns = columnsOf(cols)
		}
		out.Cells = append(out.Cells, c)
	}
	return out, nil
}

// Explain plans a cell without running it.
func (s *Service) Explain(ctx context.Context, notebook *uuid.UUID, sources []Source, cell string, params map[string]json.RawMessage) (*Plan, error) {
	p, err := s.check(ctx, notebook, s.config.Modules.of(notebook), sources, params)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(sources, func(c Source) bool { return c.ID == cell }) {
		return nil, problem.New(problem.InvalidRequest, "There is no cell %.64q to explain. Name one of the query cells that are sent.", cell)
	}
	c, diags := p.compile(ctx, cell, nil, nil)
	if c == nil {
		return nil, Invalid(diags)
	}
	return &c.steps, nil
}

func (s *Service) check(ctx context.Context, notebook *uuid.UUID, find finder, sources []Source, params map[string]json.RawMessage) (*program, error) {
	if len(sources) == 0 {
		return nil, problem.New(problem.InvalidRequest, "There is nothing to check: send source, or cells with a query among them.")
	}
	for _, src := range sources {
		if err := CheckSource(src.Text); err != nil {
			return nil, err
		}
	}
	return checkProgram(ctx, s.config.Catalog, by(s.config.Locks, notebook, false), find, sources, params)
}

// Invalid is the problem of a query that has errors.
func Invalid(ds []Diagnostic) error {
	detail := "See diagnostics."
	for _, d := range ds {
		if d.Severity != "error" {
			continue
		}
		detail = problem.Sentences(d.Message, d.Help)
		if d.Range != nil {
			detail = fmt.Sprintf("Line %d, column %d: %s", d.Range.Line, d.Range.Column, problem.Ended(d.Message))
			if d.Help != "" {
				detail += " " + problem.Sentences(d.Help)
			}
		}
		break
	}
	return &InvalidQuery{Problem: problem.New(problem.InvalidQuery, "%s", detail), Diagnostics: ds}
}

// InvalidQuery is a problem with the places of its errors.
type InvalidQuery struct {
	*problem.Problem
	Diagnostics []Diagnostic
}

func (e *InvalidQuery) Unwrap() error { return e.Problem }
