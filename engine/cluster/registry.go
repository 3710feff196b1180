package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// register records a sign of life of worker ARGV[1] with info ARGV[2] (none if the name is empty, leaving if the info is),
// forgets the long dead, and returns the infos of those heard of within ARGV[3] ms. It uses Redis's clock, because the
// clocks of machines differ, and no expiry, which an in-process Redis does not do by itself.
var register = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[1] ~= '' then
  if ARGV[2] == '' then
    redis.call('ZREM', KEYS[1], ARGV[1])
    redis.call('HDEL', KEYS[2], ARGV[1])
  else
    redis.call('ZADD', KEYS[1], now, ARGV[1])
    redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  end
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 60000)) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HDEL', KEYS[2], name)
end
local live = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[3], '+inf')) do
  local info = redis.call('HGET', KEYS[2], name)
  if info then live[#live + 1] = info end
end
return live
`)

// signOfLife registers a worker, or with an empty name only asks, and returns the live ones by name.
func (c Config) signOfLife(ctx context.Context, name, info string) ([]WorkerInfo, error) {
	k := keys(c.Prefix)
	raw, err := register.Run(ctx, c.Redis, []string{k.workers(), k.workersInfo()}, name, info, workerAlive.Milliseconds()).StringSlice()
	if err != nil {
		return nil, err
	}
	var live []WorkerInfo
	for _, r := range raw {
		var w WorkerInfo
		if json.Unmarshal([]byte(r), &w) == nil {
			live = append(live, w)
		}
	}
	slices.SortFunc(live, func(a, b WorkerInfo) int { return strings.Compare(a.Name, b.Name) })
	return active(live), nil
}

// active leaves out workers on standby, unless there are no others.
func active(live []WorkerInfo) []WorkerInfo {
	var out []WorkerInfo
	for _, w := range live {
		if !w.Standby {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return live
	}
	return out
}

// makeGroup creates the tasks stream's group. Entries that are there already will be delivered.
func (c Config) makeGroup(ctx context.Context) error {
	err := c.Redis.XGroupCreateMkStream(ctx, keys(c.Prefix).tasks(), group, "0").Err()
	if err != nil && strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return nil
	}
	return err
}

// pause waits after an error of Redis, so that an outage does not become a tight loop; it is false when ctx has ended.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(100 * time.Millisecond):
		return true
	}
}

func isNil(err error) bool { return errors.Is(err, redis.Nil) }
