package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// aggregateLocal is one thread's groups, and the expressions that feed them.
type aggregateLocal struct {
	a       *aggregate
	w       *thread
	g       *groups
	exprs   []scalar // the keys, then the arguments, each once
	args    [][]int  // by aggregate, which of exprs
	filters []*rowFilter
	codes   []uint32
	masked  []uint32
	few     *funcs.Few // groups of the rows of the batch, where there are few and somebody has asked; else nil
	fewRoom funcs.Few
	parts   parts
	kept    kept
	raw     bool // rows are shared out as they come
	grouped int  // rows so far
	more    int  // groups before it is asked again whether grouping early pays
	seq     int  // the last batch
	rows    int  // of it so far: it may come in parts
}

func (a *aggregate) local(w *thread) (local, error) {
	g, err := a.groups()
	if err != nil {
		return nil, err
	}
	l := &aggregateLocal{a: a, w: w, g: g, seq: -1, parts: parts{hashes: rowHashes{seed: a.seed}}}
	if a.agg.Mode == physical.Final {
		return l, nil
	}
	in := a.op.Input.Columns
	exprs := make([]*logical.Expr, len(a.agg.Keys))
	for i, k := range a.agg.Keys {
		exprs[i] = k.Expr
	}
	seen := map[string]int{}
	for _, s := range a.agg.Aggs {
		args := make([]int, len(s.Args))
		for i, e := range s.Args {
			at, ok := seen[e.Name]
			if !ok || e.Op != logical.OpColumn {
				at = len(exprs)
				exprs = append(exprs, e)
			}
			if args[i] = at; e.Op == logical.OpColumn {
				seen[e.Name] = at
			}
		}
		l.args = append(l.args, args)
		var f *rowFilter
		if s.Filter != nil {
			if f, err = newRowFilter(w, s.Filter, in); err != nil {
				return nil, err
			}
		}
		l.filters = append(l.filters, f)
	}
	l.exprs, err = compileAll(w, exprs, in)
	return l, err
}

func (l *aggregateLocal) push(seq int, b *batch) error {
	defer b.release()
	if seq != l.seq {
		l.seq, l.rows = seq, 0
	}
	place := int64(seq)<<32 | int64(l.rows)
	l.rows += b.n
	l.grouped += b.n
	l.codes = slices.Grow(l.codes[:0], b.n)[:b.n]
	nk := len(l.a.agg.Keys)
	if l.a.agg.Mode == physical.Final {
		l.g.number(l.w.run.mem, b.cols[:nk], l.codes, nil, place)
		if err := l.a.merge(l.g, l.codes, b.cols[nk:]); err != nil {
			return err
		}
		l.g.account()
		return l.settle()
	}
	cols, err := l.eval(b)
	if err != nil {
		return err
	}
	defer releaseAll(cols)
	if l.raw {
		if err := l.shareRows(b, cols, place); err != nil {
			return err
		}
		return l.settle()
	}
	l.g.number(l.w.run.mem, cols[:nk], l.codes, nil, place)
	l.few = nil
	for i, s := range l.g.states {
		if err := l.update(i, s, b, cols); err != nil {
			err = b.located(calledForGroup(err, l.a.agg.Aggs[i].Span))
			return placedAt(err, l.a.agg.Aggs[i].Span)
		}
	}
	l.g.account()
	return l.settle()
}

// eval computes keys and arguments; something of them may be kept by aggregates of packages. All others copy what they keep.
func (l *aggregateLocal) eval(b *batch) ([]arrow.Array, error) {
	if l.g.calls != nil {
		return evalAll(l.w, l.exprs, b)
	}
	cols := make([]arrow.Array, 0, len(l.exprs))
	for i, e := range l.exprs {
		eval := e.evalNarrow
		if keys := l.a.agg.Keys; i < len(keys) && (l.raw || !comesNarrow(keys[i].Expr.T) && keys[i].Expr.T.Required().Kind != types.String) { // parts are told by hashes of wide ones
			eval = e.evalBriefly
		}
		c, err := eval(l.w, b)
		if err != nil {
			releaseAll(cols)
			return nil, err
		}
		cols = append(cols, c)
	}
	return cols, nil
}

func stateWidth(g *logical.Agg) int {
	if g.User != nil {
		return 1
	}
	f, err := funcs.Resolve(g.Func, argTypes(g.Args))
	if err != nil {
		return 0 // groups has resolved it already
	}
	return len(f.Overload.Agg.State(argTypes(g.Args), g.Type))
}

func (l *aggregateLocal) update(i int, s funcs.Accumulator, b *batch, cols []arrow.Array) error {
	s.Resize(len(l.g.first))
	groups := l.codes
	if len(l.a.agg.Keys) == 0 {
		groups = nil
	}
	if f := l.filters[i]; f != nil {
		rows, err := f.pred.rows(l.w, b)
		if err != nil {
			return err
		}
		if rows != nil {
			l.masked = slices.Grow(l.masked[:0], b.n)[:b.n]
			for k := range l.masked {
				l.masked[k] = funcs.NoGroup
			}
			for _, r := range rows {
				l.masked[r] = l.codes[r]
			}
			groups = l.masked
		}
	}
	args := make([]arrow.Array, len(l.args[i]))
	for k, at := range l.args[i] {
		args[k] = cols[at]
	}
	if able, ok := s.(funcs.FewAccumulator); ok && l.filters[i] == nil && groups != nil && funcs.IsFew(len(l.g.first), b.n) && able.TakesFew(len(l.g.first)) {
		if l.few == nil {
			l.few = &l.fewRoom
			l.few.Set(groups, len(l.g.first))
		}
		if done, err := able.UpdateFew(l.few, args); done || err != nil {
			return err
		}
	}
	return s.Update(b.n, groups, args)
}

func (l *aggregateLocal) close() error {
	l.a.locals = append(l.a.locals, l)
	return nil
}
