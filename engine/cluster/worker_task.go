package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/storage"
)

// do executes one task and reports how it went.
func (w *Worker) do(ctx context.Context, m *taskMessage, entry string) {
	ref := taskRef{m.Job, m.Stage.ID, m.Index, m.Attempt}
	m.Limits = m.Limits.Within(w.config.Limits)
	late := &executor.Failure{Message: tooLong(m)}
	taskCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	taskCtx, stop := context.WithTimeoutCause(taskCtx, m.Limits.Time, late)
	defer stop()
	w.mu.Lock()
	w.running[ref] = &held{coordinator: m.Coordinator, cancel: cancel}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.running, ref)
		w.mu.Unlock()
	}()
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		w.accept(ctx, m, entry)
	}()
	start := time.Now()
	r, err := w.execute(taskCtx, m)
	if err != nil {
		r = w.explain(m, err, context.Cause(taskCtx))
	}
	<-accepted
	if r == nil {
		return
	}
	r.Worker, r.Job, r.Stage, r.Index, r.Attempt = w.config.Name, m.Job, m.Stage.ID, m.Index, m.Attempt
	r.MS = float64(time.Since(start).Microseconds()) / 1000
	w.report(ctx, m.Coordinator, r)
}

// accept tells the coordinator that the task is here, takes it off the stream, and drops it if its job is over already.
// It runs beside the task, which must not wait for it.
func (w *Worker) accept(ctx context.Context, m *taskMessage, entry string) {
	r := report{Kind: reportStarted, Worker: w.config.Name, Job: m.Job, Stage: m.Stage.ID, Index: m.Index, Attempt: m.Attempt}
	var cancelled *redis.IntCmd
	_, err := w.config.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAdd(ctx, &redis.XAddArgs{Stream: w.keys.reports(m.Coordinator), Values: []string{field, encode(r)}})
		cancelled = p.Exists(ctx, w.keys.cancelled(m.Job))
		p.XAck(ctx, w.keys.tasks(), group, entry)
		p.XDel(ctx, w.keys.tasks(), entry)
		return nil
	})
	if err == nil && cancelled.Val() > 0 {
		w.over(m.Job)
	}
}

// execute runs the task in an executor; the report says what came out.
func (w *Worker) execute(ctx context.Context, m *taskMessage) (*report, error) {
	inputs, err := w.inputs(ctx, m)
	if err != nil {
		return nil, err
	}
	task := executor.Task{Stage: m.Stage, Splits: m.Splits, Inputs: inputs, Modules: m.Modules, Code: w.code, Memory: m.Limits.Memory, CPU: m.Limits.CPU,
		Fresh: m.Attempt > 1, Result: m.Result,
		Scratch: func() (*os.File, error) { return executor.Scratch(w.dir) }, Disk: w.config.Disk,
		Segment: func(ctx context.Context, i int) (*os.File, error) { return w.segment(ctx, m, i) }}
	if m.Result {
		return w.executeResult(ctx, m, task)
	}
	out := &spool{dir: w.dir}
	o, err := w.config.Pool.Run(ctx, m.Tenant, task, out)
	if err != nil {
		out.close()
		return nil, err
	}
	ref := &outputRef{Stage: m.Stage.ID, Index: m.Index, Attempt: m.Attempt, Worker: w.config.Name, Address: w.info.Address, Bytes: out.size}
	if out.size <= inlineOutput {
		ref.Inline = out.memory
	}
	w.outputs.put(taskRef{m.Job, m.Stage.ID, m.Index, m.Attempt}, out)
	return &report{Kind: reportDone, Output: ref, Rows: o.Rows, Stats: &o.Stats}, nil
}

