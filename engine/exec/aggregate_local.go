package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// aggregateLocal is one thread's groups, and the expressions that feed them.
type aggregateLocal struct {
	a       *aggregate
	w       *thread
	g       *groups
	keys    []scalar
	args    [][]scalar // by aggregate
	filters []*rowFilter
	codes   []uint32
	masked  []uint32
}

func (a *aggregate) local(w *thread) (local, error) {
	g, err := a.groups()
	if err != nil {
		return nil, err
	}
	l := &aggregateLocal{a: a, w: w, g: g}
	if a.agg.Mode == physical.Final {
		return l, nil
	}
	in := a.op.Input.Columns
	exprs := make([]*logical.Expr, len(a.agg.Keys))
	for i, k := range a.agg.Keys {
		exprs[i] = k.Expr
	}
	if l.keys, err = compileAll(w, exprs, in); err != nil {
		return nil, err
	}
	for _, s := range a.agg.Aggs {
		args, err := compileAll(w, s.Args, in)
		if err != nil {
			return nil, err
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
	return l, nil
}

func (l *aggregateLocal) push(seq int, b *batch) error {
	defer b.release()
	l.codes = slices.Grow(l.codes[:0], b.n)[:b.n]
	at := func(row int) int64 { return int64(seq)<<32 | int64(row) }
	nk := len(l.a.agg.Keys)
	if l.a.agg.Mode == physical.Final {
		l.g.number(l.w.run.mem, b.cols[:nk], l.codes, at)
	} else {
		keys, err := evalAll(l.w, l.keys, b)
		if err != nil {
			return err
		}
		l.g.number(l.w.run.mem, keys, l.codes, at)
		releaseAll(keys)
	}
	groups := l.codes
	if nk == 0 {
		groups = nil
	}
	next := nk
	for i, s := range l.g.states {
		s.Resize(len(l.g.first))
		var err error
		if l.a.agg.Mode == physical.Final {
			width := stateWidth(&l.a.agg.Aggs[i])
			err = s.Merge(b.n, groups, b.cols[next:next+width])
			next += width
		} else {
			err = l.update(i, s, b, groups)
		}
		if err != nil {
			err = calledForGroup(err, l.a.agg.Aggs[i].Span)
			if l.a.agg.Mode != physical.Final {
				err = b.located(err)
			}
			return placedAt(err, l.a.agg.Aggs[i].Span)
		}
	}
	l.g.account()
	return nil
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

func (l *aggregateLocal) update(i int, s funcs.Accumulator, b *batch, groups []uint32) error {
	args := make([]arrow.Array, 0, len(l.args[i]))
	defer func() { releaseAll(args) }()
	for _, e := range l.args[i] {
		eval := e.evalBriefly
		if l.a.agg.Aggs[i].User != nil {
			eval = e.eval
		}
		c, err := eval(l.w, b)
		if err != nil {
			return err
		}
		args = append(args, c)
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
	return s.Update(b.n, groups, args)
}

func (l *aggregateLocal) close() error {
	a := l.a
	if a.whole == nil {
		a.whole = l.g
		return nil
	}
	return a.whole.merge(a.r.mem, l.g, a.agg.Keys)
}
