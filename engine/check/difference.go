package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// except and intersect are the distinct rows of a table that another does not have, or has too. Columns go by name. Equal
// rows are found as groups are, so that absent equals absent and NaN equals NaN: of both tables together, with a column
// that says which side a row is from, those groups stay that have the right sides.
func (c *checker) except(t *table, s *stageCall) value { return c.difference(t, s, "==") }

func (c *checker) intersect(t *table, s *stageCall) value { return c.difference(t, s, ">") }

func (c *checker) difference(t *table, s *stageCall, there string) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	at := s.node.Place()
	u := c.asTable(args[0], s.env, s.st.name)
	if u == nil || u.poison {
		return t.poisoned()
	}
	both, ok := c.align([]logical.Node{t.node, u.node}, t.node.Schema(), at)
	if !ok {
		return t.poisoned()
	}
	const side, mine, theirs = "$side", "$mine", "$theirs"
	union := &logical.Union{}
	for i, in := range both.Inputs() {
		p := keep(in, both.Schema()).(*logical.Project)
		p.Cols = append(p.Cols, logical.Named{Name: side, Expr: boolConst(i == 0, at).e})
		union.In = append(union.In, p)
	}
	from := &logical.Expr{Op: logical.OpColumn, T: types.Of(types.Bool), Name: side, Span: at}
	whole := types.Of(types.Int)
	group := &logical.Aggregate{Input: union, Aggs: []logical.Agg{
		{Name: mine, Func: "count_if", Args: []*logical.Expr{from}, Type: whole, Span: at},
		{Name: theirs, Func: "count_if", Args: []*logical.Expr{call("not", from.T, at, from)}, Type: whole, Span: at},
	}}
	for _, f := range both.Schema() {
		group.Keys = append(group.Keys, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}})
	}
	test := func(name, op string) *logical.Expr {
		count := &logical.Expr{Op: logical.OpColumn, T: whole, Name: name, Span: at}
		return call(op, from.T, at, count, &logical.Expr{Op: logical.OpLiteral, T: whole, Lit: &logical.Literal{Int: new(int64)}, Span: at})
	}
	kept := &logical.Filter{Input: group, Pred: call("and", from.T, at, test(mine, ">"), test(theirs, there))}
	out := keep(kept, both.Schema())
	c.from(out, origin{stage: s.st.name, at: at, left: t.node, right: u.node})
	return c.grow(&table{node: out, nest: t.nest, lost: t.lost, poison: t.poison, size: t.size + u.size + 6}, at)
}

func call(name string, t types.Type, at span, args ...*logical.Expr) *logical.Expr {
	return &logical.Expr{Op: logical.OpCall, T: t, Name: name, Args: args, Span: at}
}
