package exec

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
)

// maxRounds is when a fix that names no bound of its own is taken for endless.
const maxRounds = 1_000_000

// fix repeats its steps until a round adds no row. Rounds after the first see only what the last one added, looked up in hash
// tables of the other inputs, which are made once.
type fix struct {
	r      *runner // of the task
	ctx    context.Context
	op     *physical.Op
	rows   *fixRows
	added  *batch // by the last round
	inputs *fixInputs
	meters map[*physical.Op]*meter // of the steps' operators
	bounds map[*physical.Op]*bound // likewise: over all rounds
}

// newFix finds all rows before it gives the first: none is final while a better one may come.
func newFix(b *builder, op *physical.Op) (origin, error) {
	f := &fix{r: b.r, ctx: b.ctx, op: op, inputs: newFixInputs(b.r, op.Fix), meters: map[*physical.Op]*meter{}, bounds: map[*physical.Op]*bound{}}
	for _, s := range append([]physical.Step{op.Fix.First}, op.Fix.Next...) {
		for i := range s.Stages {
			maps.Copy(f.bounds, bounds(chainOf(s.Stages[i].Root)))
		}
	}
	defer f.close()
	w := b.r.thread(b.ctx)
	m := w.meter(op)
	start := time.Now()
	err := f.run(m)
	m.busy = time.Since(start)
	b.r.collect([]*thread{w})
	if err != nil {
		return nil, err
	}
	all, err := f.rows.all()
	if err != nil {
		return nil, err
	}
	out := &list{}
	for _, b := range all {
		out.bs = append(out.bs, sliced(b).(*list).bs...)
	}
	return out, nil
}

func (f *fix) close() {
	if f.rows != nil {
		f.rows.release()
	}
	f.drop()
	f.inputs.close()
}

func (f *fix) drop() {
	if f.added != nil {
		f.added.release()
		f.added = nil
	}
}

func (f *fix) run(m *meter) error {
	var err error
	if f.rows, err = newFixRows(f.r.mem, f.op); err != nil {
		return err
	}
	seed, err := f.r.input(f.ctx, f.op.Fix.Seed)
	if err != nil {
		return err
	}
	for rec, err := range seed {
		if err == nil {
			err = f.ctx.Err()
		}
		if err != nil {
			return err
		}
		m.in += rec.NumRows()
		if err := f.rows.add(fromRecord(rec).marked(f.op.Columns).flatten(f.r.mem)); err != nil {
			return err
		}
	}
	most := f.op.Fix.Rounds
	if most == 0 {
		most = maxRounds
	}
	steps := []physical.Step{f.op.Fix.First}
	for {
		f.drop()
		if f.added, err = f.rows.round(); err != nil {
			return err
		}
		if f.added.n == 0 && m.rounds > 0 {
			m.rounds--
			return nil
		}
		if m.rounds > most {
			return source.Diagnostics{{
				Code: "DQL9110", Severity: source.Error, Span: f.op.Fix.Span,
				Message: fmt.Sprintf("fix still finds new rows after %d rounds", most),
				Help:    "let the step end, for example with filter on what it counts, or allow more with rounds: " + fmt.Sprint(10*most),
			}}
		}
		m.rounds++
		for i := range steps {
			if err := f.step(&steps[i]); err != nil {
				return err
			}
		}
		steps = f.op.Fix.Next
	}
}
