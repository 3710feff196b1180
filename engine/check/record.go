package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// braces evaluates braces that stand as a value: a record or a block.
func (c *checker) braces(e *syntax.Braces, v *env) value {
	switch e.Kind {
	case syntax.BlockBraces:
		return c.block(e, v)
	case syntax.GroupBraces:
		return c.report(errGroupAlone(e.Span))
	}
	r, _ := c.fields(e, v, nil)
	if r == nil {
		return unknown{}
	}
	return r
}

func (c *checker) block(e *syntax.Braces, v *env) value {
	inner := v.child()
	var out value
	for _, en := range e.Entries {
		switch en := en.(type) {
		case *syntax.BindEntry:
			x := c.eval(en.Value, inner)
			inner = inner.child() // a lambda sees the names before it
			if en.Name != nil {
				inner.defineAt(*en.Name, x)
				c.facts.bind(*en.Name, x)
			} else if en.Pattern != nil {
				parts := map[string]value{}
				c.destructure(en.Pattern, x, parts)
				for n, p := range parts {
					inner.define(n, p)
				}
			}
			out = nil
		case *syntax.ExprEntry:
			out = c.eval(en.X, inner)
		case *syntax.FieldEntry:
			if en.Punned {
				out = c.eval(en.Value, inner)
			} else {
				return unknown{} // fields and bindings mixed: reported by the parser
			}
		default:
			return unknown{}
		}
	}
	if out == nil {
		return c.report(errBlockValue(e.Span))
	}
	return out
}

// fields evaluates the fields of a record in order; later fields see earlier ones. row is the row that it maps, or nil.
// keys tells which fields group.
func (c *checker) fields(e *syntax.Braces, v *env, row *rowScope) (*record, map[string]bool) {
	out := &record{}
	keys := map[string]bool{}
	inner := v.child()
	inner.spent = map[string]syntax.Ident{}
	named := map[string]bool{}
	for _, en := range e.Entries {
		if f, ok := en.(*syntax.FieldEntry); ok {
			if named[f.Name.Name] {
				c.report(errDuplicateField(f.Name))
				return nil, nil
			}
			named[f.Name.Name] = true
		}
	}
	for _, en := range e.Entries {
		switch en := en.(type) {
		case *syntax.FieldEntry:
			x := c.eval(en.Value, inner)
			out.fields = append(out.fields, field{en.Name.Name, x})
			c.facts.wrote(en, x)
			keys[en.Name.Name] = en.Group
			if row != nil && row.rec.field(en.Name.Name) != nil {
				if !sameColumn(x, row.rec.field(en.Name.Name)) {
					inner.spent[en.Name.Name] = en.Name
				}
			} else if _, local := inner.locals[en.Name.Name]; !local {
				inner.defineAt(en.Name, x)
			}
		case *syntax.Spread:
			c.spread(en, out, named, inner, row)
		case *syntax.GroupAll:
		case *syntax.ExprEntry:
			c.report(errUnnamedField(en.X.Place()))
			return nil, nil
		default:
			return nil, nil // reported by the parser
		}
	}
	return out, keys
}

// spread adds the fields of x, or every column that no field of the record names.
func (c *checker) spread(en *syntax.Spread, out *record, named map[string]bool, inner *env, row *rowScope) {
	var from value
	switch {
	case en.X != nil:
		from = c.eval(en.X, inner)
	case row != nil:
		from = row.rec
	default:
		if r := inner.nearestRow(); r == nil || !r.any {
			c.report(errSpreadNothing(en.Span))
		}
		return
	}
	r, ok := c.opened(from, en.Span).(*record)
	if !ok {
		if !isUnknown(from) {
			c.report(errNotARecord(en.Span, from.what()))
		}
		return
	}
	for _, f := range r.fields {
		if !named[f.name] && out.field(f.name) == nil {
			out.fields = append(out.fields, f)
		}
	}
}

// opened is a record that is one value, as of a column, as a record whose fields are known; any other value as it is.
func (c *checker) opened(v value, at span) value {
	s, ok := v.(*scalar)
	if !ok || s.e.T.Kind != types.Record {
		return v
	}
	out := &record{}
	for _, f := range s.e.T.Fields {
		out.fields = append(out.fields, field{f.Name, c.build(&logical.Expr{Op: logical.OpField, T: f.Type, Name: f.Name, Span: at}, s)})
	}
	return out
}

// sameColumn reports whether a field keeps a column as it is.
func sameColumn(x, col value) bool {
	a, ok := x.(*scalar)
	b, ok2 := col.(*scalar)
	if ok && ok2 {
		return a.e.Op == logical.OpColumn && b.e.Op == logical.OpColumn && a.e.Name == b.e.Name && a.row == b.row
	}
	return x == col
}

// bracesStage is x -> {…}: it maps or groups a table, maps a record, and evaluates a block over the row.
func (c *checker) bracesStage(x value, b *syntax.Braces, v *env, at syntax.Node) value {
	switch x := x.(type) {
	case unknown:
		c.fields(b, v.over(&rowScope{rec: &record{}, any: true}), nil)
		return x
	case *table:
		row := c.rowOf(x)
		switch b.Kind {
		case syntax.GroupBraces:
			return c.group(x, b, v.over(row), row)
		case syntax.RecordBraces:
			return c.mapTable(x, b, v.over(row), row, false)
		}
		return c.report(errUnnamedField(b.Span))
	case *record:
		if x.present != nil {
			return c.report(errMayBeAbsent(at.Place(), "a field"))
		}
		row := &rowScope{rec: x}
		if b.Kind == syntax.BlockBraces {
			return c.block(b, v.over(row))
		}
		if b.Kind == syntax.RecordBraces {
			if r, _ := c.fields(b, v.over(row), row); r != nil {
				return r
			}
			return unknown{}
		}
	}
	return c.report(errBracesOver(b.Span, x.what()))
}
