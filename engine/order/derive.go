package order

import (
	"math"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// worthwhile is the share of rows that a condition must take away to be added: it costs time too.
const worthwhile = 0.05

// derive adds conditions that follow from others: a bound of a key holds for what the key is equal to, and of alternatives over
// several relations each relation must meet its part of one.
//
//	l.k == r.k and l.k < 9                           → and r.k < 9
//	l.a == 1 and r.b == 2 or l.a == 3 and r.b == 4   → and (l.a == 1 or l.a == 3) and (r.b == 2 or r.b == 4)
func (g *graph) derive() {
	var added []condition
	for _, c := range g.classes {
		for _, m := range c.members {
			for _, cond := range g.bounds(m) {
				for _, n := range c.members {
					if n.leaf != m.leaf && n.expr.Op == logical.OpColumn {
						added = append(added, condition{expr: renamed(cond, m.expr.Name, n.expr), needs: 1 << n.leaf})
					}
				}
			}
		}
	}
	for i := range g.conds {
		for k := range g.leaves {
			if g.leaves[k].join != nil || !g.conds[i].needs.has(k) || g.conds[i].needs.single() {
				continue
			}
			if e := g.alternatives(g.conds[i].expr, k); e != nil {
				c := condition{expr: e, needs: 1 << k}
				if g.take(c, added) {
					added = append(added, c)
					g.conds[i].share = math.Max(1e-6, g.share(g.conds[i])*g.cost.Selectivity(e, g.leaves[k].node))
				}
			}
		}
	}
	var texts []string
	for _, c := range added {
		if g.take(c, nil) {
			g.conds = append(g.conds, c)
			texts = append(texts, c.expr.String())
		}
	}
	if texts != nil {
		g.steps = append(g.steps, rules.Step{Rule: "derive_conditions", Before: logical.Describe(g.root), After: strings.Join(texts, ", ")})
	}
}

// take reports whether a condition of one leaf is new and takes enough rows away.
func (g *graph) take(c condition, also []condition) bool {
	i := c.needs.first()
	for _, other := range append(g.conds[:len(g.conds):len(g.conds)], also...) {
		if other.needs == c.needs && other.expr.String() == c.expr.String() {
			return false
		}
	}
	for _, other := range asked(g.leaves[i].node) {
		if other.String() == c.expr.String() {
			return false
		}
	}
	return g.leaves[i].join == nil && g.cost.Selectivity(c.expr, g.leaves[i].node) < 1-worthwhile
}

// bounds are the conditions on one member of a class alone, of the kinds that statistics and zone maps understand.
func (g *graph) bounds(m member) []*logical.Expr {
	if m.expr.Op != logical.OpColumn {
		return nil
	}
	parts := asked(g.leaves[m.leaf].node)
	for _, c := range g.conds {
		if c.needs == 1<<m.leaf {
			parts = append(parts, c.expr)
		}
	}
	var out []*logical.Expr
	for _, p := range parts {
		used := map[string]bool{}
		logical.ColumnsOf(p, used)
		if len(used) == 1 && used[m.expr.Name] && simple(p) && rules.Total(p) {
			out = append(out, p)
		}
	}
	return out
}

func simple(p *logical.Expr) bool {
	if p.Op != logical.OpCall {
		return false
	}
	switch p.Name {
	case "==", "<", "<=", ">", ">=", "in":
		return true
	}
	return false
}

// asked are the conditions at the top of a relation.
func asked(n logical.Node) []*logical.Expr {
	switch n := n.(type) {
	case *logical.Scan:
		return logical.Conjuncts(n.Filter)
	case *logical.Filter:
		return append(logical.Conjuncts(n.Pred), asked(n.Input)...)
	}
	return nil
}

func renamed(e *logical.Expr, from string, to *logical.Expr) *logical.Expr {
	return logical.Transform(e, func(x *logical.Expr) *logical.Expr {
		if x.Op == logical.OpColumn && x.Name == from {
			return to
		}
		return x
	})
}

// alternatives is what an "or" asks of one leaf; nil where one of its sides asks nothing of it.
func (g *graph) alternatives(e *logical.Expr, leaf int) *logical.Expr {
	sides := rules.Disjuncts(e)
	if len(sides) < 2 {
		return nil
	}
	var out *logical.Expr
	for _, side := range sides {
		var mine []*logical.Expr
		for _, c := range logical.Conjuncts(side) {
			if g.needs(c) == 1<<leaf {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			return nil
		}
		part := rules.Conjunction(mine)
		if out == nil {
			out = part
		} else if out.String() != part.String() {
			out = &logical.Expr{Op: logical.OpCall, Name: "or", T: types.Of(types.Bool), Args: []*logical.Expr{out, part}, Span: e.Span}
		}
	}
	return out
}

// share is the part of its rows that a condition's derived ones have let through already.
func (g *graph) share(c condition) float64 {
	if c.share == 0 {
		return 1
	}
	return c.share
}
