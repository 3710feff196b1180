package exec

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// fewRows is how many new rows are not worth a second thread.
const fewRows = maxBatch / 4

// step executes the stages of one step and adds the rows of the last.
func (f *fix) step(s *physical.Step) error {
	made := make([][]*batch, len(s.Stages))
	defer func() {
		for _, bs := range made {
			for _, b := range bs {
				b.release()
			}
		}
	}()
	for i := range s.Stages {
		stage := &s.Stages[i]
		r := newRunner(&running{env: f.r.env, spill: f.r.spill, threads: f.r.threads, library: f.r.library, ops: chainOf(stage.Root), meters: f.meters, bounds: f.bounds}, f.r.mem)
		if f.added.n <= fewRows {
			r.threads = 1
		}
		r.lasting = f.inputs
		r.task = &Task{Stage: stage, Modules: f.r.task.Modules, Inputs: map[int]func(context.Context) Batches{}}
		for _, id := range stage.Inputs {
			r.task.Inputs[id] = func(ctx context.Context) Batches {
				if id >= 0 {
					return lend(made[id], s.Stages[id].Columns)
				}
				return f.input(ctx, s.Inputs[-1-id])
			}
		}
		err := f.stage(r, func(o *batch) error {
			if i == len(s.Stages)-1 {
				return f.rows.add(o)
			}
			made[i] = append(made[i], o)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fix) stage(r *runner, out emit) error {
	b := &builder{building: &building{ctx: f.ctx}, r: r}
	defer b.close()
	return b.build(func(o *batch) error { return out(o.flatten(f.r.mem)) })
}

func (f *fix) input(ctx context.Context, in physical.StepInput) Batches {
	switch in.Rows {
	case physical.NewRows:
		return lend([]*batch{f.added}, f.op.Columns)
	case physical.AllRows:
		all, err := f.rows.all()
		if err != nil {
			return failing(err)
		}
		return func(yield func(arrow.RecordBatch, error) bool) {
			defer func() {
				for _, b := range all {
					b.release()
				}
			}()
			lend(all, f.op.Columns)(yield)
		}
	}
	return f.inputs.stream(ctx, in.Stage)
}

// lend gives batches that stay their owner's.
func lend(bs []*batch, fields []types.Field) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, b := range bs {
			rec, err := b.record(fields)
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(rec, nil)
			rec.Release()
			if !more {
				return
			}
		}
	}
}

func failing(err error) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) { yield(nil, err) }
}

// fixInputs are the stages that the steps of a fix read in every round, while the task gives each only once.
type fixInputs struct {
	r      *runner // of the task
	uses   map[int]int
	kept   map[int][]arrow.RecordBatch
	tables map[string]*joinTable
	names  map[*physical.Op]string // of the tables of joins
}

func newFixInputs(r *runner, fix *physical.Fix) *fixInputs {
	in := &fixInputs{r: r, uses: map[int]int{}, kept: map[int][]arrow.RecordBatch{}, tables: map[string]*joinTable{}, names: map[*physical.Op]string{}}
	counted := map[string]bool{}
	for _, s := range append([]physical.Step{fix.First}, fix.Next...) {
		for i := range s.Stages {
			for op := s.Stages[i].Root; op != nil; op = op.Input {
				in.count(&s, op, counted)
			}
		}
	}
	return in
}

// count notes how often a stage is read: once where it only becomes one table.
func (in *fixInputs) count(s *physical.Step, op *physical.Op, counted map[string]bool) {
	again := func(id int) {
		if id < 0 {
			in.uses[s.Inputs[-1-id].Stage] += 2
		}
	}
	switch {
	case op.Read != nil:
		for _, id := range op.Read.Stages {
			again(id)
		}
	case op.Fix != nil:
		again(op.Fix.Seed)
		for _, inner := range append([]physical.Step{op.Fix.First}, op.Fix.Next...) {
			for _, x := range inner.Inputs {
				if x.Rows == "" {
					again(x.Stage)
				}
			}
		}
	case op.HashJoin != nil && op.HashJoin.Build < 0 && s.Inputs[-1-op.HashJoin.Build].Rows == "":
		stage := s.Inputs[-1-op.HashJoin.Build].Stage
		name := tableName(stage, op.HashJoin)
		in.names[op] = name
		if !counted[name] {
			counted[name] = true
			in.uses[stage]++
		}
	}
}

// tableName is equal for joins that look up the same keys in the same rows of the same stage.
func tableName(stage int, j *physical.HashJoin) string {
	keys := make([]*logical.Expr, len(j.On))
	for i, k := range j.On {
		keys[i] = k.Right
	}
	text, err := json.Marshal(struct {
		Keys   []*logical.Expr
		Keep   *logical.Expr
		Exists bool
	}{keys, j.Keep, onlyExists(j)})
	if err != nil {
		return fmt.Sprintf("%d %p", stage, j)
	}
	return fmt.Sprintf("%d %s", stage, text)
}

func (in *fixInputs) stream(ctx context.Context, stage int) Batches {
	if bs, ok := in.kept[stage]; ok {
		return each(bs)
	}
	s, err := in.r.input(ctx, stage)
	if err != nil {
		return failing(err)
	}
	if in.uses[stage] < 2 {
		return s
	}
	var bs []arrow.RecordBatch
	for rec, err := range s {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			in.kept[stage] = bs
			return failing(err)
		}
		rec.Retain()
		bs = append(bs, rec)
	}
	in.kept[stage] = bs
	return each(bs)
}

func (in *fixInputs) close() {
	for _, bs := range in.kept {
		for _, b := range bs {
			b.Release()
		}
	}
	for _, t := range in.tables {
		t.close()
	}
}
