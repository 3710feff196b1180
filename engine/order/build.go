package order

import (
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// build makes the plan of an order, with the columns where they were.
func (g *graph) build(t *joined) logical.Node {
	n := g.joins(t)
	want := g.root.Schema()
	if same(want, n.Schema()) {
		return n
	}
	p := &logical.Project{Input: n}
	for _, f := range want {
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}})
	}
	return p
}

func same(a, b []types.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name {
			return false
		}
	}
	return true
}

// filtered is a leaf with what is asked of it alone, equal members of a class included.
func (g *graph) filtered(i int) logical.Node {
	l := &g.leaves[i]
	if l.join != nil {
		return l.node
	}
	var parts []*logical.Expr
	for _, c := range g.conds {
		if c.needs == 1<<i {
			parts = append(parts, c.expr)
		}
	}
	for _, c := range g.classes {
		ms := c.among(1 << i)
		for k := 1; k < len(ms); k++ {
			parts = append(parts, equality(ms[0].expr, ms[k].expr, c.span))
		}
	}
	return under(l.node, parts)
}

func (g *graph) joins(t *joined) logical.Node {
	if t.left == nil {
		return g.filtered(t.leaves.first())
	}
	left, right := g.joins(t.left), g.joins(t.right)
	var out *logical.Join
	if l := g.dependent(t.right); l != nil {
		out = l.join.WithInputs(left, right).(*logical.Join)
	} else {
		out = &logical.Join{Left: left, Right: right, Kind: logical.JoinMany, Span: g.span(t)}
		for _, k := range g.keysBetween(t.left.leaves, t.right.leaves) {
			out.On = append(out.On, logical.EquiKey{Left: k.a[0].expr, Right: k.b[0].expr})
		}
		if len(out.On) == 0 {
			out.Kind = logical.JoinCross
		}
	}
	var parts []*logical.Expr
	for _, c := range g.conds {
		if g.decided(c, t.left.leaves, t.right.leaves) {
			parts = append(parts, c.expr)
		}
	}
	return under(out, parts)
}

// span is where the program joins what is joined here.
func (g *graph) span(t *joined) source.Span {
	for _, c := range g.classes {
		if len(c.among(t.left.leaves)) > 0 && len(c.among(t.right.leaves)) > 0 {
			return c.span
		}
	}
	if j, ok := g.root.(*logical.Join); ok {
		return j.Span
	}
	return source.Span{}
}

func equality(a, b *logical.Expr, at source.Span) *logical.Expr {
	return &logical.Expr{Op: logical.OpCall, Name: "==", T: types.Of(types.Bool), Args: []*logical.Expr{a, b}, Span: at}
}

func under(n logical.Node, parts []*logical.Expr) logical.Node {
	if len(parts) == 0 {
		return n
	}
	pred := parts[0]
	for _, p := range parts[1:] {
		pred = &logical.Expr{Op: logical.OpCall, Name: "and", T: types.Of(types.Bool), Args: []*logical.Expr{pred, p}, Span: p.Span}
	}
	return &logical.Filter{Input: n, Pred: pred}
}

// text writes an order in one line, the built sides in parentheses.
func (g *graph) text(t *joined) string {
	if t.left == nil {
		return g.name(t.leaves.first())
	}
	word := " ⋈ "
	if l := g.dependent(t.right); l != nil {
		word = " " + strings.TrimPrefix(string(l.join.Kind), "join_") + " "
	}
	right := g.text(t.right)
	if t.right.left != nil {
		right = "(" + right + ")"
	}
	return g.text(t.left) + word + right
}

// name is the table that a leaf's rows come from.
func (g *graph) name(i int) string {
	n := g.leaves[i].node
	for {
		if s, ok := n.(*logical.Scan); ok {
			return s.Table.Name
		}
		in := n.Inputs()
		if len(in) == 0 {
			return "rows"
		}
		n = in[0]
	}
}
