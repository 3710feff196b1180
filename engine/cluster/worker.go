package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/executor"
)

// WorkerConfig is what one worker needs beyond the cluster's Config.
type WorkerConfig struct {
	Config
	Name    string // unique among live workers; made of the host's name if empty
	Listen  string // host:port to serve outputs on; port 0 takes a free one; "127.0.0.1:0" if empty
	Public  string // host:port under which other workers reach it; where it listens if empty
	Slots   int    // tasks at a time of one who works alone; the number of CPUs if 0
	Places  int    // tasks at a time, of everybody; Places(Slots) if 0
	Pool    *executor.Pool
	Limits  Limits // the most that a task may take here, whatever its job says; zero fields are no bound
	Memory  int64  // what a process of the pool may have, for what people are told; 0 if not known
	Standby bool   // take tasks only while no other worker is alive
	Temp    string // folder for large outputs, and for what tasks cannot hold in memory; the system's if empty
	Disk    int64  // what a task may fill of it, beside its output; 0 is no bound
	// Warm is handed the code of each module that a task of this worker needs, and must not keep the task waiting; nil for nobody.
	Warm func(code []byte)
}

// Worker leases and executes tasks.
type Worker struct {
	config   WorkerConfig
	keys     keys
	info     WorkerInfo
	dir      string
	listener net.Listener
	outputs  *outputs
	fetch    *fetcher
	slots    chan struct{} // tasks that are new
	places   chan struct{} // all tasks

	mu      sync.Mutex
	running map[taskRef]*held
	wanted  bool // takes tasks: false while on standby beside others
	left    bool // takes no more tasks
}

// held is a task that this worker is at.
type held struct {
	coordinator string
	cancel      context.CancelCauseFunc
}

var errOver = errors.New("the job is over")

// drainFor is how long a worker that is told to end goes on with what it has.
const drainFor = 10 * time.Second

// NewWorker listens on its address; Run does the work.
func NewWorker(c WorkerConfig) (*Worker, error) {
	if c.Name == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "worker"
		}
		c.Name = host + "-" + strings.ToLower(rand.Text()[:6])
	}
	if c.Slots <= 0 {
		c.Slots = runtime.NumCPU()
	}
	if c.Places <= 0 {
		c.Places = Places(c.Slots)
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("the worker cannot listen on %s: %w", c.Listen, err)
	}
	if c.Public == "" {
		c.Public = l.Addr().String()
	}
	return &Worker{
		config: c, keys: keys(c.Prefix), dir: c.Temp, listener: l, outputs: newOutputs(c.Secret), fetch: newFetcher(c.Secret),
		info:  WorkerInfo{Name: c.Name, Address: c.Public, Slots: c.Slots, Standby: c.Standby},
		slots: make(chan struct{}, c.Slots), places: make(chan struct{}, c.Places), running: map[taskRef]*held{}, wanted: !c.Standby,
	}, nil
}

// Info is how the worker is registered.
func (w *Worker) Info() WorkerInfo { return w.info }

