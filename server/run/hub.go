package run

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// hub brings events from the nodes that make them to whoever watches a run: at once within this process, over Redis
// from another. It is quick and may lose events, so watchers check the table when nothing has come for a while.
type hub struct {
	redis   redis.UniversalClient
	channel string
	log     *slog.Logger

	mu       sync.Mutex
	watchers map[uuid.UUID]map[chan Event]bool
}

func newHub(r redis.UniversalClient, prefix string, log *slog.Logger) *hub {
	return &hub{redis: r, channel: prefix + ":events", log: log, watchers: map[uuid.UUID]map[chan Event]bool{}}
}

// listen delivers the events of other processes until ctx ends.
func (h *hub) listen(ctx context.Context) {
	sub := h.redis.Subscribe(ctx, h.channel)
	defer sub.Close()
	in := sub.Channel(redis.WithChannelSize(1000)) // it reconnects by itself
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-in:
			if !ok {
				return
			}
			var e Event
			if err := json.Unmarshal([]byte(m.Payload), &e); err != nil {
				h.log.Warn("an event could not be read", "error", err)
				continue
			}
			h.deliver(e)
		}
	}
}

// publish announces events that have been committed.
func (h *hub) publish(ctx context.Context, events ...Event) {
	for _, e := range events {
		h.deliver(e)
	}
	pipe := h.redis.Pipeline()
	for _, e := range events {
		pipe.Publish(ctx, h.channel, mustJSON(e))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		h.log.Warn("events were not sent to other processes, which will find them in the database", "error", err)
	}
}

// deliver never waits: a watcher that is too slow misses events, sees the gap in seq, and reads the table.
func (h *hub) deliver(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers[e.RunID] {
		select {
		case c <- e:
		default:
		}
	}
}

// watch returns a channel of the events of a run from now on, some perhaps twice, and a function to call at the end.
func (h *hub) watch(id uuid.UUID) (<-chan Event, func()) {
	c := make(chan Event, 64)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[id] == nil {
		h.watchers[id] = map[chan Event]bool{}
	}
	h.watchers[id][c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[id], c)
		if len(h.watchers[id]) == 0 {
			delete(h.watchers, id)
		}
	}
}
