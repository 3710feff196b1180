package run

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errLeaseLost ends the work of a node on a run that another node has taken over.
var errLeaseLost = errors.New("another node has taken this run over")

// claimed is a run that this node owns. Everything that the node writes about it goes through flush, in order.
type claimed struct {
	*Run
	account string
	sources []Source
	options options
	attempt int
	owner   string

	cancelled bool // somebody asked for its end before it was claimed
	hub       *hub

	mu  sync.Mutex
	seq int64
}

// change is what one flush writes.
type change struct {
	pool   *pgxpool.Pool
	events []Event            // their seq, run and time are set here
	within func(pgx.Tx) error // done first in the transaction; nil for nothing
	rows   func(*pgx.Batch)   // what else to write; nil for nothing
	final  State              // ends the run; "" leaves it running
}

// flush commits a change and announces its events, unless the lease is lost: then nothing is written.
func (c *claimed) flush(ctx context.Context, ch change) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now().UTC()
	if ch.final != "" {
		ch.events = append(ch.events, Event{Type: RunChanged, State: ch.final})
	}
	for i := range ch.events {
		ch.events[i].Seq, ch.events[i].RunID, ch.events[i].At = c.seq+int64(i)+1, c.ID, now
	}
	err := pgx.BeginFunc(ctx, ch.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE runs SET last_event = $4, state = coalesce(nullif($5, ''), state),
				finished_at = CASE WHEN $5 <> '' THEN $6::timestamptz END
			WHERE id = $1 AND lease_owner = $2 AND attempt = $3 AND state = 'running'`,
			c.ID.String(), c.owner, c.attempt, c.seq+int64(len(ch.events)), string(ch.final), now)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errLeaseLost
		}
		if ch.within != nil {
			if err := ch.within(tx); err != nil {
				return err
			}
		}
		b := &pgx.Batch{}
		if ch.rows != nil {
			ch.rows(b)
		}
		for _, e := range ch.events {
			queueEvent(b, e)
		}
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return err
	}
	c.seq += int64(len(ch.events))
	c.hub.publish(ctx, ch.events...)
	return nil
}

// claim takes a run that is queued, or whose node let its lease lapse; nil if there is nothing to take.
func claim(ctx context.Context, db *pgxpool.Pool, id uuid.UUID, owner string, lease time.Duration, h *hub) (*claimed, error) {
	c := &claimed{owner: owner, hub: h, Run: &Run{ID: id}}
	var notebook *string
	err := db.QueryRow(ctx, `UPDATE runs SET state = 'running', lease_owner = $2, lease_until = now() + $3::interval, attempt = attempt + 1,
			started_at = coalesce(started_at, now())
		WHERE id = $1 AND (state = 'queued' OR state = 'running' AND lease_until < now())
		RETURNING attempt, last_event, created_by, options, notebook_id, created_at, cancel_asked_at IS NOT NULL`, id.String(), owner, lease).
		Scan(&c.attempt, &c.seq, &c.account, &c.options, &notebook, &c.CreatedAt, &c.cancelled)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if notebook != nil {
		n, err := uuid.Parse(*notebook)
		if err != nil {
			return nil, err
		}
		c.NotebookID = &n
	}
	c.sources = c.options.Sources
	return c, store{db}.fill(ctx, []*Run{c.Run})
}
