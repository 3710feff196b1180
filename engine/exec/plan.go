package exec

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// runPlan executes the stages in their order, each source stage as the given number of tasks. Outputs of all but the last
// are kept until the end; segments stay open as long, because batches point into them.
func runPlan(ctx context.Context, env Env, plan *physical.Plan, open Opener, tasks int, sink Sink) (Stats, error) {
	var all Stats
	if plan.Version != physical.Version {
		return all, fmt.Errorf("exec: a plan of version %d where %d is known", plan.Version, physical.Version)
	}
	s := &segments{open: open, readers: map[segmentKey]SegmentReader{}}
	defer s.close()
	outputs := make([][]arrow.RecordBatch, len(plan.Stages))
	defer func() {
		for _, o := range outputs {
			for _, r := range o {
				r.Release()
			}
		}
	}()
	stages := plan.Stages
	var joined map[int]int
	if tasks == 1 {
		stages, joined = fused(plan)
	}
	for i := range stages {
		stage := &stages[i]
		if stage.Root == nil {
			continue // it is done with the stage that reads it
		}
		last := i == len(plan.Stages)-1
		keep := func(r arrow.RecordBatch) error {
			r.Retain()
			outputs[i] = append(outputs[i], r)
			return nil
		}
		if last {
			keep = sink
		}
		inputs := map[int]func(context.Context) Batches{}
		for _, in := range stage.Inputs {
			inputs[in] = func(context.Context) Batches { return each(outputs[in]) }
		}
		for _, split := range physical.Splits(stage, tasks) {
			stats, err := run(ctx, env, Task{Stage: stage, Splits: split, Open: s.reader, Inputs: inputs, Modules: plan.Modules}, keep)
			if from, ok := joined[i]; ok {
				stats.Operators = apart(stats.Operators, &plan.Stages[from])
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
	}
	return all, nil
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
