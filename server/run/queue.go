package run

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

// queue is a Redis stream of hints that a run waits. An entry is delivered once and may be lost: the reconciler sends the
// hint again for a run that nobody took.
type queue struct {
	redis    redis.UniversalClient
	stream   string
	consumer string
	log      *slog.Logger
}

const group = "nodes"

// hint says that a run of an account waits.
func (q queue) hint(ctx context.Context, id uuid.UUID, account string) error {
	return q.redis.XAdd(ctx, &redis.XAddArgs{Stream: q.stream, MaxLen: 10_000, Approx: true, Values: []string{"run", id.String(), "account", account}}).Err()
}

// consume calls take for every hint until ctx ends.
func (q queue) consume(ctx context.Context, take func(id uuid.UUID, account string)) {
	for ctx.Err() == nil {
		// NoAck: a hint has no second life. The block is short because go-redis does not interrupt it.
		streams, err := q.redis.XReadGroup(ctx, &redis.XReadGroupArgs{Group: group, Consumer: q.consumer, Streams: []string{q.stream, ">"}, Count: 64, Block: time.Second, NoAck: true}).Result()
		switch {
		case err == nil:
		case errors.Is(err, redis.Nil) || ctx.Err() != nil:
			continue
		case strings.HasPrefix(err.Error(), "NOGROUP"):
			// At the first start, and after a loss of Redis.
			if err := q.redis.XGroupCreateMkStream(ctx, q.stream, group, "0").Err(); err == nil || strings.HasPrefix(err.Error(), "BUSYGROUP") {
				continue
			}
			fallthrough
		default:
			q.log.Warn("the queue of runs cannot be read; trying again", "error", err)
			wait(ctx, 500*time.Millisecond)
			continue
		}
		for _, s := range streams {
			for _, m := range s.Messages {
				text, _ := m.Values["run"].(string)
				account, _ := m.Values["account"].(string)
				if id, err := uuid.Parse(text); err == nil {
					take(id, account)
				}
			}
		}
	}
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