// executeResult runs a task of the last stage: a large result goes to the blob store as it comes.
func (w *Worker) executeResult(ctx context.Context, m *taskMessage, task executor.Task) (*report, error) {
	out := &partWriter{ctx: ctx, blobs: w.config.Blobs, key: w.keys.part(m.Prefix, m)}
	o, err := w.config.Pool.Run(ctx, m.Tenant, task, out)
	if err == nil {
		err = out.close()
	}
	if err != nil {
		out.abort()
		return nil, err
	}
	r := &report{Kind: reportDone, Rows: o.Rows, Stats: &o.Stats}
	if o.Inline != nil {
		r.Output = &outputRef{Stage: m.Stage.ID, Index: m.Index, Attempt: m.Attempt, Inline: o.Inline, Bytes: int64(len(o.Inline))}
	} else {
		r.Part = &Part{Key: out.key, Rows: o.Rows, Bytes: out.size, Batches: o.Batches}
	}
	return r, nil
}

// explain turns an error into a report; nil if nobody waits for one.
func (w *Worker) explain(m *taskMessage, err, cause error) *report {
	var failed *executor.Failure
	var lost *lostError
	switch {
	case errors.Is(cause, errOver):
		return nil
	case errors.As(err, &failed), errors.As(cause, &failed):
		return &report{Kind: reportFailed, Failure: failed}
	case errors.Is(err, executor.ErrCPU):
		return &report{Kind: reportFailed, Failure: &executor.Failure{Message: tooBusy(m)}}
	case errors.Is(err, executor.ErrMemory) && !errors.Is(err, executor.ErrUsed): // another attempt would need as much
		return &report{Kind: reportFailed, Failure: &executor.Failure{Message: tooLarge(m, w.config.Memory)}}
	case errors.Is(err, errTooMuch):
		return &report{Kind: reportFailed, Failure: &executor.Failure{Message: errTooMuch.Error()}}
	case errors.As(err, &lost):
		return &report{Kind: reportLost, Inputs: lost.refs, Message: lost.Error()}
	}
	return &report{Kind: reportCrashed, Message: err.Error()}
}

// report is sent again while Redis does not answer, for as long as the coordinator would wait.
func (w *Worker) report(ctx context.Context, coordinator string, r *report) {
	ctx, cancel := context.WithTimeout(ctx, drainFor)
	defer cancel()
	text := encode(r)
	for {
		err := w.config.Redis.XAdd(ctx, &redis.XAddArgs{Stream: w.keys.reports(coordinator), Values: []string{field, text}}).Err()
		if err == nil {
			return
		}
		if !pause(ctx) {
			w.config.log().Warn("the end of a task could not be reported", "job", r.Job, "error", err)
			return
		}
	}
}

// code reads a module from the blob store, and makes sure that it is the one.
func (w *Worker) code(ctx context.Context, digest string) ([]byte, error) {
	path, err := w.config.Blobs.Local(ctx, w.keys.module(digest), digest)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("the code of module %s is damaged", digest)
	}
	if w.config.Warm != nil {
		w.config.Warm(b)
	}
	return b, nil
}

func (w *Worker) segment(ctx context.Context, m *taskMessage, i int) (*os.File, error) {
	if m.Stage.Table == nil || i < 0 || i >= len(m.Stage.Table.Segments) {
		return nil, fmt.Errorf("the task has no segment %d", i)
	}
	s := m.Stage.Table.Segments[i]
	path, err := w.config.Blobs.Local(ctx, s.Key, s.Digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if stat, err := f.Stat(); err != nil || stat.Size() != s.Bytes {
		f.Close()
		return nil, fmt.Errorf("segment %s is damaged: its size is not %d bytes", s.Key, s.Bytes)
	}
	return f, nil
}

// partWriter writes a blob that begins to exist with its first byte.
type partWriter struct {
	ctx   context.Context
	blobs *storage.Blobs
	key   string
	w     *storage.Writer
	size  int64
}

func (p *partWriter) Write(b []byte) (int, error) {
	if p.w == nil {
		w, err := p.blobs.Create(p.ctx, p.key)
		if err != nil {
			return 0, err
		}
		p.w = w
	}
	if p.size += int64(len(b)); p.size > spoolLimit {
		return 0, errTooMuch
	}
	return p.w.Write(b)
}

func (p *partWriter) close() error {
	if p.w == nil {
		return nil
	}
	w := p.w
	p.w = nil
	return w.Close()
}

func (p *partWriter) abort() {
	if p.w != nil {
		p.w.Abort()
		p.w = nil
	}
}
