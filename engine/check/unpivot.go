package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// rowsOfRecords makes a row of each of the records that items are over one row of in, all of one type: the columns kept, then
// the fields. It is an unnest of a list of them.
func rowsOfRecords(in logical.Node, kept []types.Field, items []*logical.Expr, at span) logical.Node {
	const all, one = "$items", "$item"
	of := items[0].T
	p := keep(in, kept).(*logical.Project)
	p.Cols = append(p.Cols, logical.Named{Name: all, Expr: &logical.Expr{Op: logical.OpList, T: types.ListOf(of), Args: items, Span: at}})
	u := &logical.Unnest{Input: p, Expr: &logical.Expr{Op: logical.OpColumn, T: types.ListOf(of), Name: all, Span: at}, As: one}
	out := keep(u, kept).(*logical.Project)
	for _, f := range of.Fields {
		item := &logical.Expr{Op: logical.OpColumn, T: of, Name: one, Span: at}
		out.Cols = append(out.Cols, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpField, T: f.Type, Name: f.Name, Args: []*logical.Expr{item}, Span: at}})
	}
	return out
}

// unpivot makes a row of each of several columns: t -> unpivot jan, feb, name: month, value: sales.
func (c *checker) unpivot(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	name, ok1 := c.newName(s, "name")
	val, ok2 := c.newName(s, "value")
	if !ok1 || !ok2 {
		return t.poisoned()
	}
	at := s.node.Place()
	row := c.rowOf(t)
	gone := map[string]bool{}
	var cols []*scalar
	var of types.Type
	for _, a := range args {
		for _, e := range items(a) {
			column, ok := c.columnName(e, row)
			if !ok {
				return t.poisoned()
			}
			x := c.rowValue(row.rec.field(column), row, e.Place())
			if x == nil {
				return t.poisoned()
			}
			common := x.e.T
			if len(cols) > 0 {
				if common, ok = funcs.Common(of, x.e.T); !ok {
					c.report(errUnpivotType(e.Place(), of, x.e.T))
					return t.poisoned()
				}
			}
			of, cols = common, append(cols, x)
			gone[column] = true
		}
	}
	var kept []types.Field
	for _, f := range t.node.Schema() {
		if gone[f.Name] {
			continue
		}
		if f.Name == name || f.Name == val {
			c.report(errColumnTwice(at, f.Name))
			return t.poisoned()
		}
		kept = append(kept, f)
	}
	pair := types.RecordOf(types.Field{Name: name, Type: types.Of(types.String)}, types.Field{Name: val, Type: of})
	var pairs []*logical.Expr
	for _, x := range cols {
		v, _ := c.convert(x, of)
		pairs = append(pairs, &logical.Expr{Op: logical.OpRecord, T: pair, Names: []string{name, val}, Args: []*logical.Expr{textConst(x.e.Name, at).e, v.e}, Span: at})
	}
	node := rowsOfRecords(t.node, kept, pairs, at)
	c.facts.named(node, s.arg("name"))
	c.facts.named(node, s.arg("value"))
	return c.with(t, node, at)
}

// newName reads an argument that names a new column, by default as the argument itself.
func (c *checker) newName(s *stageCall, arg string) (string, bool) {
	switch e := s.arg(arg).(type) {
	case nil:
		return arg, true
	case *syntax.Name:
		c.facts.bind(syntax.IdentAt(e), nil)
		return e.Name, true
	default:
		c.report(errColumnName(e.Place()))
		return "", false
	}
}
