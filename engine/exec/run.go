package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/physical"
)

// runner is one task being executed, as the task or one of its operators sees it: what an operator asks for is counted as its own.
type runner struct {
	*running
	mem *budget
}

// running is what all operators of a task share.
type running struct {
	env     *Env
	task    *Task
	spill   *spill // nil where there is none
	threads int
	library *library
	ops     []*physical.Op // from the leaf
	stats   Stats
	closers []func() error // of segments: columns point into them until the end
	meters  map[*physical.Op]*meter
	bounds  map[*physical.Op]*bound
	lasting *fixInputs                  // of a step of a fix; nil elsewhere
	again   map[int][]arrow.RecordBatch // outputs of stages that are read more than once

	whole *runner // the task's own
	mu    sync.Mutex
	views map[*physical.Op]*runner
}

func newRunner(s *running, mem *budget) *runner {
	s.whole = &runner{s, mem}
	s.views = map[*physical.Op]*runner{}
	return s.whole
}

// of is the task as one operator sees it.
func (s *running) of(op *physical.Op) *runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.views[op]
	if r == nil {
		r = &runner{s, s.whole.mem.part()}
		s.views[op] = r
	}
	return r
}

func run(ctx context.Context, env Env, task Task, sink Sink) (stats Stats, err error) {
	if task.Stage == nil || task.Stage.Root == nil {
		return Stats{}, errors.New("exec: a task without a stage")
	}
	start := time.Now()
	mem := env.whole
	if mem == nil {
		mem = newBudget(&env)
		defer mem.pool.close()
	}
	r := newRunner(&running{env: &env, task: &task, spill: newSpill(&env), threads: env.Threads, meters: map[*physical.Op]*meter{}}, mem)
	if r.threads <= 0 {
		r.threads = runtime.GOMAXPROCS(0)
	}
	defer r.spill.close()
	r.ops = chainOf(task.Stage.Root)
	r.bounds = bounds(r.ops)
	r.library, err = loadLibrary(ctx, &env, task.Stage, task.Modules)
	if err != nil {
		return Stats{}, err
	}
	defer r.library.close()
	defer func() {
		for _, f := range r.closers {
			f()
		}
	}()
	err = placed(guard(func() error { return r.execute(ctx, sink) }))
	if e := ctx.Err(); e != nil && err != nil {
		err = e
	}
	r.stats.PeakBytes = r.mem.peak.Load()
	r.stats.SpilledBytes = r.spill.bytes()
	r.stats.Wall = time.Since(start)
	r.stats.Functions = r.library.stats()
	for i, o := range r.ops {
		m := r.meters[o]
		if m == nil {
			m = &meter{}
		}
		r.stats.Operators = append(r.stats.Operators, OperatorStats{
			Stage: task.Stage.ID, Index: i, Kind: o.Kind(), RowsIn: m.in, RowsOut: m.out, BytesIn: m.bytesIn, BytesOut: m.bytesOut,
			PeakBytes: r.of(o).mem.peak.Load(), Rounds: m.rounds, Spilled: m.spilled, Busy: m.busy, Cache: m.cache.orNil(),
		})
	}
	return r.stats, err
}

// chainOf lists the operators from the leaf.
func chainOf(root *physical.Op) []*physical.Op {
	var out []*physical.Op
	for o := root; o != nil; o = o.Input {
		out = append(out, o)
	}
	slices.Reverse(out)
	return out
}

func (r *runner) execute(ctx context.Context, sink Sink) error {
	b := &builder{building: &building{ctx: ctx}, r: r}
	defer b.close()
	fields := r.task.Stage.Columns
	output := func(b *batch) error {
		defer b.release()
		if !r.task.narrow {
			b.flatten(r.mem)
		}
		for from := 0; from < b.n; from += maxBatch {
			part := b.slice(from, min(b.n, from+maxBatch))
			rec, err := part.record(fields)
			part.release()
			if err != nil {
				return err
			}
			r.stats.RowsOut += rec.NumRows()
			err = sink(rec)
			rec.Release()
			if err != nil {
				return err
			}
		}
		return nil
	}
	return b.build(output)
}

func (r *runner) thread(ctx context.Context) *thread {
	return &thread{run: r, ctx: ctx, meters: map[*physical.Op]*meter{}, calls: r.library.callers(), buffer: new([]uint64)}
}

// meterOf is the meter of an operator over all threads.
func (r *runner) meterOf(op *physical.Op) *meter {
	t := r.meters[op]
	if t == nil {
		t = &meter{op: op}
		r.meters[op] = t
	}
	return t
}

// collect adds up what threads that have ended did.
func (r *runner) collect(ws []*thread) {
	for _, w := range ws {
		for op, m := range w.meters {
			t := r.meterOf(op)
			t.in += m.in
			t.out += m.out
			t.bytesIn += m.bytesIn
			t.bytesOut += m.bytesOut
			t.busy += m.busy
			t.rounds += m.rounds
			t.spilled += m.spilled
			t.cache.add(m.cache)
		}
		w.calls.close()
	}
}

// input is the stream of another stage's output. A task gives each only once, so one that is read twice is kept.
func (r *runner) input(ctx context.Context, stage int) (Batches, error) {
	if kept, ok := r.again[stage]; ok {
		return each(kept), nil
	}
	in := r.task.Inputs[stage]
	if in == nil {
		return nil, fmt.Errorf("exec: stage %d was not given the output of stage %d", r.task.Stage.ID, stage)
	}
	if r.lasting != nil || r.reads(stage) < 2 { // the steps of a fix look after theirs
		return in(ctx), nil
	}
	var kept []arrow.RecordBatch
	r.closers = append(r.closers, func() error {
		for _, b := range kept {
			b.Release()
		}
		return nil
	})
	for b, err := range in(ctx) {
		if err != nil {
			return nil, err
		}
		b.Retain()
		kept = append(kept, b)
	}
	if r.again == nil {
		r.again = map[int][]arrow.RecordBatch{}
	}
	r.again[stage] = kept
	return each(kept), nil
}

// reads is how often the operators read a stage.
func (r *runner) reads(stage int) int {
	n := 0
	for _, op := range r.ops {
		switch {
		case op.HashJoin != nil && op.HashJoin.Build == stage:
			n++
		case op.Read != nil:
			for _, s := range op.Read.Stages {
				if s == stage {
					n++
				}
			}
		}
	}
	return n
}
