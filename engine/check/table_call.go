package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// rowsOfCall is a call of a package's table function as a table, where it stands by itself and its arguments read no row: nil where
// v is none. Elements that are records give the columns, others the column "item".
func (c *checker) rowsOfCall(v value, at span) *table {
	s, ok := v.(*scalar)
	if !ok || s.row != nil || s.agg || s.e.Op != logical.OpUDF || s.e.Func.Shape != udf.Table || s.e.T.Required().Kind != types.List {
		return nil
	}
	element := *s.e.T.Required().Elem
	list := *s.e
	list.T = list.T.Required() // an absent list has no rows
	item := &logical.Expr{Op: logical.OpColumn, T: element, Name: "item", Span: at}
	unnest := &logical.Unnest{Input: c.addQueries(unit(at), []*logical.Expr{&list}), Expr: &list, As: item.Name}
	p := &logical.Project{Input: unnest}
	if element.Required().Kind != types.Record {
		p.Cols = []logical.Named{{Name: item.Name, Expr: item}}
	}
	for _, f := range element.Required().Fields {
		t := f.Type
		if element.IsOption() {
			t = types.Optional(t)
		}
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpField, T: t, Name: f.Name, Args: []*logical.Expr{item}, Span: at}})
	}
	out, _ := c.grow(&table{node: p, size: s.size + 2}, at).(*table)
	return out
}

// source is a value before a stage as a table where it is meant as one: a list of records that is written out, and a call of a table
// function. Other values are returned as they are; unknown after a report.
func (c *checker) source(v value, stage string, at span) value {
	switch x := v.(type) {
	case *list:
		if len(x.items) > 0 {
			if _, rows := x.items[0].(*record); rows {
				if t := c.rowsOf(x, at); t != nil {
					return t
				}
				return unknown{}
			}
		}
	case *scalar:
		if stage == "" {
			return v // a function that takes lists
		}
		if list := x.e.T.Required(); list.Kind == types.List && list.Elem.Required().Kind != types.Record && takesInstead(stage, v) {
			return v // a function over lists of that name
		}
		if t := c.rowsOfCall(v, at); t != nil {
			return t
		}
	}
	return v
}
