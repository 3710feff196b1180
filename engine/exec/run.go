package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/dreamql/dreamql/engine/physical"
)

// runner is one task being executed.
type runner struct {
	env     *Env
	task    *Task
	mem     *budget
	spill   *spill // nil where there is none
	threads int
	library *library
	ops     []*physical.Op // from the leaf
	stats   Stats
	closers []func() error // of segments: columns point into them until the end
	meters  map[*physical.Op]*meter
	bounds  map[*physical.Op]*bound
	lasting *fixInputs // of a step of a fix; nil elsewhere
}

func run(ctx context.Context, env Env, task Task, sink Sink) (stats Stats, err error) {
	if task.Stage == nil || task.Stage.Root == nil {
		return Stats{}, errors.New("exec: a task without a stage")
	}
	start := time.Now()
	r := &runner{env: &env, task: &task, mem: newBudget(&env), spill: newSpill(&env), threads: env.Threads, meters: map[*physical.Op]*meter{}}
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
			Stage: task.Stage.ID, Index: i, Kind: o.Kind(), RowsIn: m.in, RowsOut: m.out, Rounds: m.rounds, Spilled: m.spilled, Busy: m.busy,
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
	b := &builder{r: r, ctx: ctx}
	defer b.close()
	fields := r.task.Stage.Columns
	output := func(b *batch) error {
		defer b.release()
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
	return &thread{run: r, ctx: ctx, meters: map[*physical.Op]*meter{}, calls: r.library.callers()}
}

// collect adds up what threads that have ended did.
func (r *runner) collect(ws []*thread) {
	for _, w := range ws {
		for op, m := range w.meters {
			t := r.meters[op]
			if t == nil {
				t = &meter{op: op}
				r.meters[op] = t
			}
			t.in += m.in
			t.out += m.out
			t.busy += m.busy
			t.rounds += m.rounds
			t.spilled += m.spilled
		}
		w.calls.close()
	}
}

// input is the stream of another stage's output.
func (r *runner) input(ctx context.Context, stage int) (Batches, error) {
	in := r.task.Inputs[stage]
	if in == nil {
		return nil, fmt.Errorf("exec: stage %d was not given the output of stage %d", r.task.Stage.ID, stage)
	}
	return in(ctx), nil
}
