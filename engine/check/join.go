package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// join matches the rows of t with those of another table. With as: the right row stays together under a name.
func (c *checker) join(t *table, s *stageCall, kind logical.JoinKind) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	right := c.asTable(args[0], s.env, s.st.name)
	if right == nil {
		return unknown{}
	}
	as, ok := c.alias(s, "")
	if !ok {
		return t.poisoned()
	}
	on := s.arg("on")
	var same []string
	if on != nil {
		if same, ok = c.onNames(on, s.env, t.node.Schema(), right.node.Schema()); !ok {
			return t.poisoned()
		}
	}
	prefix := ""
	onlyLeft := kind == logical.Semi || kind == logical.Anti
	optional := kind == logical.JoinMaybe || kind == logical.JoinLeft || kind == logical.JoinFull
	left := c.rowOf(t)
	both := &rowScope{rec: &record{}}
	c.addRow(both, t)
	out := &table{nest: t.nest, lost: t.lost, size: t.size + right.size + 2, poison: t.poison || right.poison}
	if as != "" {
		if left.rec.field(as) != nil {
			c.report(errColumnTwice(s.node.Place(), as))
			return t.poisoned()
		}
		right, prefix = nested(right, as, optional), as+"."
		out.nest = append(out.nest[:len(out.nest):len(out.nest)], nest{as, optional, right.node.Schema()})
		c.facts.named(right.node, s.arg("as"))
		inside := *right
		inside.nest = []nest{{name: as}} // in on: the row is there
		c.addRow(both, &inside)
	} else {
		if len(same) > 0 {
			prefix = "$same."
			right = renamed(right, same, prefix)
		}
		for _, f := range right.node.Schema() {
			if _, dup := fieldIn(t.node.Schema(), f.Name); dup {
				c.report(errJoinClash(s.node.Place(), f.Name))
				return t.poisoned()
			}
		}
		out.nest = append(out.nest[:len(out.nest):len(out.nest)], right.nest...)
		c.addRow(both, right)
	}
	j := &logical.Join{Left: t.node, Right: right.node, Kind: kind, Span: s.node.Place()}
	switch {
	case on == nil && kind != logical.JoinCross:
		c.report(errJoinOn(s.node.Place(), s.st.name))
		return t.poisoned()
	case on != nil && kind == logical.JoinCross:
		c.report(with(errCrossOn(on.Place()), source.Replace("write join_many", s.node.Place(), "join_many")))
		return t.poisoned()
	case len(same) > 0:
		out.poison = out.poison || !c.equalNames(j, same, prefix, on.Place())
	case on != nil:
		p := c.rowValue(c.eval(on, s.env.over(both)), both, on.Place())
		if p != nil {
			p = c.condition(p, on.Place(), "on:")
		}
		if p == nil || !c.keysOf(j, p.e) {
			out.poison = true
		}
	}
	if onlyLeft {
		out.nest = t.nest
	}
	out.node = j
	if len(same) > 0 && as == "" && !onlyLeft && !out.poison {
		out.node = c.mergeNames(j, same, prefix, on.Place())
	}
	if j.Residual != nil && c.asks(j.Residual) {
		cols := j.Schema()
		j.Left = c.addQueries(j.Left, []*logical.Expr{j.Residual})
		out.node = keep(j, cols)
	}
	c.facts.named(out.node, s.arg("as"))
	return c.grow(out, s.node.Place())
}

// nested renames every column x to as.x; optional adds one that tells whether the row is there.
func nested(t *table, as string, optional bool) *table {
	p := &logical.Project{Input: t.node}
	for _, f := range t.node.Schema() {
		p.Cols = append(p.Cols, logical.Named{Name: as + "." + f.Name, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}})
	}
	if optional {
		p.Cols = append(p.Cols, logical.Named{Name: as + "." + presentName, Expr: boolConst(true, span{}).e})
	}
	return &table{node: p, size: t.size + 1, poison: t.poison}
}

// keysOf splits the condition of a join into equal keys and the rest.
func (c *checker) keysOf(j *logical.Join, on *logical.Expr) bool {
	left, right := names(j.Left.Schema()), names(j.Right.Schema())
	for _, e := range logical.Conjuncts(on) {
		if e.Op == logical.OpCall && e.Name == "==" && len(e.Args) == 2 {
			a, b := e.Args[0], e.Args[1]
			if onlyReads(b, left) && onlyReads(a, right) {
				a, b = b, a
			}
			if onlyReads(a, left) && onlyReads(b, right) {
				k, ok := c.equiKey(a, b, e.Span)
				if !ok {
					return false
				}
				j.On = append(j.On, k)
				continue
			}
		}
		if len(c.windowsIn(e)) > 0 {
			c.report(errWindowInJoin(e.Span))
			return false
		}
		if j.Residual == nil {
			j.Residual = e
		} else {
			j.Residual = &logical.Expr{Op: logical.OpCall, T: e.T, Name: "and", Args: []*logical.Expr{j.Residual, e}, Span: e.Span}
		}
	}
	return true
}

func (c *checker) equiKey(a, b *logical.Expr, at span) (logical.EquiKey, bool) {
	for _, e := range []*logical.Expr{a, b} {
		if e.T.IsOption() {
			c.report(errOptionalKey(e.Span, e.Name))
			return logical.EquiKey{}, false
		}
	}
	t, ok := funcs.Common(a.T, b.T)
	if !ok {
		c.report(errType(at, a.T, b.T))
		return logical.EquiKey{}, false
	}
	x, okX := c.convert(&scalar{e: a, size: 1, deep: 1}, t)
	y, okY := c.convert(&scalar{e: b, size: 1, deep: 1}, t)
	return logical.EquiKey{Left: x.e, Right: y.e}, okX && okY
}

func (c *checker) windowsIn(e *logical.Expr) []string {
	var out []string
	logical.Walk(e, func(x *logical.Expr) {
		if x.Op == logical.OpColumn && c.wins[x.Name] != nil {
			out = append(out, x.Name)
		}
	})
	return out
}

func names(fs []types.Field) map[string]bool {
	out := map[string]bool{}
	for _, f := range fs {
		out[f.Name] = true
	}
	return out
}

// onlyReads reports whether e reads columns, and all of them are of the set.
func onlyReads(e *logical.Expr, set map[string]bool) bool {
	reads := map[string]bool{}
	logical.ColumnsOf(e, reads)
	for n := range reads {
		if !set[n] {
			return false
		}
	}
	return len(reads) > 0
}
