package exec

import (
	"context"
	"fmt"

	"github.com/dreamql/dreamql/engine/physical"
)

// builder turns a stage's operators into pipelines and runs each as soon as it is complete. r is the task as the operator sees it
// that is being built.
type builder struct {
	*building
	r *runner
}

type building struct {
	ctx    context.Context
	cur    *pipeline
	tables []*joinTable
}

func (b *builder) close() {
	for _, t := range b.tables {
		t.close()
	}
	if b.cur != nil && b.cur.from != nil {
		b.cur.from.close()
	}
}

// build is the one place that knows every operator.
func (b *builder) build(output emit) error {
	whole := b
	for _, op := range b.r.ops {
		b := &builder{whole.building, whole.r.of(op)}
		var err error
		switch {
		case op.Scan != nil:
			err = b.leaf(op, newScan)
		case op.Read != nil:
			err = b.leaf(op, newInput)
		case op.Values != nil:
			err = b.leaf(op, newValues)
		case op.Fix != nil:
			err = b.leaf(op, newFix)
		case op.Filter != nil:
			b.stream(op, newFilter)
		case op.Project != nil:
			b.stream(op, newProject)
		case op.Unnest != nil:
			b.stream(op, newUnnest)
		case op.Limit != nil:
			b.inOrder(op, newLimit)
		case op.HashJoin != nil:
			err = b.join(op)
		case op.Aggregate != nil:
			b.cur.shared = shareMatters(op.Aggregate)
			err = b.breaker(op, newAggregate(b.r, op), orderMatters(op.Aggregate))
		case op.Distinct != nil:
			err = b.breaker(op, newDistinct(b.r, op), false)
		case op.Sort != nil:
			err = b.breaker(op, newSort(b.r, op), false)
		case op.TopN != nil:
			err = b.breaker(op, newTopN(b.r, op), false)
		case op.Search != nil:
			err = b.breaker(op, newTextSearch(b.r, op), false)
		case op.Window != nil:
			err = b.breaker(op, newWindow(b.r, op), false)
		default:
			err = fmt.Errorf("exec: stage %d has an operator that this version does not know", b.r.task.Stage.ID)
		}
		if err != nil {
			return err
		}
	}
	b.cur.output = output
	return b.cur.run(b.ctx, b.r.whole)
}

func (b *builder) leaf(op *physical.Op, make func(*builder, *physical.Op) (origin, error)) error {
	if op.Input != nil {
		return fmt.Errorf("exec: %s has an input", op.Kind())
	}
	from, err := make(b, op)
	if err != nil {
		return err
	}
	b.cur = &pipeline{from: from, fromOp: op}
	return nil
}

func (b *builder) stream(op *physical.Op, make func(*thread, *physical.Op) (stream, error)) {
	s := step{op: op, new: func(w *thread) (stream, error) { return make(w, op) }}
	if len(b.cur.serial) > 0 {
		b.cur.serial = append(b.cur.serial, s)
	} else {
		b.cur.parallel = append(b.cur.parallel, s)
	}
}

func (b *builder) inOrder(op *physical.Op, make func(*thread, *physical.Op) (stream, error)) {
	b.cur.serial = append(b.cur.serial, step{op: op, new: func(w *thread) (stream, error) { return make(w, op) }})
}

// breaker runs the pipeline that ends in it; its rows start the next.
func (b *builder) breaker(op *physical.Op, end breaker, ordered bool) error {
	b.cur.end, b.cur.endOp, b.cur.ordered = end, op, ordered
	if err := b.cur.run(b.ctx, b.r.whole); err != nil {
		return err
	}
	from, err := end.rows(b.ctx)
	if err != nil {
		return err
	}
	b.cur = &pipeline{from: from, fromOp: op}
	return nil
}
