package cost

import (
	"github.com/dreamql/dreamql/engine/logical"
)

// column is what the segments of a table say together about a column.
type column struct {
	rows, nulls, distinct float64
	min, max              *logical.Literal
}

// statistics finds the column of a table that name is, through nodes that pass it on unchanged; nil where there is none.
func statistics(n logical.Node, name string) *column {
	switch n := n.(type) {
	case *logical.Scan:
		for i, f := range n.Table.Columns {
			if f.Name == name {
				return overSegments(n.Table, i)
			}
		}
		return nil
	case *logical.Project:
		for _, c := range n.Cols {
			if c.Name == name && c.Expr.Op == logical.OpColumn {
				return statistics(n.Input, c.Expr.Name)
			}
		}
		return nil
	case *logical.Aggregate:
		for _, k := range n.Keys {
			if k.Name == name && k.Expr.Op == logical.OpColumn {
				return statistics(n.Input, k.Expr.Name)
			}
		}
		return nil
	}
	for _, in := range n.Inputs() {
		for _, f := range in.Schema() {
			if f.Name == name {
				return statistics(in, name)
			}
		}
	}
	return nil
}

// overSegments joins the segments' statistics. Distinct values of segments overlap by an unknown amount: the largest count is
// the least that there can be.
func overSegments(t *logical.Table, i int) *column {
	c := &column{}
	known := true
	for _, s := range t.Segments {
		if i >= len(s.Columns) {
			return nil
		}
		x := s.Columns[i]
		c.rows += float64(s.Rows)
		c.nulls += float64(x.Nulls)
		c.distinct = max(c.distinct, float64(x.Distinct))
		if x.Min == nil || x.Max == nil {
			known = known && float64(x.Nulls) == float64(s.Rows) // nothing but absent values widens nothing
			continue
		}
		if o, ok := logical.Compare(x.Min, c.min); c.min == nil || ok && o < 0 {
			c.min = x.Min
		}
		if o, ok := logical.Compare(x.Max, c.max); c.max == nil || ok && o > 0 {
			c.max = x.Max
		}
	}
	if !known {
		c.min, c.max = nil, nil
	}
	return c
}
