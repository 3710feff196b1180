package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/storage"
)

// ErrCancelled is what Submit returns for a job that Cancel ended.
var ErrCancelled = errors.New("the run was cancelled")

// Config is what coordinators and workers of one cluster share.
type Config struct {
	Redis  redis.UniversalClient
	Prefix string         // of all keys, for example "dreamql"; clusters with different prefixes do not see each other
	Secret string         // proves to a worker that a reader of outputs belongs to the cluster
	Blobs  *storage.Blobs // segments, modules and results
	Log    *slog.Logger   // nil: slog.Default
	// Parts is how many parts of the queries of one share may be under way at a time, from one coordinator; those that are under way
	// for less than a second fill at most half of it. Twice the slots of all workers if 0.
	Parts int
}

func (c *Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.Default()
	}
	return c.Log
}

// Coordinator runs jobs. Safe for concurrent use; one a process.
type Coordinator struct {
	config Config
	keys   keys
	id     string
	ctx    context.Context // ends at Close
	stop   context.CancelFunc
	wait   sync.WaitGroup

	mu      sync.Mutex
	jobs    map[string]*job // by job.id
	workers []WorkerInfo    // at the last look
	modules map[string]bool // digests that the blob store has
	epoch   string
	resumed time.Time // when Redis was last found to answer again
	shares  map[string]*share
}

// NewCoordinator connects to the cluster; it works until Close.
func NewCoordinator(ctx context.Context, c Config) (*Coordinator, error) {
	k := &Coordinator{config: c, keys: keys(c.Prefix), id: uuid.NewString(), jobs: map[string]*job{}, modules: map[string]bool{}, shares: map[string]*share{}}
	k.ctx, k.stop = context.WithCancel(context.Background())
	if err := c.makeGroup(ctx); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if err := k.look(ctx); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	controls := c.Redis.Subscribe(ctx, k.keys.control())
	if _, err := controls.Receive(ctx); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	k.wait.Go(k.readReports)
	k.wait.Go(k.watch)
	k.wait.Go(func() { k.readControls(controls) })
	return k, nil
}

// Close cancels what runs and leaves the cluster.
func (c *Coordinator) Close() error {
	c.stop()
	c.wait.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return c.config.Redis.Del(ctx, c.keys.reports(c.id)).Err()
}

// Submit runs a job and waits for its result. Its error is ErrCancelled, the context's error, or says why the run failed
// in words for the author of the query; then errors.As finds source.Diagnostics or a *udf.CallError where there are some.
// When ctx ends, the job's tasks are cancelled on every worker.
func (c *Coordinator) Submit(ctx context.Context, in Job) (*Result, error) {
	start := time.Now()
	if err := c.storeModules(ctx, in); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.ctx, func() { cancel(errors.New("the server is closing")) })()
	j := newJob(c, in, cancel)
	c.mu.Lock()
	c.jobs[j.id] = j
	c.mu.Unlock()
	err := func() error {
		defer j.leaveAll()
		defer func() { // also when a fault ends run: nobody may wait for a job that nobody drives
			c.mu.Lock()
			delete(c.jobs, j.id)
			c.mu.Unlock()
			close(j.ended)
		}()
		return j.run(ctx)
	}()
	var res *Result
	if err == nil {
		res, err = j.result(ctx)
	}
	j.cleanUp(err != nil)
	if err != nil {
		return nil, err
	}
	res.Stats.ExecMS = float64(time.Since(start).Microseconds()) / 1000
	return res, nil
}

// storeModules puts code where workers find it.
func (c *Coordinator) storeModules(ctx context.Context, in Job) error {
	for _, m := range in.Plan.Modules {
		c.mu.Lock()
		known := c.modules[m.Digest]
		c.mu.Unlock()
		if known {
			continue
		}
		key := c.keys.module(m.Digest)
		if _, err := c.config.Blobs.Size(ctx, key); errors.Is(err, storage.ErrNoBlob) {
			code, err := in.Module(ctx, m.Digest)
			if err != nil {
				return fmt.Errorf("the code of a function: %w", err)
			}
			if err := c.config.Blobs.Put(ctx, key, bytes.NewReader(code)); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		c.mu.Lock()
		c.modules[m.Digest] = true
		c.mu.Unlock()
	}
	return nil
}

// Cancel ends the jobs of a run (all its cells if cell is ""), whichever coordinator submitted them; executors are
// killed within a second. Cancelling what does not run is no error.
func (c *Coordinator) Cancel(ctx context.Context, run, cell string) error {
	c.cancel(jobName{run, cell})
	return c.config.Redis.Publish(ctx, c.keys.control(), encode(control{Cancel: &jobName{run, cell}})).Err()
}

func (c *Coordinator) cancel(n jobName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range c.jobs {
		if j.in.RunID == n.Run && (n.Cell == "" || n.Cell == j.in.CellID) {
			j.cancel(ErrCancelled)
		}
	}
}

// Workers lists the live workers by name; those on standby only if there are no others.
func (c *Coordinator) Workers(ctx context.Context) ([]WorkerInfo, error) {
	return c.config.signOfLife(ctx, "", "")
}

// slots is how many tasks the cluster can do at a time.
func (c *Coordinator) slots() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, w := range c.workers {
		n += w.Slots
	}
	return n
}

