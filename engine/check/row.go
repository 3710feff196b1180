package check

import (
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

const presentName = "$present"

// rowOf is the columns of a table as a record of expressions; right rows of joins are records in it.
func (c *checker) rowOf(tables ...*table) *rowScope {
	r := &rowScope{rec: &record{}}
	for _, t := range tables {
		c.addRow(r, t)
	}
	return r
}

func (c *checker) addRow(r *rowScope, t *table) {
	r.tables = append(r.tables, t)
	nests := map[string]*record{}
	optional := map[string]bool{}
	for _, n := range t.nest {
		nests[n.name], optional[n.name] = nil, n.optional
	}
	for _, f := range t.node.Schema() {
		col := column(r, f)
		outer, inner, dotted := strings.Cut(f.Name, ".")
		rec, nested := nests[outer]
		if !dotted || !nested {
			r.rec.fields = append(r.rec.fields, field{f.Name, col})
			continue
		}
		if rec == nil {
			rec = &record{}
			nests[outer] = rec
			r.rec.fields = append(r.rec.fields, field{outer, rec})
		}
		if inner == presentName && optional[outer] {
			rec.present = col
		} else {
			rec.fields = append(rec.fields, field{inner, col})
		}
	}
	for _, name := range t.lost {
		r.rec.fields = append(r.rec.fields, field{name, unknown{}})
	}
}

func column(r *rowScope, f types.Field) *scalar {
	return &scalar{e: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}, row: r, size: 1, deep: 1}
}

// rowValue is a value as one expression over the row; nil after a report.
func (c *checker) rowValue(v value, row *rowScope, at span) *scalar {
	if isFunction(v) && len(row.rec.fields) > 0 {
		v = c.invoke(v, []arg{{v: row.rec, span: at}}, at2(at))
	}
	s := c.scalar(v, at)
	switch {
	case s == nil:
		return nil
	case s.agg:
		c.report(errAggregateHere(at))
		return nil
	case s.row != nil && s.row != row:
		c.report(errTwoRows(at))
		return nil
	case !c.charge(s, at):
		return nil
	}
	return s
}

// charge counts an expression that goes into a plan: plans are walked as trees, so their whole size is bounded too.
func (c *checker) charge(s *scalar, at span) bool {
	if c.steps += s.size; c.steps > maxSteps {
		c.stop(errTooBig(at))
		return false
	}
	return true
}

// with is t over another node with the same columns.
func (c *checker) with(t *table, node logical.Node, at span) value {
	return c.grow(&table{node: node, nest: t.nest, lost: t.lost, poison: t.poison, size: t.size + 1}, at)
}

// poisoned is t where a stage was in error and is left out.
func (t *table) poisoned() *table {
	out := *t
	out.poison = true
	return &out
}

func (c *checker) grow(t *table, at span) value {
	if t.size > maxPlan {
		return c.stop(errTooBig(at))
	}
	return t
}

// keep is a projection back to the columns of a schema.
func keep(node logical.Node, cols []types.Field) logical.Node {
	out := &logical.Project{Input: node}
	for _, f := range cols {
		out.Cols = append(out.Cols, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}})
	}
	return out
}

// rowsOf makes a table of a list of records; nil after a report.
func (c *checker) rowsOf(l *list, at span) *table {
	var in []logical.Node
	var cols []types.Field
	for i, it := range l.items {
		r, ok := it.(*record)
		if !ok {
			if !isUnknown(it) {
				c.report(errNotARecord(at, it.what()))
			}
			return nil
		}
		p := &logical.Project{Input: unit(at)}
		for _, f := range r.fields {
			s := c.rowValue(f.v, &rowScope{rec: &record{}}, at)
			if s == nil {
				return nil
			}
			p.Cols = append(p.Cols, logical.Named{Name: f.name, Expr: s.e})
		}
		p.Input = c.addQueries(p.Input, exprsOf(p.Cols))
		if i == 0 {
			cols = p.Schema()
		}
		in = append(in, p)
	}
	node, ok := c.align(in, cols, at)
	if !ok {
		return nil
	}
	out, _ := c.grow(&table{node: values(node), size: 1}, at).(*table)
	return out
}

// unit is one row, to compute constants over.
func unit(at span) *logical.Values {
	b := boolConst(true, at)
	return &logical.Values{Columns: []types.Field{{Name: "$unit", Type: b.e.T}}, Rows: [][]*logical.Expr{{b.e}}}
}

// values turns projections of literals over the unit row into literal rows, where all are.
func values(node logical.Node) logical.Node {
	in := []logical.Node{node}
	if u, ok := node.(*logical.Union); ok {
		in = u.In
	}
	out := &logical.Values{Columns: in[0].Schema()}
	for _, n := range in {
		p, ok := n.(*logical.Project)
		if !ok {
			return node
		}
		row := make([]*logical.Expr, len(p.Cols))
		for i, col := range p.Cols {
			if col.Expr.Op != logical.OpLiteral {
				return node
			}
			row[i] = col.Expr
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
