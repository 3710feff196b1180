package check

import (
	"strconv"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// subquery is a table of exactly one row that is used as a value: total = orders -> agg { n: count() }, then total.n. As
// windows do, its columns stand in an expression under reserved names, "$query1.n", until the stage around joins the row
// to its own rows.
type subquery struct {
	name string
	of   logical.Node
	row  logical.Node // with the reserved names
}

// hasOneRow reports whether a relation has exactly one row, whatever the data are.
func hasOneRow(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Aggregate:
		return len(n.Keys) == 0
	case *logical.Values:
		return len(n.Rows) == 1
	case *logical.Project, *logical.Sort, *logical.Window:
		return hasOneRow(n.Inputs()[0])
	case *logical.Join:
		return (n.Kind == logical.JoinCross || n.Kind == logical.JoinOne) && hasOneRow(n.Left) && (n.Kind == logical.JoinOne || hasOneRow(n.Right))
	}
	return false
}

// onlyValue is a table of one row and one column as the value in it; nil after a report.
func (c *checker) onlyValue(t *table, at span) *scalar {
	if t.poison {
		return nil
	}
	if !hasOneRow(t.node) {
		c.report(errNotAValue(at, t.what()))
		return nil
	}
	q := c.subquery(t, at)
	if q == nil {
		return nil
	}
	cols := q.of.Schema()
	if len(cols) != 1 {
		c.report(errManyColumns(at, fieldNames(cols)))
		return nil
	}
	return q.column(cols[0], at)
}

// tableMember is t.x for a table of one row.
func (c *checker) tableMember(t *table, e *syntax.Member) value {
	if t.poison || contains(t.lost, e.Name.Name) {
		return unknown{}
	}
	if !hasOneRow(t.node) {
		return c.report(errTableMember(e.Name))
	}
	q := c.subquery(t, e.Span)
	if q == nil {
		return unknown{}
	}
	f, ok := fieldIn(q.of.Schema(), e.Name.Name)
	if !ok {
		cols := fieldNames(q.of.Schema())
		return c.report(errUnknownColumn(e.Name.Span, e.Name.Name, nearest(e.Name.Name, cols), cols))
	}
	return q.column(f, c.place(e))
}

// subquery gives a table of one row its reserved names, the same ones wherever it is used.
func (c *checker) subquery(t *table, at span) *subquery {
	for _, q := range c.queries {
		if q.of == t.node {
			return q
		}
	}
	node, ok := c.finalTable(t, at)
	if !ok {
		return nil
	}
	q := &subquery{name: "$query" + strconv.Itoa(len(c.queries)+1), of: node}
	p := &logical.Project{Input: node}
	for _, f := range node.Schema() {
		name := q.name + "." + f.Name
		p.Cols = append(p.Cols, logical.Named{Name: name, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name, Span: at}})
		c.asked[name] = q
	}
	q.row = p
	c.queries = append(c.queries, q)
	return q
}

// column is a value that is the same for every row, as a constant is.
func (q *subquery) column(f types.Field, at span) *scalar {
	return &scalar{e: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: q.name + "." + f.Name, Span: at}, size: 1, deep: 1}
}

// addQueries joins to every row of in the rows of the subqueries that exprs read.
func (c *checker) addQueries(in logical.Node, exprs []*logical.Expr) logical.Node {
	if len(c.queries) == 0 {
		return in
	}
	reads := map[string]bool{}
	for _, e := range exprs {
		logical.ColumnsOf(e, reads)
	}
	need := map[*subquery]bool{}
	for name := range reads {
		if q := c.asked[name]; q != nil {
			need[q] = true
		}
	}
	for _, q := range c.queries {
		if need[q] {
			in = &logical.Join{Left: in, Right: q.row, Kind: logical.JoinCross}
		}
	}
	return in
}

// asks reports whether an expression reads a subquery, and so is not known before the run.
func (c *checker) asks(e *logical.Expr) bool {
	found := false
	if len(c.queries) > 0 {
		logical.Walk(e, func(x *logical.Expr) {
			found = found || x.Op == logical.OpColumn && c.asked[x.Name] != nil
		})
	}
	return found
}