// Run works until ctx ends; then it takes no more tasks, finishes those it has (for at most ten seconds), stays to serve
// outputs that running jobs still need for that time, and leaves.
func (w *Worker) Run(ctx context.Context) error {
	server := &http.Server{Handler: w.outputs.handler(), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(w.listener)
	defer server.Close()
	defer w.fetch.client.CloseIdleConnections()

	alive, leave := context.WithCancel(context.WithoutCancel(ctx)) // outlives ctx while the worker drains
	defer leave()
	if err := w.join(ctx); err != nil {
		return err
	}
	controls := w.config.Redis.Subscribe(alive, w.keys.control())
	defer controls.Close()
	var background sync.WaitGroup
	background.Go(func() { w.listen(alive, controls) })
	background.Go(func() { w.beat(alive) })

	var tasks sync.WaitGroup
	w.take(ctx, alive, &tasks)

	w.mu.Lock()
	w.left = true
	w.mu.Unlock()
	deadline, stop := context.WithTimeout(alive, drainFor)
	defer stop()
	w.config.signOfLife(deadline, w.config.Name, "")
	w.drain(deadline, &tasks)
	leave()
	background.Wait()
	return nil
}

// join registers, and waits for Redis if need be.
func (w *Worker) join(ctx context.Context) error {
	for {
		err := w.config.makeGroup(ctx)
		if err == nil {
			err = w.lookAround(ctx)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		w.config.log().Warn("the worker cannot reach Redis", "error", err)
		if !pause(ctx) {
			return nil
		}
	}
}

// lookAround gives a sign of life, and decides whether a worker on standby is wanted.
func (w *Worker) lookAround(ctx context.Context) error {
	info := encode(w.info)
	name := w.config.Name
	if w.leaving() {
		name, info = "", ""
	}
	live, err := w.config.signOfLife(ctx, name, info)
	if err != nil {
		return err
	}
	wanted := true
	for _, o := range live {
		if w.config.Standby && !o.Standby {
			wanted = false
		}
	}
	w.mu.Lock()
	w.wanted = wanted
	w.mu.Unlock()
	return nil
}

func (w *Worker) leaving() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left
}

// Places is how many tasks a worker with so many slots is at, at most, when they are of many shares.
func Places(slots int) int { return max(4*slots, 8) }

// take reads tasks while there is a place, until ctx ends. They run in alive, so that they may outlast ctx.
func (w *Worker) take(ctx, alive context.Context, tasks *sync.WaitGroup) {
	for {
		select {
		case w.places <- struct{}{}:
		case <-ctx.Done():
			return
		}
		m, entry, slot := w.next(ctx)
		if m == nil {
			return
		}
		tasks.Go(func() {
			defer func() { <-w.places }()
			ended := make(chan struct{})
			defer close(ended)
			if slot {
				go w.hold(ended)
			}
			w.do(alive, m, entry)
		})
	}
}

// hold gives the slot of a task back when it has ended, or has taken long.
func (w *Worker) hold(ended <-chan struct{}) {
	long := time.NewTimer(patience)
	defer long.Stop()
	select {
	case <-ended:
	case <-long.C:
	}
	<-w.slots
}

// leftOver is how long a task lies before a worker takes it that has no slot for it: one that has comes first.
const leftOver = 5 * time.Millisecond

// next waits for a task, and tells whether it has a slot; nil when ctx has ended.
func (w *Worker) next(ctx context.Context) (m *taskMessage, entry string, slot bool) {
	for ctx.Err() == nil {
		w.mu.Lock()
		wanted := w.wanted
		w.mu.Unlock()
		if !wanted {
			pause(ctx)
			continue
		}
		block := blockFor
		if !slot {
			select {
			case w.slots <- struct{}{}:
				slot = true
			case <-time.After(leftOver):
				block = -1 // what is there already
			}
		}
		res, err := w.config.Redis.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: group, Consumer: w.config.Name, Streams: []string{w.keys.tasks(), ">"}, Count: 1, Block: block}).Result()
		switch {
		case isNil(err):
		case err != nil && ctx.Err() == nil:
			if !strings.HasPrefix(err.Error(), "NOGROUP") || w.config.makeGroup(ctx) != nil {
				pause(ctx)
			}
		case err == nil && len(res) == 1 && len(res[0].Messages) == 1:
			entry := res[0].Messages[0]
			text, _ := entry.Values[field].(string)
			m := new(taskMessage)
			if err := json.Unmarshal([]byte(text), m); err != nil || m.Stage == nil {
				w.config.log().Error("a task that cannot be read is dropped", "entry", entry.ID, "error", err)
				w.config.Redis.XAck(ctx, w.keys.tasks(), group, entry.ID)
				w.config.Redis.XDel(ctx, w.keys.tasks(), entry.ID)
				continue
			}
			return m, entry.ID, slot
		}
	}
	return nil, "", false
}

// listen ends what belongs to jobs that are over.
func (w *Worker) listen(ctx context.Context, controls *redis.PubSub) {
	messages := controls.Channel()
	for {
		select {
		case m, ok := <-messages:
			if !ok {
				return
			}
			var msg control
			if json.Unmarshal([]byte(m.Payload), &msg) == nil && msg.Over != "" {
				w.over(msg.Over)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (w *Worker) over(job string) {
	w.mu.Lock()
	for ref, l := range w.running {
		if ref.Job == job {
			l.cancel(errOver)
		}
	}
	w.mu.Unlock()
	w.outputs.drop(job)
}

// beat gives signs of life, to the cluster and to the coordinators whose tasks run here.
func (w *Worker) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := w.lookAround(ctx); err != nil && ctx.Err() == nil {
			w.config.log().Warn("the worker cannot reach Redis", "error", err)
			continue
		}
		w.beatTasks(ctx)
		w.outputs.dropOld()
	}
}

func (w *Worker) beatTasks(ctx context.Context) {
	by := map[string][]taskRef{}
	jobs := map[string]*redis.IntCmd{}
	w.mu.Lock()
	for ref, l := range w.running {
		by[l.coordinator] = append(by[l.coordinator], ref)
		jobs[ref.Job] = nil
	}
	w.mu.Unlock()
	if len(by) == 0 {
		return
	}
	_, err := w.config.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for id, refs := range by {
			r := report{Kind: reportBeat, Worker: w.config.Name, Running: refs}
			p.XAdd(ctx, &redis.XAddArgs{Stream: w.keys.reports(id), Values: []string{field, encode(r)}})
		}
		for job := range jobs {
			jobs[job] = p.Exists(ctx, w.keys.cancelled(job))
		}
		return nil
	})
	if err != nil {
		return
	}
	for job, cancelled := range jobs {
		if cancelled.Val() > 0 {
			w.over(job)
		}
	}
}

// drain waits for the tasks, then for the readers of their outputs.
func (w *Worker) drain(ctx context.Context, tasks *sync.WaitGroup) {
	finished := make(chan struct{})
	go func() {
		tasks.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		w.mu.Lock()
		for _, l := range w.running {
			l.cancel(errOver)
		}
		w.mu.Unlock()
		<-finished
	}
	w.outputs.drained(ctx)
}
