package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/sketch"
	"github.com/dreamql/dreamql/engine/types"
)

// column is what the segments of a table say together about one of its columns.
type column struct {
	of                    types.Type
	rows, nulls, distinct float64
	min, max              *logical.Literal
	parts                 []part
	unique                bool // proven: no value comes twice, and none is absent
	rising                bool // proven: rows are in the order of the values, and none is absent
	width                 float64
}

// part is one segment's share of the table and what it knows of the column.
type part struct {
	weight float64 // its share of the table's rows
	rows   float64
	*logical.Column
}

// over joins the segments' statistics; the distinct values of segments that cannot be counted together overlap by an unknown
// amount, so that the largest count is the least that there can be.
func over(t *logical.Table, i int) *column {
	c := &column{of: t.Columns[i].Type, unique: true, rising: true}
	known, merged := true, &sketch.Distinct{}
	texts := 0.0
	for _, s := range t.Segments {
		c.rows += float64(s.Rows)
	}
	var last *logical.Literal
	for k := range t.Segments {
		s := &t.Segments[k]
		if i >= len(s.Columns) {
			return nil
		}
		x := &s.Columns[i]
		c.parts = append(c.parts, part{weight: float64(s.Rows) / math.Max(1, c.rows), rows: float64(s.Rows), Column: x})
		c.nulls += float64(x.Nulls)
		c.distinct = max(c.distinct, float64(x.Distinct))
		texts += x.Width * float64(s.Rows-x.Nulls)
		if merged != nil && merged.Merge(x.Sketch) != nil && (x.Distinct > 0 || s.Rows > x.Nulls) {
			merged = nil
		}
		c.order(x, last)
		last = x.Max
		if x.Min == nil || x.Max == nil {
			known = known && x.Nulls == s.Rows // nothing but absent values widens nothing
			continue
		}
		if o, ok := logical.CompareAs(c.of, x.Min, c.min); c.min == nil || ok && o < 0 {
			c.min = x.Min
		}
		if o, ok := logical.CompareAs(c.of, x.Max, c.max); c.max == nil || ok && o > 0 {
			c.max = x.Max
		}
	}
	if !known {
		c.min, c.max = nil, nil
	}
	if merged != nil {
		c.distinct = max(c.distinct, min(float64(merged.Estimate()), c.rows-c.nulls))
	}
	if c.unique {
		c.distinct = c.rows
	}
	c.width = texts / math.Max(1, c.rows-c.nulls)
	return c
}

// order keeps the proofs of order while each segment goes on where the one before it ended.
func (c *column) order(x *logical.Column, last *logical.Literal) {
	c.rising, c.unique = c.rising && x.Rising, c.unique && x.Strict
	if last != nil && c.rising {
		o, ok := logical.CompareAs(c.of, last, x.Min)
		c.rising = ok && o <= 0
		c.unique = c.unique && ok && o < 0
	}
	c.unique = c.unique && c.rising
}

func (c *column) present() float64 { return 1 - c.nulls/math.Max(1, c.rows) }

// origin is a column of a table that a relation passes on unchanged, and the conditions on it alone that rows have passed.
type origin struct {
	*column
	scan   *logical.Scan
	index  int
	passed []*logical.Expr // over the table's own name of the column
}

// origin finds the column of a table that name is, through nodes that pass it on; nil where there is none.
func (e *Estimates) origin(n logical.Node, name string) *origin {
	switch n := n.(type) {
	case nil:
		return nil
	case *logical.Scan:
		for i, f := range n.Table.Columns {
			if f.Name == name {
				c := e.facts().column(n.Table, i)
				if c == nil {
					return nil
				}
				o := &origin{column: c, scan: n, index: i}
				o.pass(n.Filter, name)
				return o
			}
		}
		return nil
	case *logical.Filter:
		o := e.origin(n.Input, name)
		if o != nil {
			o.pass(n.Pred, name)
		}
		return o
	case *logical.Project:
		for _, c := range n.Cols {
			if c.Name == name && plain(c.Expr) != "" {
				return e.origin(n.Input, plain(c.Expr))
			}
		}
		return nil
	case *logical.Aggregate:
		for _, k := range n.Keys {
			if k.Name == name && plain(k.Expr) != "" {
				return e.origin(n.Input, plain(k.Expr))
			}
		}
		return nil
	case *logical.Union, *logical.Fix:
		return nil
	}
	for _, in := range n.Inputs() {
		for _, f := range in.Schema() {
			if f.Name == name {
				return e.origin(in, name)
			}
		}
	}
	return nil
}

// pass keeps the conjuncts that are about the column alone, in the words of whoever asked.
func (o *origin) pass(pred *logical.Expr, name string) {
	for _, c := range logical.Conjuncts(pred) {
		used := map[string]bool{}
		logical.ColumnsOf(c, used)
		if len(used) != 1 || !used[name] {
			continue
		}
		here := o.scan.Table.Columns[o.index].Name
		o.passed = append(o.passed, logical.Transform(c, func(x *logical.Expr) *logical.Expr {
			if x.Op == logical.OpColumn && x.Name == name && name != here {
				renamed := *x
				renamed.Name = here
				return &renamed
			}
			return x
		}))
	}
}

// values are the distinct values that the conditions leave of the column.
func (e *Estimates) values(o *origin) float64 {
	d := math.Max(1, o.distinct)
	if len(o.passed) == 0 {
		return d
	}
	bare := *o.scan
	bare.Filter = nil
	present := math.Max(o.present(), 1e-9)
	return math.Max(1, d*math.Min(1, e.all(o.passed, &bare)/present))
}

// plain is the column that an expression is, through casts; "" where it is none.
func plain(x *logical.Expr) string {
	for x.Op == logical.OpCast {
		x = x.Args[0]
	}
	if x.Op == logical.OpColumn {
		return x.Name
	}
	return ""
}
