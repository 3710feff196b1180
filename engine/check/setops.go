package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

func (c *checker) distinct(t *table, s *stageCall) value {
	if _, ok := c.positional(s); !ok {
		return t.poisoned()
	}
	return c.with(t, &logical.Distinct{Input: t.node}, s.node.Place())
}

// asTable evaluates an argument that is a table.
func (c *checker) asTable(e syntax.Expr, v *env, stage string) *table {
	x := c.eval(e, v.tables())
	switch x := x.(type) {
	case *table:
		return x
	case *list:
		return c.rowsOf(x, e.Place())
	case *scalar:
		if t := c.rowsOfCall(x, e.Place()); t != nil {
			return t
		}
	case unknown:
		return nil
	}
	c.report(errNotATable(e.Place(), stage, x.what()))
	return nil
}

func (c *checker) union(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	in := []logical.Node{t.node}
	size := t.size + 1
	for _, a := range args {
		u := c.asTable(a, s.env, "union")
		if u == nil || u.poison {
			return t.poisoned()
		}
		in = append(in, u.node)
		size += u.size
	}
	node, ok := c.align(in, t.node.Schema(), s.node.Place())
	if !ok {
		return t.poisoned()
	}
	return c.grow(&table{node: node, nest: t.nest, lost: t.lost, poison: t.poison, size: size + len(in)}, s.node.Place())
}

// align is the union of relations by column name: columns in the order of cols, types widened to what holds all.
func (c *checker) align(in []logical.Node, cols []types.Field, at span) (logical.Node, bool) {
	want := append([]types.Field{}, cols...)
	for _, n := range in {
		have := n.Schema()
		for i, f := range want {
			g, ok := fieldIn(have, f.Name)
			if !ok {
				c.report(errUnionLacks(at, f.Name))
				return nil, false
			}
			t, ok := funcs.Common(f.Type, g.Type)
			if !ok {
				c.report(errUnionType(at, f.Name, f.Type, g.Type))
				return nil, false
			}
			want[i].Type = t
		}
		for _, g := range have {
			if _, ok := fieldIn(want, g.Name); !ok {
				c.report(errUnionLacks(at, g.Name))
				return nil, false
			}
		}
	}
	if len(in) == 1 {
		return in[0], true
	}
	out := &logical.Union{}
	for _, n := range in {
		p, over := n.(*logical.Project)
		q := &logical.Project{Input: n}
		same := true
		for i, f := range want {
			g, _ := fieldIn(n.Schema(), f.Name)
			e := &logical.Expr{Op: logical.OpColumn, T: g.Type, Name: g.Name}
			if over {
				e = exprNamed(p, f.Name)
			}
			s, _ := c.convert(&scalar{e: e, size: 1, deep: 1}, f.Type)
			same = same && n.Schema()[i].Name == f.Name && types.Equal(g.Type, f.Type)
			q.Cols = append(q.Cols, logical.Named{Name: f.Name, Expr: s.e})
		}
		if over {
			q.Input = p.Input
		}
		if same {
			out.In = append(out.In, n)
		} else {
			out.In = append(out.In, q)
		}
	}
	return out, true
}

func exprNamed(p *logical.Project, name string) *logical.Expr {
	for _, col := range p.Cols {
		if col.Name == name {
			return col.Expr
		}
	}
	return nil
}

// rename gives columns new names: rename new: old, or rename {new: old}.
func (c *checker) rename(t *table, s *stageCall) value {
	type pair struct {
		to   syntax.Ident
		from syntax.Expr
	}
	var pairs []pair
	for _, a := range s.args {
		b, braces := a.Value.(*syntax.Braces)
		switch {
		case a.Name != nil:
			pairs = append(pairs, pair{*a.Name, a.Value})
		case braces && b.Kind == syntax.RecordBraces:
			for _, en := range b.Entries {
				if f, ok := en.(*syntax.FieldEntry); ok {
					pairs = append(pairs, pair{f.Name, f.Value})
				}
			}
		default:
			c.report(errRename(a.Value.Place()))
			return t.poisoned()
		}
	}
	if len(pairs) == 0 {
		c.report(errRename(s.node.Place()))
		return t.poisoned()
	}
	row := c.rowOf(t)
	to := map[string]string{}
	for _, p := range pairs {
		from, ok := c.columnName(p.from, row)
		if !ok {
			return t.poisoned()
		}
		to[from] = p.to.Name
		c.facts.renamed(p.to, row.rec.field(from))
	}
	out := &record{}
	seen := map[string]bool{}
	for _, f := range row.rec.fields {
		if n := to[f.name]; n != "" {
			f.name = n
		}
		if seen[f.name] {
			c.report(errColumnTwice(s.node.Place(), f.name))
			return t.poisoned()
		}
		seen[f.name] = true
		out.fields = append(out.fields, f)
	}
	return c.project(t, out, row, s.node.Place())
}

