package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/physical"
)

// job is a running Job. All of its state belongs to the goroutine of run.
type job struct {
	c      *Coordinator
	in     Job
	id     string
	cancel context.CancelCauseFunc

	reports chan report
	requeue chan struct{} // Redis has lost its data
	room    chan struct{} // the share has seats again
	ended   chan struct{}

	stages []stageState
	asked  time.Time // when stuck tasks were last looked for
	idle   time.Time // since when no worker has been alive
}

// stageState is a stage; tasks is nil until its inputs are there.
type stageState struct {
	tasks []*taskState
	done  int
}

func (s *stageState) complete() bool { return s.tasks != nil && s.done == len(s.tasks) }

// state of a task.
type state uint8

const (
	waiting state = iota // to be queued when its inputs are there and Redis takes it
	queued
	running
	done
)

type taskState struct {
	stage, index int
	splits       []physical.Split
	state        state
	seat         seat   // in the share, while queued or running
	attempt      int    // fences: a report of another attempt is ignored
	entry        string // in the stream, while queued
	worker       string
	heard        time.Time // of it, while running; when it was queued, while queued
	began        time.Time // when it was running, at this attempt
	crashes      int
	out          report // when done
}

func newJob(c *Coordinator, in Job, cancel context.CancelCauseFunc) *job {
	if in.Limits.Time == 0 {
		in.Limits.Time = defaultTime
	}
	if in.Limits.CPU == 0 {
		in.Limits.CPU = defaultCPU
	}
	return &job{c: c, in: in, id: uuid.NewString(), cancel: cancel, reports: make(chan report, 256), requeue: make(chan struct{}, 1), room: make(chan struct{}, 1),
		ended: make(chan struct{}), stages: make([]stageState, len(in.Plan.Stages)), idle: time.Now()}
}