// readReports hands what workers report to the jobs. Plain reads with a position of our own: this is the only reader.
func (c *Coordinator) readReports() {
	last := "0"
	failed := false
	var epoch string
	for c.ctx.Err() == nil {
		c.mu.Lock()
		if c.epoch != epoch { // a new Redis numbers from the beginning
			epoch, last = c.epoch, "0"
		}
		c.mu.Unlock()
		res, err := c.config.Redis.XRead(c.ctx, &redis.XReadArgs{Streams: []string{c.keys.reports(c.id), last}, Count: 256, Block: blockFor}).Result()
		if err != nil && !isNil(err) {
			failed = true
			if !pause(c.ctx) {
				return
			}
			continue
		}
		if failed {
			failed = false
			c.mu.Lock()
			c.resumed = time.Now()
			c.mu.Unlock()
		}
		for _, s := range res {
			for _, m := range s.Messages {
				last = m.ID
				var r report
				text, _ := m.Values[field].(string)
				if json.Unmarshal([]byte(text), &r) == nil {
					c.deliver(r)
				}
			}
		}
		if len(res) > 0 {
			c.config.Redis.XTrimMinID(c.ctx, c.keys.reports(c.id), last)
		}
	}
}

func (c *Coordinator) deliver(r report) {
	if r.Kind == reportBeat {
		byJob := map[string][]taskRef{}
		for _, t := range r.Running {
			byJob[t.Job] = append(byJob[t.Job], t)
		}
		for job, ts := range byJob {
			c.send(job, report{Kind: reportBeat, Worker: r.Worker, Running: ts})
		}
		return
	}
	c.send(r.Job, r)
}

func (c *Coordinator) send(job string, r report) {
	c.mu.Lock()
	j := c.jobs[job]
	c.mu.Unlock()
	if j == nil {
		return
	}
	select {
	case j.reports <- r:
	case <-j.ended:
	case <-c.ctx.Done():
	}
}

// watch looks after the cluster every so often.
func (c *Coordinator) watch() {
	tick := time.NewTicker(beatEvery / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			return
		}
		if err := c.look(c.ctx); err != nil && c.ctx.Err() == nil {
			c.config.log().Warn("the coordinator cannot reach Redis", "error", err)
			c.mu.Lock()
			c.resumed = time.Now()
			c.mu.Unlock()
		}
	}
}

// look finds out which workers live, and whether Redis has lost its data. Then every waiting task is queued again.
func (c *Coordinator) look(ctx context.Context) error {
	workers, err := c.Workers(ctx)
	if err != nil {
		return err
	}
	epoch, err := c.config.Redis.Get(ctx, c.keys.epoch()).Result()
	if isNil(err) {
		if err = c.config.Redis.SetNX(ctx, c.keys.epoch(), uuid.NewString(), 0).Err(); err == nil {
			epoch, err = c.config.Redis.Get(ctx, c.keys.epoch()).Result()
		}
	}
	if err != nil {
		return err
	}
	c.config.Redis.Expire(ctx, c.keys.reports(c.id), 10*time.Minute) // for what a dead coordinator leaves behind
	c.mu.Lock()
	defer c.mu.Unlock()
	c.workers = workers
	if c.epoch == epoch {
		return nil
	}
	lost := c.epoch != ""
	c.epoch = epoch
	if !lost {
		return nil
	}
	c.config.log().Warn("Redis has lost its data; waiting tasks are queued again")
	for _, j := range c.jobs {
		select {
		case j.requeue <- struct{}{}:
		default: // it has been told already
		}
	}
	return nil
}

func (c *Coordinator) readControls(sub *redis.PubSub) {
	defer sub.Close()
	messages := sub.Channel()
	for {
		select {
		case m, ok := <-messages:
			if !ok {
				return
			}
			var msg control
			if json.Unmarshal([]byte(m.Payload), &msg) == nil && msg.Cancel != nil {
				c.cancel(*msg.Cancel)
			}
		case <-c.ctx.Done():
			return
		}
	}
}