func (c *checker) drop(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	gone := map[string]bool{}
	for _, a := range args {
		for _, x := range items(a) {
			name, ok := c.columnName(x, row)
			if !ok {
				return t.poisoned()
			}
			gone[name] = true
		}
	}
	out := &record{}
	for _, f := range row.rec.fields {
		if !gone[f.name] {
			out.fields = append(out.fields, f)
		}
	}
	return c.project(t, out, row, s.node.Place())
}

// columnName reads an argument that names a column.
func (c *checker) columnName(e syntax.Expr, row *rowScope) (string, bool) {
	name := ""
	switch e := e.(type) {
	case *syntax.Name:
		name = e.Name
	case *syntax.ColumnRef:
		name = e.Name
	default:
		c.report(errColumnName(e.Place()))
		return "", false
	}
	if row.rec.field(name) == nil {
		c.report(errUnknownColumn(e.Place(), name, nearest(name, row.rec.names()), row.rec.names()))
		return "", false
	}
	at := e.Place()
	if _, sigil := e.(*syntax.ColumnRef); sigil {
		at = afterSigil(at)
	}
	c.facts.column(at, name, row)
	return name, true
}

func (c *checker) unnest(t *table, s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return t.poisoned()
	}
	row := c.rowOf(t)
	x := c.rowValue(c.eval(args[0], s.env.over(row)), row, args[0].Place())
	if x == nil {
		return t.poisoned()
	}
	if x.e.T.Required().Kind != types.List {
		c.report(errNotAList(args[0].Place(), x.e.T))
		return t.poisoned()
	}
	name, ok := c.alias(s, "item")
	if n, col := args[0].(*syntax.Name); col && s.arg("as") == nil {
		name = n.Name
	}
	if !ok {
		return t.poisoned()
	}
	in := c.addWindows(t.node, []*logical.Expr{x.e})
	if row.rec.field(name) != nil && x.e.Op == logical.OpColumn && x.e.Name == name {
		// The list's column becomes its element's.
		list := "$" + name
		p := keep(in, t.node.Schema()).(*logical.Project)
		for i := range p.Cols {
			if p.Cols[i].Name == name {
				p.Cols[i].Name = list
			}
		}
		cols := t.node.Schema()
		u := &logical.Unnest{Input: p, Expr: &logical.Expr{Op: logical.OpColumn, T: x.e.T, Name: list, Span: x.e.Span}, As: name}
		if x.e.T.IsOption() {
			u.Expr.T = x.e.T.Required()
		}
		out := append([]types.Field{}, cols...)
		for i := range out {
			if out[i].Name == name {
				out[i].Type = *x.e.T.Required().Elem
			}
		}
		return c.with(t, keep(u, out), s.node.Place())
	}
	if row.rec.field(name) != nil {
		c.report(errColumnTwice(s.node.Place(), name))
		return t.poisoned()
	}
	e := x.e
	if e.T.IsOption() { // an absent list has no elements
		n := *e
		n.T = e.T.Required()
		e = &n
	}
	var node logical.Node = &logical.Unnest{Input: in, Expr: e, As: name}
	if in != t.node {
		node = keep(node, append(append([]types.Field{}, t.node.Schema()...), types.Field{Name: name, Type: *e.T.Elem}))
	}
	c.facts.named(node, s.arg("as"))
	return c.with(t, node, s.node.Place())
}

// alias reads as: name.
func (c *checker) alias(s *stageCall, otherwise string) (string, bool) {
	switch e := s.arg("as").(type) {
	case nil:
		return otherwise, true
	case *syntax.Name:
		c.facts.bind(syntax.IdentAt(e), nil)
		return e.Name, true
	default:
		c.report(errAlias(e.Place()))
		return "", false
	}
}

func (c *checker) read(s *stageCall) value {
	args, ok := c.positional(s)
	if !ok {
		return unknown{}
	}
	x, ok := c.eval(args[0], s.env.tables()).(*scalar)
	if !ok || x.e.Op != logical.OpLiteral || x.e.T.Kind != types.String {
		return c.report(errReadPath(args[0].Place()))
	}
	path := *x.e.Lit.Text
	if c.site != (span{}) {
		return c.report(errReadInPackage(args[0].Place()))
	}
	k := "read " + path
	if c.tables[k] == nil {
		t, err := c.cat.File(c.ctx, path)
		if err != nil {
			return c.report(errRead(args[0].Place(), path, err))
		}
		c.tables[k] = &table{node: &logical.Scan{Table: t, Columns: t.Columns, Span: s.node.Place()}, size: 1}
	}
	c.reads(s.node, path)
	return c.tables[k]
}