// run drives the job to its end.
func (j *job) run(ctx context.Context) error {
	if len(j.stages) == 0 {
		return errors.New("a plan without stages")
	}
	tick := time.NewTicker(beatEvery / 2)
	defer tick.Stop()
	err := j.advance(ctx)
	for err == nil && !j.stages[len(j.stages)-1].complete() {
		select {
		case r := <-j.reports:
			err = j.handle(ctx, r)
		case <-j.room:
			err = j.advance(ctx)
		case <-j.requeue:
			for _, t := range j.all(queued) {
				t.state = waiting
			}
			err = j.advance(ctx)
		case <-tick.C:
			err = j.look(ctx)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		j.settle()
	}
	return err
}

func (j *job) all(s state) []*taskState {
	var out []*taskState
	for i := range j.stages {
		for _, t := range j.stages[i].tasks {
			if t.state == s {
				out = append(out, t)
			}
		}
	}
	return out
}

// advance cuts the stages whose inputs are complete into tasks, and queues all tasks that can run.
func (j *job) advance(ctx context.Context) error {
	for i := range j.stages {
		stage := &j.in.Plan.Stages[i]
		if !j.ready(stage) {
			continue
		}
		s := &j.stages[i]
		if s.tasks == nil {
			for k, splits := range physical.Splits(stage, max(j.c.slots(), 1)) {
				s.tasks = append(s.tasks, &taskState{stage: i, index: k, splits: splits})
			}
			j.progress(nil)
		}
		for _, t := range s.tasks {
			if t.state == waiting {
				if err := j.queue(ctx, t); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (j *job) ready(s *physical.Stage) bool {
	for _, in := range s.Inputs {
		if !j.stages[in].complete() {
			return false
		}
	}
	return true
}

// queue puts a new attempt at a task on the stream. While Redis does not answer the task stays waiting.
func (j *job) queue(ctx context.Context, t *taskState) error {
	if t.attempt >= maxAttempts {
		return fmt.Errorf("a part of the query was given up after %d attempts; the workers cannot read each other's outputs", t.attempt)
	}
	if t.seat == noSeat {
		if !j.c.enter(j) {
			return nil
		}
		t.seat = youngSeat
	}
	t.attempt++
	stage := &j.in.Plan.Stages[t.stage]
	m := taskMessage{Job: j.id, Coordinator: j.c.id, Tenant: j.in.Tenant, Index: t.index, Attempt: t.attempt,
		Stage: slim(stage, t.splits), Splits: t.splits, Modules: modules(j.in.Plan, stage), Inputs: j.inputs(stage), Limits: j.in.Limits}
	if t.stage == len(j.stages)-1 {
		m.Result, m.Prefix = true, j.in.Prefix
	}
	id, err := j.c.config.Redis.XAdd(ctx, &redis.XAddArgs{Stream: j.c.keys.tasks(), Values: []string{field, encode(m)}}).Result()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		t.attempt-- // nobody has seen it, or whoever has is fenced by its report of a task that waits
		t.state = waiting
		return nil
	}
	t.state, t.entry, t.heard, t.worker = queued, id, time.Now(), ""
	return nil
}

// modules are those of the plan that a stage's functions are in.
func modules(p *physical.Plan, s *physical.Stage) []physical.Module {
	used := map[string]bool{}
	for _, f := range s.Functions() {
		used[f.Module] = true
	}
	var out []physical.Module
	for _, m := range p.Modules {
		if used[m.Digest] {
			out = append(out, m)
		}
	}
	return out
}

// inputs refers to the outputs that a stage reads; small ones are sent along.
func (j *job) inputs(s *physical.Stage) []outputRef {
	var refs []outputRef
	room := inlineInputs
	for _, in := range s.Inputs {
		for _, t := range j.stages[in].tasks {
			ref := *t.out.Output
			if room -= len(ref.Inline); room < 0 {
				ref.Inline = nil
			}
			refs = append(refs, ref)
		}
	}
	return refs
}

// handle takes a report in. An error ends the job.
func (j *job) handle(ctx context.Context, r report) error {
	if r.Kind == reportBeat {
		for _, b := range r.Running {
			if t := j.find(b); t != nil && (t.state == running || t.state == queued) {
				t.heardOf(r.Worker)
			}
		}
		return nil
	}
	t := j.find(r.ref())
	if t == nil || t.state == done || t.state == waiting {
		return nil
	}
	switch r.Kind {
	case reportStarted:
		t.heardOf(r.Worker)
	case reportDone:
		if r.Stats == nil || r.Output == nil && !(t.stage == len(j.stages)-1 && r.Part != nil) {
			return j.crashed(ctx, t, "its report was not whole")
		}
		t.state, t.worker, t.out = done, r.Worker, r
		j.stages[t.stage].done++
		j.progress(t)
		return j.advance(ctx)
	case reportFailed:
		if r.Failure == nil {
			return j.crashed(ctx, t, "its report was not whole")
		}
		return r.Failure
	case reportCrashed:
		return j.crashed(ctx, t, r.Message)
	case reportLost:
		for _, ref := range r.Inputs {
			u := j.find(taskRef{j.id, ref.Stage, ref.Index, ref.Attempt})
			if u != nil && u.state == done {
				u.state = waiting
				j.stages[u.stage].done--
			}
		}
		t.state = waiting
		return j.advance(ctx)
	}
	return nil
}

// heardOf notes that a worker is at the task.
func (t *taskState) heardOf(worker string) {
	now := time.Now()
	if t.state != running {
		t.began = now
	}
	t.state, t.worker, t.heard = running, worker, now
}

// find returns the task that a reference means, nil for an attempt that is not the current one.
func (j *job) find(r taskRef) *taskState {
	if r.Stage < 0 || r.Stage >= len(j.stages) || r.Index < 0 || r.Index >= len(j.stages[r.Stage].tasks) {
		return nil
	}
	t := j.stages[r.Stage].tasks[r.Index]
	if t.attempt != r.Attempt {
		return nil
	}
	return t
}

// crashed tries a task again, unless it has crashed too often to blame chance.
func (j *job) crashed(ctx context.Context, t *taskState, why string) error {
	t.crashes++
	j.c.config.log().Warn("a task is tried again", "run", j.in.RunID, "cell", j.in.CellID, "stage", t.stage, "task", t.index, "attempt", t.attempt, "worker", t.worker, "why", why)
	if t.crashes >= maxCrashes {
		return fmt.Errorf("a part of the query was given up after %d attempts, the last on worker %s: %s%s", t.crashes, t.worker, why, suspects(&j.in.Plan.Stages[t.stage]))
	}
	t.state = waiting
	return j.advance(ctx)
}

// look finds tasks whose worker has not been heard of, or that got lost on their way to one.
func (j *job) look(ctx context.Context) error {
	for len(j.reports) > 0 { // what has been reported counts before what has not
		if err := j.handle(ctx, <-j.reports); err != nil {
			return err
		}
	}
	j.c.mu.Lock()
	resumed := j.c.resumed
	j.c.mu.Unlock()
	for _, t := range j.all(running) {
		last := t.heard
		if resumed.After(last) { // nobody could be heard while Redis was away
			last = resumed
		}
		if time.Since(last) > lease {
			if err := j.crashed(ctx, t, fmt.Sprintf("the worker %s was lost", t.worker)); err != nil {
				return err
			}
		}
	}
	if j.c.slots() > 0 {
		j.idle = time.Now()
	} else if time.Since(j.idle) > noWorkerAfter {
		return fmt.Errorf("no worker has been there for %s; start one with `dreamql worker`", noWorkerAfter)
	}
	if time.Since(j.asked) > time.Second {
		j.asked = time.Now()
		for _, t := range j.all(queued) {
			if time.Since(t.heard) > lease && j.stuck(ctx, t) {
				t.state = waiting
			}
		}
	}
	return j.advance(ctx)
}

// stuck reports whether a queued task was taken by a worker that then died, or is not in the stream any more.
func (j *job) stuck(ctx context.Context, t *taskState) bool {
	r, stream := j.c.config.Redis, j.c.keys.tasks()
	entries, err := r.XRange(ctx, stream, t.entry, t.entry).Result()
	if err != nil {
		return false
	}
	if len(entries) == 0 {
		return true
	}
	pending, err := r.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: stream, Group: group, Start: t.entry, End: t.entry, Count: 1, Idle: lease}).Result()
	if err != nil || len(pending) == 0 {
		return false
	}
	r.XAck(ctx, stream, group, t.entry)
	r.XDel(ctx, stream, t.entry)
	return true
}

// cleanUp tells the workers that the job is over. It does not keep the caller waiting.
func (j *job) cleanUp(early bool) {
	var entries []string
	for _, t := range j.all(queued) {
		entries = append(entries, t.entry)
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		j.c.config.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
			if early {
				p.Set(ctx, j.c.keys.cancelled(j.id), 1, 10*time.Minute)
			}
			p.Publish(ctx, j.c.keys.control(), encode(control{Over: j.id}))
			if len(entries) > 0 {
				p.XDel(ctx, j.c.keys.tasks(), entries...)
			}
			return nil
		})
	}()
}

// progress tells the caller how far the job is; last is the task that has just ended.
func (j *job) progress(last *taskState) {
	if j.in.Progress == nil {
		return
	}
	p := Progress{}
	for _, s := range j.stages {
		p.Done += s.done
		p.Total += len(s.tasks)
		p.Stages = append(p.Stages, StageDone{Done: s.done, Total: len(s.tasks)})
	}
	if last != nil {
		stats := last.stats()
		p.Last = &stats
	}
	j.in.Progress(p)
}

func (t *taskState) stats() TaskStats {
	s := TaskStats{Stage: t.stage, Index: t.index, Attempt: t.attempt, Worker: t.worker, Rows: t.out.Rows, MS: t.out.MS}
	if t.out.Stats != nil {
		s.Read = t.out.Stats.RowsRead
	}
	return s
}
