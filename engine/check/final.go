package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
)

// final is the plan of the value of a cell: a table, or one row of anything else. It is not ok after an error.
func (c *checker) final(v value, e syntax.Expr) (logical.Node, bool) {
	at := e.Place()
	switch x := v.(type) {
	case unknown, saved:
		return nil, false
	case *table:
		return c.finalTable(x, at)
	case *record:
		if x.present == nil {
			return c.oneRow(x, at)
		}
	case *list:
		if len(x.items) > 0 {
			if _, ok := x.items[0].(*record); ok {
				if t := c.rowsOf(x, at); t != nil {
					return t.node, true
				}
				return nil, false
			}
		}
	case *interval:
		c.report(errRangeValue(at))
		return nil, false
	case *closure, *builtin, *packaged, *windowValue, *moduleValue:
		c.report(errFunctionResult(at, v.what()))
		return nil, false
	}
	return c.oneRow(&record{fields: []field{{"value", v}}}, at)
}

// finalTable shows right rows of joins as records.
func (c *checker) finalTable(t *table, at span) (logical.Node, bool) {
	if t.poison {
		return nil, false
	}
	if len(t.nest) == 0 {
		return t.node, true
	}
	row := c.rowOf(t)
	p := &logical.Project{Input: t.node}
	for _, f := range row.rec.fields {
		s := c.rowValue(f.v, row, at)
		if s == nil {
			return nil, false
		}
		p.Cols = append(p.Cols, logical.Named{Name: f.name, Expr: s.e})
	}
	return p, true
}

func (c *checker) oneRow(r *record, at span) (logical.Node, bool) {
	p := &logical.Project{Input: unit(at)}
	none := &rowScope{rec: &record{}}
	for _, f := range r.fields {
		s := c.rowValue(f.v, none, at)
		if s == nil {
			return nil, false
		}
		p.Cols = append(p.Cols, logical.Named{Name: f.name, Expr: s.e})
	}
	if len(p.Cols) == 0 {
		c.report(errNoColumns(at))
		return nil, false
	}
	p.Input = c.addQueries(p.Input, exprsOf(p.Cols))
	return values(p), true
}
