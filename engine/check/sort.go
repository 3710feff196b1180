package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

const intKind = types.Int

// items spreads [a, b] and {a, b} into their parts, where a stage takes one expression or several.
func items(e syntax.Expr) []syntax.Expr {
	switch e := e.(type) {
	case *syntax.List:
		return e.Items
	case *syntax.Braces:
		var out []syntax.Expr
		for _, en := range e.Entries {
			switch en := en.(type) {
			case *syntax.FieldEntry:
				out = append(out, en.Value)
			case *syntax.ExprEntry:
				out = append(out, en.X)
			default:
				return []syntax.Expr{e}
			}
		}
		return out
	}
	return []syntax.Expr{e}
}

// exprs evaluates one expression over the row, or the several of a list.
func (c *checker) exprs(e syntax.Expr, v *env, row *rowScope) ([]*logical.Expr, bool) {
	var out []*logical.Expr
	for _, x := range items(e) {
		s := c.rowValue(c.eval(x, v), row, x.Place())
		if s == nil {
			return nil, false
		}
		out = append(out, s.e)
	}
	return out, true
}

// sortKeys reads sort keys; a minus in front of one is descending, whatever its type.
func (c *checker) sortKeys(in []syntax.Expr, v *env, row *rowScope) ([]logical.SortKey, bool) {
	var out []logical.SortKey
	for _, e := range in {
		for _, x := range items(e) {
			k := logical.SortKey{}
			if u, ok := x.(*syntax.Unary); ok && u.Op == "-" {
				k.Desc, x = true, u.X
			}
			s := c.rowValue(c.eval(x, v), row, x.Place())
			if s == nil {
				return nil, false
			}
			if !funcs.Ordered(s.e.T.Required()) {
				c.report(errNotOrdered(x.Place(), s.e.T))
				return nil, false
			}
			k.Expr = s.e
			out = append(out, k)
		}
	}
	return out, true
}

// underKeys puts under a stage what its sort keys need, and back what it adds over the result.
func (c *checker) underKeys(t *table, keys []logical.SortKey, more []*logical.Expr, make func(in logical.Node) logical.Node) logical.Node {
	exprs := append([]*logical.Expr{}, more...)
	for _, k := range keys {
		exprs = append(exprs, k.Expr)
	}
	in := c.addWindows(t.node, exprs)
	if in == t.node {
		return make(in)
	}
	return keep(make(in), t.node.Schema())
}

func (c *checker) sort(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	keys, ok := c.sortKeys(args, s.env.over(row), row)
	if !ok {
		return t.poisoned()
	}
	return c.with(t, c.underKeys(t, keys, nil, func(in logical.Node) logical.Node {
		return &logical.Sort{Input: in, Keys: keys}
	}), s.node.Place())
}

// number of rows that a stage takes: a constant, not negative.
func (c *checker) rows(s *stageCall, e syntax.Expr) (int64, bool) {
	x := c.eval(e, s.env.tables())
	n, ok := constInt(x)
	if !ok || n < 0 {
		if !isUnknown(x) {
			c.report(errRowCount(e.Place(), s.st.name))
		}
		return 0, false
	}
	return n, true
}

func (c *checker) take(t *table, s *stageCall) value { return c.limit(t, s, false) }

func (c *checker) skip(t *table, s *stageCall) value { return c.limit(t, s, true) }

func (c *checker) limit(t *table, s *stageCall, skip bool) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	n, ok := c.rows(s, args[0])
	if !ok {
		return t.poisoned()
	}
	l := &logical.Limit{Input: t.node, Count: n}
	if skip {
		l.Offset, l.Count = n, -1
	}
	return c.with(t, l, s.node.Place())
}

func (c *checker) top(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	n, ok := c.rows(s, args[0])
	if !ok {
		return t.poisoned()
	}
	o := s.arg("order")
	if o == nil {
		c.report(errTopOrder(s.node.Place()))
		return t.poisoned()
	}
	row := c.rowOf(t)
	v := s.env.over(row)
	var by []*logical.Expr
	if b := s.arg("by"); b != nil {
		if by, ok = c.exprs(b, v, row); !ok {
			return t.poisoned()
		}
	}
	keys, ok := c.sortKeys([]syntax.Expr{o}, v, row)
	if !ok {
		return t.poisoned()
	}
	return c.with(t, c.underKeys(t, keys, by, func(in logical.Node) logical.Node {
		return &logical.TopN{Input: in, By: by, Keys: keys, N: n}
	}), s.node.Place())
}
