package exec

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// runPlan executes the stages in their order, each source stage as the given number of tasks. They share a budget, to which the
// outputs belong that wait for their readers. Segments stay open until the end, because batches point into them.
func runPlan(ctx context.Context, env Env, plan *physical.Plan, open Opener, tasks int, sink Sink) (Stats, error) {
	var all Stats
	if plan.Version != physical.Version {
		return all, fmt.Errorf("exec: a plan of version %d where %d is known", plan.Version, physical.Version)
	}
	for i, stage := range plan.Stages {
		if stage.ID != i || slices.ContainsFunc(stage.Inputs, func(in int) bool { return in < 0 || in >= i }) {
			return all, fmt.Errorf("exec: stage %d of a plan reads stages that are not before it", i)
		}
	}
	s := &segments{open: open, readers: map[segmentKey]SegmentReader{}}
	defer s.close()
	if env.whole == nil {
		env.whole = newBudget(&env)
	}
	defer env.whole.pool.close()
	disk := newSpill(&env)
	defer disk.close()
	outputs := make([]stageOutput, len(plan.Stages))
	defer func() {
		for i := range outputs {
			outputs[i].drop()
		}
	}()
	stages := plan.Stages
	var joined map[int]int
	var finished map[int]bool
	if tasks == 1 {
		stages, joined, finished = fused(plan)
	}
	for i := range stages {
		stage := &stages[i]
		if stage.Root == nil {
			continue // it is done with the stage that reads it
		}
		last := i == len(plan.Stages)-1
		outputs[i] = stageOutput{mem: env.whole, columns: stage.Columns}
		keep := func(r arrow.RecordBatch) error { return outputs[i].add(disk, r) }
		if last {
			keep = sink
		}
		inputs := map[int]func(context.Context) Batches{}
		for _, in := range stage.Inputs {
			inputs[in] = outputs[in].batches
		}
		for _, split := range physical.Splits(stage, tasks) {
			stats, err := run(ctx, env, Task{Stage: stage, Splits: split, Open: s.reader, Inputs: inputs, Modules: plan.Modules, narrow: !last}, keep)
			if from, ok := joined[i]; ok {
				stats.Operators = apart(stats.Operators, &plan.Stages[from])
			}
			if finished[i] && len(stats.Operators) > 0 {
				stats.Operators = unfinished(stats.Operators, chainOf(plan.Stages[i].Root)[1])
			}
			wall := all.Wall + stats.Wall
			if !last {
				stats.RowsOut = 0
			}
			all.Add(stats)
			all.Wall = wall
			if err != nil {
				return all, err
			}
		}
		for _, in := range stage.Inputs {
			if !readAfter(stages[i+1:], in) {
				outputs[in].drop()
			}
		}
	}
	all.SpilledBytes += disk.bytes()
	return all, nil
}

// readAfter reports whether one of the stages reads another one.
func readAfter(stages []physical.Stage, in int) bool {
	return slices.ContainsFunc(stages, func(s physical.Stage) bool { return slices.Contains(s.Inputs, in) })
}

func each(rs []arrow.RecordBatch) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, r := range rs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

type segmentKey struct {
	table   *logical.Table
	segment int
}

// segments opens each segment once for all stages.
type segments struct {
	open    Opener
	mu      sync.Mutex
	readers map[segmentKey]SegmentReader
}

// shared is a reader that its user must not close for the others.
type shared struct{ SegmentReader }

func (shared) Close() error { return nil }

// TakeCacheUse implements cacheUser, for a reader that does.
func (s shared) TakeCacheUse() (hits, misses, bytes int64) {
	if u, ok := s.SegmentReader.(cacheUser); ok {
		return u.TakeCacheUse()
	}
	return 0, 0, 0
}

// Narrow implements narrowReader, by whatever the reader has.
func (s shared) Narrow(i int, columns []string) (arrow.RecordBatch, error) {
	if n, ok := s.SegmentReader.(narrowReader); ok {
		return n.Narrow(i, columns)
	}
	return s.Batch(i, columns)
}

func (s *segments) reader(ctx context.Context, t *logical.Table, segment int) (SegmentReader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := segmentKey{t, segment}
	r := s.readers[k]
	if r == nil {
		var err error
		if r, err = s.open(ctx, t, segment); err != nil {
			return nil, err
		}
		s.readers[k] = r
	}
	return shared{r}, nil
}

func (s *segments) close() {
	for _, r := range s.readers {
		r.Close()
	}
}
