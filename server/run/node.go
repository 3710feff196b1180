package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	lease      = 10 * time.Second
	renewEvery = 3 * time.Second
	reconcile  = 2 * time.Second
	maxRuns    = 256  // at a time on one node; the others wait in the queue
	maxWaiting = 1000 // of one account, that wait in a node's memory; the reconciler comes back to others
)

var errCancelled = errors.New("cancelled by a person")

// node takes runs from the queue and executes them.
type node struct {
	name    string
	db      *pgxpool.Pool
	quick   *pgxpool.Pool // commits without waiting for the disk: for what a crash may undo
	queue   queue
	hub     *hub
	log     *slog.Logger
	execute func(context.Context, *claimed) error

	slots chan struct{}
	most  int // runs of one account
	work  sync.WaitGroup
	mu    sync.Mutex
	turns map[string]*turns // by account, while it has runs here
	owned map[uuid.UUID]context.CancelCauseFunc
}

// run works until ctx ends, then stops what it runs, so that another node takes it over at once.
func (n *node) run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() {
		n.queue.consume(ctx, func(id uuid.UUID, account string) { n.start(ctx, id, account) })
	})
	loops.Go(func() { n.every(ctx, renewEvery, n.renew) })
	loops.Go(func() { n.every(ctx, reconcile, n.reconcile) })
	loops.Wait()
	n.work.Wait()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if _, err := n.db.Exec(late, `UPDATE runs SET lease_until = now() WHERE lease_owner = $1 AND state = 'running'`, n.name); err != nil {
		n.log.Warn("leases were not given back and will lapse", "error", err)
	}
}

func (n *node) every(ctx context.Context, d time.Duration, do func(context.Context) error) {
	for wait(ctx, d); ctx.Err() == nil; wait(ctx, d) {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("runs could not be looked after; trying again", "error", err)
		}
	}
}

// turns are the runs of an account on this node.
type turns struct {
	running int
	waiting []uuid.UUID // in order; each starts when another ends
}

// start takes a run in the background, if there is a slot and its account has not too many already; else the end of another of the
// account's comes back to it, or the reconciler.
func (n *node) start(ctx context.Context, id uuid.UUID, account string) {
	n.mu.Lock()
	t := n.turns[account]
	if t == nil {
		t = &turns{}
		n.turns[account] = t
	}
	if t.running >= n.most {
		if len(t.waiting) < maxWaiting && !slices.Contains(t.waiting, id) {
			t.waiting = append(t.waiting, id)
		}
		n.mu.Unlock()
		return
	}
	t.running++
	n.mu.Unlock()
	select {
	case n.slots <- struct{}{}:
	default:
		n.ended(account)
		return
	}
	n.work.Go(func() {
		defer func() {
			<-n.slots
			if next, ok := n.ended(account); ok && ctx.Err() == nil {
				n.start(ctx, next, account)
			}
		}()
		if err := n.take(ctx, id); err != nil && ctx.Err() == nil {
			n.log.Error("a run was left for later", "run", id, "error", err)
			n.giveBack(ctx, id)
		}
	})
}

// ended notes that a run of an account has ended, and returns the one whose turn it is.
func (n *node) ended(account string) (next uuid.UUID, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.turns[account]
	t.running--
	if len(t.waiting) > 0 {
		next, ok, t.waiting = t.waiting[0], true, t.waiting[1:]
	}
	if t.running == 0 && len(t.waiting) == 0 {
		delete(n.turns, account)
	}
	return next, ok
}

// giveBack lets a run that could not be ended be taken again at once, by this node or another.
func (n *node) giveBack(ctx context.Context, id uuid.UUID) {
	_, err := n.db.Exec(ctx, `UPDATE runs SET lease_until = now() WHERE id = $1 AND lease_owner = $2 AND state = 'running'`, id.String(), n.name)
	if err != nil && ctx.Err() == nil {
		n.log.Warn("a lease was not given back and will lapse", "run", id, "error", err)
	}
}

func (n *node) take(ctx context.Context, id uuid.UUID) (err error) {
	// A fault of ours in one run must not end the server with all the others.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a fault: %v\n%s", p, debug.Stack())
		}
	}()
	c, err := claim(ctx, n.quick, id, n.name, lease, n.hub)
	if err != nil || c == nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n.mu.Lock()
	n.owned[id] = cancel
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.owned, id)
	}()
	if c.cancelled {
		cancel(errCancelled)
	}
	err = n.execute(ctx, c)
	if errors.Is(err, errLeaseLost) {
		n.log.Warn("a run was taken over by another node", "run", id)
		return nil
	}
	return err
}

// cancel stops a run that this node owns.
func (n *node) cancel(id uuid.UUID, cause error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if stop := n.owned[id]; stop != nil {
		stop(cause)
	}
}

// renew keeps the leases of this node's runs, and finds those that were cancelled or taken over.
func (n *node) renew(ctx context.Context) error {
	n.mu.Lock()
	lost := make(map[uuid.UUID]bool, len(n.owned))
	var ids []string
	for id := range n.owned {
		lost[id] = true
		ids = append(ids, id.String())
	}
	n.mu.Unlock()
	if len(lost) == 0 {
		return nil
	}
	rows, err := n.quick.Query(ctx, `UPDATE runs SET lease_until = now() + $2::interval WHERE lease_owner = $1 AND state = 'running' AND id = ANY($3)
		RETURNING id, cancel_asked_at IS NOT NULL`, n.name, lease, ids)
	if err != nil {
		return err
	}
	var text string
	var asked bool
	_, err = pgx.ForEachRow(rows, []any{&text, &asked}, func() error {
		id, err := uuid.Parse(text)
		delete(lost, id)
		if asked {
			n.cancel(id, errCancelled)
		}
		return err
	})
	if err != nil {
		return err
	}
	for id := range lost {
		if still := n.stillRunning(ctx, id); !still {
			n.cancel(id, errLeaseLost)
		}
	}
	return nil
}

// stillRunning tells a run that was claimed or finished while renew was looking from one that another node owns.
func (n *node) stillRunning(ctx context.Context, id uuid.UUID) bool {
	var owner string
	err := n.db.QueryRow(ctx, `SELECT coalesce(lease_owner, '') FROM runs WHERE id = $1`, id.String()).Scan(&owner)
	return err != nil && !errors.Is(err, pgx.ErrNoRows) || owner == n.name
}

// reconcile sends a hint again for every run that nobody works on.
func (n *node) reconcile(ctx context.Context) error {
	rows, err := n.db.Query(ctx, `SELECT id, created_by FROM runs WHERE state = 'queued' AND created_at < now() - interval '1 second'
		OR state = 'running' AND lease_until < now() ORDER BY row_number() OVER (PARTITION BY created_by ORDER BY created_at), created_at LIMIT 100`)
	if err != nil {
		return err
	}
	type waiting struct{ ID, Account string }
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[waiting])
	if err != nil {
		return err
	}
	for _, w := range found {
		id, err := uuid.Parse(w.ID)
		if err != nil {
			return err
		}
		if n.queue.hint(ctx, id, w.Account) != nil {
			n.start(ctx, id, w.Account) // no Redis: this node does it
		}
	}
	return nil
}
