package check

import (
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// pivot makes a column of each of the given values of a column:
// t -> pivot month, in: ['jan', 'feb'], value: sum(sales), by: shop.
//
// It is a grouping whose aggregates count only the rows of their value, so the columns are known before the run. Without
// by: the groups are those of all columns that the arguments do not use.
func (c *checker) pivot(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	at := s.node.Place()
	row := c.rowOf(t)
	v := s.env.over(row)
	name, ok := c.columnName(args[0], row)
	set, val := s.arg("in"), s.arg("value")
	if !ok {
		return t.poisoned()
	}
	if set == nil || val == nil {
		c.report(errPivot(at))
		return t.poisoned()
	}
	key := c.rowValue(row.rec.field(name), row, args[0].Place())
	x := c.scalar(c.eval(val, v), val.Place())
	if key == nil || x == nil {
		return t.poisoned()
	}
	a := c.aggs[x.e.Name]
	if x.e.Op != logical.OpColumn || a == nil || a.window || x.row != nil && x.row != row {
		c.report(errPivot(val.Place()))
		return t.poisoned()
	}
	used := map[string]bool{name: true}
	for _, e := range a.args {
		logical.ColumnsOf(e, used)
	}
	group := &logical.Aggregate{}
	if by := s.arg("by"); by != nil {
		for _, e := range items(by) {
			k, ok := c.columnName(e, row)
			if !ok {
				return t.poisoned()
			}
			f, ok := fieldIn(t.node.Schema(), k)
			if !ok {
				c.report(errColumnName(e.Place()))
				return t.poisoned()
			}
			group.Keys = append(group.Keys, logical.Named{Name: k, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: k}})
		}
	} else {
		for _, f := range t.node.Schema() {
			if !used[f.Name] && !strings.HasSuffix(f.Name, "."+presentName) {
				group.Keys = append(group.Keys, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}})
			}
		}
	}
	taken := map[string]bool{}
	for _, k := range group.Keys {
		taken[k.Name] = true
	}
	exprs := append([]*logical.Expr{}, a.args...)
	for _, e := range items(set) {
		given := c.eval(e, s.env.tables())
		if isUnknown(given) {
			return t.poisoned()
		}
		lit, ok := given.(*scalar)
		column, known := "", false
		if ok {
			column, known = labelOf(lit.e)
		}
		if !known {
			c.report(errPivot(e.Place()))
			return t.poisoned()
		}
		if taken[column] {
			c.report(errColumnTwice(e.Place(), column))
			return t.poisoned()
		}
		taken[column] = true
		test, ok := c.function("==", []arg{{v: key, span: at}, {v: lit, span: e.Place()}}, e).(*scalar)
		if !ok {
			return t.poisoned()
		}
		exprs = append(exprs, test.e)
		group.Aggs = append(group.Aggs, logical.Agg{Name: column, Func: a.fn, User: a.user, Args: a.args, Type: a.t, Filter: test.e, Span: a.span})
	}
	if group.Input = c.addWindows(t.node, exprs); len(group.Aggs) == 0 {
		c.report(errPivot(set.Place()))
		return t.poisoned()
	}
	return c.grow(&table{node: group, poison: t.poison, size: t.size + 1}, at)
}

// labelOf is the name of the column for a value of the pivot's key.
func labelOf(e *logical.Expr) (string, bool) {
	if e.Op != logical.OpLiteral || e.Lit.Absent() {
		return "", false
	}
	switch e.T.Kind {
	case types.String:
		return *e.Lit.Text, *e.Lit.Text != ""
	case types.Int, types.Bool:
		return e.String(), true
	}
	return "", false
}
