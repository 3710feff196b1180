package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// project computes columns.
type project struct {
	w     *thread
	exprs []scalar
	types []types.Type
}

func newProject(w *thread, op *physical.Op) (stream, error) {
	p := &project{w: w}
	for _, c := range op.Project.Cols {
		s, err := w.compile(c.Expr, op.Input.Columns)
		if err != nil {
			return nil, err
		}
		p.exprs, p.types = append(p.exprs, s), append(p.types, s.p.Type())
	}
	return p, nil
}

func (p *project) push(b *batch, out emit) error {
	defer b.release()
	o := &batch{n: b.n, cols: make([]arrow.Array, len(p.exprs)), lineage: b.lineage}
	if b.late != nil {
		o.late = make([]late, len(p.exprs))
	}
	for i, s := range p.exprs {
		if c := s.p.Column(); c >= 0 && b.late != nil && b.late[c] != (late{}) {
			if o.cols[i], o.late[i] = b.cols[c], b.late[c]; o.cols[i] != nil {
				o.cols[i].Retain()
			}
			continue
		}
		var err error
		if o.cols[i], err = s.evalAgain(p.w, b); err != nil {
			o.release()
			return err
		}
		if s.p.Column() < 0 {
			o.cols[i] = charged(p.w.run.mem, o.cols[i], p.types[i])
		}
		if funcs.IsNarrow(o.cols[i], p.types[i]) {
			if o.late == nil {
				o.late = make([]late, len(p.exprs))
			}
			o.late[i].narrow = &p.types[i]
		}
	}
	return out(o)
}

func compileAll(w *thread, es []*logical.Expr, fields []types.Field) ([]scalar, error) {
	out := make([]scalar, len(es))
	for i, e := range es {
		s, err := w.compile(e, fields)
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

// evalAllBriefly is evalAll for a caller who keeps nothing of the columns when they are evaluated for the next batch.
func evalAllBriefly(w *thread, ss []scalar, b *batch) ([]arrow.Array, error) {
	cols := make([]arrow.Array, 0, len(ss))
	for _, s := range ss {
		c, err := s.evalBriefly(w, b)
		if err != nil {
			releaseAll(cols)
			return nil, err
		}
		cols = append(cols, c)
	}
	return cols, nil
}

// evalAll does not release b; the caller releases the columns.
func evalAll(w *thread, ss []scalar, b *batch) ([]arrow.Array, error) {
	cols := make([]arrow.Array, 0, len(ss))
	for _, s := range ss {
		c, err := s.eval(w, b)
		if err != nil {
			releaseAll(cols)
			return nil, err
		}
		cols = append(cols, c)
	}
	return cols, nil
}
