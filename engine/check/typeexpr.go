package check

import (
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// typeNames is the types that have a name of their own.
var typeNames = map[string]types.Kind{
	"bool": types.Bool, "int": types.Int, "float": types.Float, "string": types.String, "bytes": types.Bytes,
	"date": types.Date, "time": types.Time, "timestamp": types.Timestamp, "duration": types.Duration,
	"json": types.JSON, "uuid": types.UUID,
}

// typ gives the meaning of a written type; the zero Type (Invalid) after an error.
func (c *checker) typ(t *syntax.TypeExpr, mod *module) types.Type {
	if c.depth++; c.depth > maxDepth {
		c.stop(errTooDeep(t.Span))
	}
	defer func() { c.depth-- }()
	out := c.plainType(t, mod)
	if t.Optional && out.Kind != types.Invalid {
		out = types.Optional(out)
	}
	return out
}

func (c *checker) plainType(t *syntax.TypeExpr, mod *module) types.Type {
	switch {
	case c.stopped:
	case t.List != nil:
		if e := c.typ(t.List, mod); e.Kind != types.Invalid {
			return types.ListOf(e)
		}
	case t.Func:
		out := types.Type{Kind: types.Func}
		for _, p := range t.Params {
			out.Params = append(out.Params, types.Field{Type: c.typ(p, mod)})
		}
		r := c.typ(t.Result, mod)
		out.Elem = &r
		return out
	case t.Record:
		out := types.Type{Kind: types.Record}
		for _, f := range t.Fields {
			ft := c.typ(f.Type, mod)
			if ft.Kind == types.Invalid {
				return ft
			}
			if _, dup := out.Field(f.Name.Name); dup {
				c.report(errDuplicateField(f.Name))
				continue
			}
			out.Fields = append(out.Fields, types.Field{Name: f.Name.Name, Type: ft})
		}
		return out
	default:
		return c.namedType(t, mod)
	}
	return types.Type{}
}

func (c *checker) namedType(t *syntax.TypeExpr, mod *module) types.Type {
	if d := mod.types[t.Name]; d != nil {
		c.used(t.Span, t.Name, d.stmt.Span.File)
		c.facts.typeName(t.Span, d)
		if d.state == running {
			c.report(errTypeCycle(t.Span, t.Name))
			return types.Type{}
		}
		if d.state == waiting {
			d.state = running
			d.t = c.typ(d.stmt.Type, mod)
			d.state = done
		}
		return d.t
	}
	switch t.Name {
	case "decimal":
		if len(t.Ints) != 2 || t.Ints[0] < 1 || t.Ints[0] > 38 || t.Ints[1] < 0 || t.Ints[1] > t.Ints[0] {
			c.report(errDecimalType(t.Span))
			return types.Type{}
		}
		return types.Type{Kind: types.Decimal, Precision: t.Ints[0], Scale: t.Ints[1]}
	case "table":
		if len(t.Args) == 1 {
			if r := c.typ(t.Args[0], mod); r.Kind == types.Record {
				return types.TableOf(r.Fields...)
			}
		}
		c.report(errTableType(t.Span))
		return types.Type{}
	}
	if k, ok := typeNames[t.Name]; ok && len(t.Args) == 0 && len(t.Ints) == 0 {
		return types.Of(k)
	}
	c.report(errUnknownType(t.Span, t.Name, nearest(t.Name, append(keysOf(mod.types), keysOf(typeNames)...))))
	return types.Type{}
}

// typeOf is the type that a value would have in a column; it is not ok for tables and functions.
func typeOf(v value) (types.Type, bool) {
	switch v := v.(type) {
	case *scalar:
		return v.e.T, true
	case *record:
		out := types.Type{Kind: types.Record}
		for _, f := range v.fields {
			t, ok := typeOf(f.v)
			if !ok {
				return types.Type{}, false
			}
			out.Fields = append(out.Fields, types.Field{Name: f.name, Type: t})
		}
		if v.present != nil {
			out = types.Optional(out)
		}
		return out, true
	}
	return types.Type{}, false
}

// annotated checks a value against a written type, converting as literals and widening allow.
func (c *checker) annotated(v value, t *syntax.TypeExpr, mod *module, at source.Span) value {
	if t == nil {
		return v
	}
	want := c.typ(t, mod)
	if want.Kind == types.Invalid {
		return v
	}
	for d := mod.types[t.Name]; d != nil && !t.Optional; d = mod.types[t.Name] {
		t = d.stmt.Type
	}
	if t.Open && !t.Optional {
		if r, ok := c.opened(v, at).(*record); ok && r.present == nil {
			return c.atLeast(r, t, mod, at)
		}
	}
	return c.as(v, want, at)
}

// atLeast checks a record against the fields of an open type, as {a: int ...}; others pass as they are.
func (c *checker) atLeast(r *record, t *syntax.TypeExpr, mod *module, at source.Span) value {
	out := &record{fields: append([]field{}, r.fields...)}
	for _, f := range t.Fields {
		found := false
		for i := range out.fields {
			if x := &out.fields[i]; x.name == f.Name.Name {
				x.v, found = c.annotated(x.v, f.Type, mod, at), true
			}
		}
		if found {
			continue
		}
		want := c.typ(f.Type, mod)
		if !want.IsOption() {
			return c.report(errRecordLacks(at, types.Field{Name: f.Name.Name, Type: want}))
		}
		out.fields = append(out.fields, field{f.Name.Name, constant(want, nil, at)})
	}
	return out
}

// as checks a value against a type.
func (c *checker) as(v value, want types.Type, at source.Span) value {
	switch x := v.(type) {
	case unknown:
		return x
	case *table:
		if want.Kind == types.Table {
			for _, f := range want.Fields {
				got, ok := types.TableOf(x.node.Schema()...).Field(f.Name)
				if !ok || !types.Equal(got.Type, f.Type) {
					return c.report(errTableLacks(at, f))
				}
			}
			return x
		}
	case *record:
		if want.Required().Kind == types.Record && x.present == nil {
			out := &record{}
			for _, f := range want.Required().Fields {
				fv := x.field(f.Name)
				if fv == nil {
					if !f.Type.IsOption() {
						return c.report(errRecordLacks(at, f))
					}
					fv = c.none(at)
				}
				out.fields = append(out.fields, field{f.Name, c.as(fv, f.Type, at)})
			}
			for _, f := range x.fields {
				if _, ok := want.Required().Field(f.name); !ok {
					return c.report(errRecordExtra(at, f.name, want))
				}
			}
			return out
		}
	case *closure, *builtin, *packaged:
		if want.Kind == types.Func {
			return v
		}
	case *list:
		if want.Required().Kind == types.List {
			out := &list{}
			for _, it := range x.items {
				out.items = append(out.items, c.as(it, *want.Required().Elem, at))
			}
			if len(x.items) > 0 {
				return out
			}
			return c.literal(want, nil, at, true)
		}
	}
	s := c.scalar(v, at)
	if s == nil {
		return unknown{}
	}
	out, ok := c.convert(s, want)
	if !ok {
		return c.report(errType(at, s.e.T, want))
	}
	return out
}
