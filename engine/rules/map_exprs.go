package rules

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
)

// mapExprs transforms every expression of a node, bottom-up, and reports whether any changed.
func mapExprs(n logical.Node, f func(*logical.Expr) *logical.Expr) (logical.Node, bool) {
	m := &mapping{f: f}
	switch n := n.(type) {
	case *logical.Scan:
		c := *n
		c.Filter = m.expr(n.Filter)
		return &c, m.changed
	case *logical.Filter:
		c := *n
		c.Pred = m.expr(n.Pred)
		return &c, m.changed
	case *logical.Project:
		c := *n
		c.Cols = m.named(n.Cols)
		return &c, m.changed
	case *logical.Aggregate:
		c := *n
		c.Keys = m.named(n.Keys)
		c.Aggs = slices.Clone(n.Aggs)
		for i := range c.Aggs {
			c.Aggs[i].Args = m.exprs(c.Aggs[i].Args)
			c.Aggs[i].Filter = m.expr(c.Aggs[i].Filter)
		}
		return &c, m.changed
	case *logical.Join:
		c := *n
		c.On = slices.Clone(n.On)
		for i := range c.On {
			c.On[i] = logical.EquiKey{Left: m.expr(c.On[i].Left), Right: m.expr(c.On[i].Right)}
		}
		c.Residual = m.expr(n.Residual)
		return &c, m.changed
	case *logical.Sort:
		c := *n
		c.Keys = m.keys(n.Keys)
		return &c, m.changed
	case *logical.TopN:
		c := *n
		c.By, c.Keys = m.exprs(n.By), m.keys(n.Keys)
		return &c, m.changed
	case *logical.Unnest:
		c := *n
		c.Expr = m.expr(n.Expr)
		return &c, m.changed
	case *logical.Search:
		c := *n
		c.Text = m.expr(n.Text)
		return &c, m.changed
	case *logical.Window:
		c := *n
		c.By, c.Order = m.exprs(n.By), m.keys(n.Order)
		c.Funcs = slices.Clone(n.Funcs)
		for i := range c.Funcs {
			c.Funcs[i].Args = m.exprs(c.Funcs[i].Args)
		}
		return &c, m.changed
	}
	return n, false
}

type mapping struct {
	f       func(*logical.Expr) *logical.Expr
	changed bool
}

func (m *mapping) expr(e *logical.Expr) *logical.Expr {
	out := logical.Transform(e, m.f)
	m.changed = m.changed || out != e
	return out
}

func (m *mapping) exprs(es []*logical.Expr) []*logical.Expr {
	out := make([]*logical.Expr, len(es))
	for i, e := range es {
		out[i] = m.expr(e)
	}
	return out
}

func (m *mapping) named(cs []logical.Named) []logical.Named {
	out := make([]logical.Named, len(cs))
	for i, c := range cs {
		out[i] = logical.Named{Name: c.Name, Expr: m.expr(c.Expr)}
	}
	return out
}

func (m *mapping) keys(ks []logical.SortKey) []logical.SortKey {
	out := make([]logical.SortKey, len(ks))
	for i, k := range ks {
		out[i] = logical.SortKey{Expr: m.expr(k.Expr), Desc: k.Desc}
	}
	return out
}
