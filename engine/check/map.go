package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
)

// mapTable gives each row the fields of the braces; all keeps the other columns too.
func (c *checker) mapTable(t *table, b *syntax.Braces, v *env, row *rowScope, all bool) value {
	r, _ := c.fields(b, v, row)
	if r == nil {
		return unknown{}
	}
	if all {
		whole := &record{}
		for _, f := range row.rec.fields {
			if x := r.field(f.name); x != nil {
				f.v = x
			}
			whole.fields = append(whole.fields, f)
		}
		for _, f := range r.fields {
			if row.rec.field(f.name) == nil {
				whole.fields = append(whole.fields, f)
			}
		}
		r = whole
	}
	return c.project(t, r, row, b.Span)
}

// project makes a table of rows r over the rows of t. Right rows of joins that pass through unchanged stay flat.
func (c *checker) project(t *table, r *record, row *rowScope, at span) value {
	out := &table{size: t.size + 1, poison: t.poison}
	var cols []logical.Named
	seen := map[string]bool{}
	add := func(name string, s *scalar) {
		if seen[name] {
			c.report(errColumnTwice(at, name))
			out.poison = true
			return
		}
		seen[name] = true
		cols = append(cols, logical.Named{Name: name, Expr: s.e})
	}
	for _, f := range r.fields {
		if rec, ok := f.v.(*record); ok && row.rec.field(f.name) == f.v && t.nestOf(f.name) != nil {
			for _, g := range rec.fields {
				add(f.name+"."+g.name, g.v.(*scalar))
			}
			if rec.present != nil {
				add(f.name+"."+presentName, rec.present)
			}
			out.nest = append(out.nest, *t.nestOf(f.name))
			continue
		}
		s := c.rowValue(f.v, row, fieldPlace(f.v, at))
		if s == nil {
			out.lost, out.poison = append(out.lost, f.name), true
			continue
		}
		add(f.name, s)
	}
	if len(cols) == 0 {
		if out.poison {
			return unknown{}
		}
		return c.report(errNoColumns(at))
	}
	in, cols := c.prepare(t.node, cols)
	out.node = &logical.Project{Input: in, Cols: cols}
	c.facts.columns(out.node, r)
	c.from(out.node, origin{stage: "the record", at: at})
	return c.grow(out, at)
}

func (t *table) nestOf(name string) *nest {
	for i := range t.nest {
		if t.nest[i].name == name {
			return &t.nest[i]
		}
	}
	return nil
}

func fieldPlace(v value, at span) span {
	if s, ok := v.(*scalar); ok && s.e.Span != (span{}) {
		return s.e.Span
	}
	return at
}

func exprsOf(cols []logical.Named) []*logical.Expr {
	out := make([]*logical.Expr, len(cols))
	for i, n := range cols {
		out[i] = n.Expr
	}
	return out
}

// prepare puts under a projection what its expressions need: windows, and what several of them share.
func (c *checker) prepare(in logical.Node, cols []logical.Named) (logical.Node, []logical.Named) {
	exprs := exprsOf(cols)
	in = c.addWindows(in, exprs)
	in, exprs = shareWork(in, exprs)
	out := make([]logical.Named, len(cols))
	for i, n := range cols {
		out[i] = logical.Named{Name: n.Name, Expr: exprs[i]}
	}
	return in, out
}

func (c *checker) derive(t *table, s *stageCall) value { return c.recordStage(t, s, true) }

func (c *checker) mapStage(t *table, s *stageCall) value { return c.recordStage(t, s, false) }

// recordStage is derive and map: of braces, or of a function from a row to a record.
func (c *checker) recordStage(t *table, s *stageCall, all bool) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	v := s.env.over(row)
	if b, ok := args[0].(*syntax.Braces); ok && b.Kind == syntax.RecordBraces {
		return c.mapTable(t, b, v, row, all)
	}
	x := c.eval(args[0], v)
	if isFunction(x) {
		x = c.invoke(x, []arg{{v: row.rec, span: args[0].Place()}}, args[0])
	}
	r, ok := x.(*record)
	if !ok {
		if isUnknown(x) {
			return x
		}
		return c.report(errNotARecord(args[0].Place(), x.what()))
	}
	if all {
		whole := &record{fields: append([]field{}, r.fields...)}
		for i := len(row.rec.fields) - 1; i >= 0; i-- {
			if f := row.rec.fields[i]; r.field(f.name) == nil {
				whole.fields = append([]field{f}, whole.fields...)
			}
		}
		r = whole
	}
	return c.project(t, r, row, args[0].Place())
}

func (c *checker) filter(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	x := c.eval(args[0], s.env.over(row))
	p := c.rowValue(x, row, args[0].Place())
	if p == nil {
		return t.poisoned()
	}
	if p = c.condition(p, args[0].Place(), "filter"); p == nil {
		return t.poisoned()
	}
	cols := t.node.Schema()
	in := c.addWindows(t.node, []*logical.Expr{p.e})
	in, exprs := shareWork(in, []*logical.Expr{p.e})
	var node logical.Node = &logical.Filter{Input: in, Pred: exprs[0]}
	if in != t.node {
		node = keep(node, cols)
	}
	narrowed := *t
	node, narrowed.nest = narrow(node, t.nest, p.e)
	return c.with(&narrowed, node, args[0].Place())
}
