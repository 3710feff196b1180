package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Class is what kind of thing a value is.
type Class string

const (
	Unknown  Class = "unknown" // after an error, or an argument of a function that nothing calls
	Scalar   Class = "scalar"
	Record   Class = "record"
	List     Class = "list"
	Table    Class = "table"
	Function Class = "function"
	Window   Class = "window"
	Range    Class = "range"
	Package  Class = "package"
)

// Value is what an expression is worth while it is checked. The zero Value is unknown.
type Value struct {
	v value
	f *Facts
}

// Member is a name and what it is worth: a column of a row, a field, a function of a package, a name in sight.
type Member struct {
	Name string
	Value
}

// Value returns what the expression, or the name, at a place is worth.
func (f *Facts) Value(at source.Span) (Value, bool) {
	s, ok := f.seen[at]
	return Value{s.v, f}, ok
}

// ValueOf is a value of a type.
func ValueOf(t types.Type) Value {
	return Value{v: &scalar{e: &logical.Expr{T: t}}}
}

// Class says what kind of thing the value is.
func (x Value) Class() Class {
	switch x.v.(type) {
	case *scalar:
		return Scalar
	case *record:
		return Record
	case *list:
		return List
	case *table:
		return Table
	case *closure, *builtin, *packaged:
		return Function
	case *windowValue:
		return Window
	case *interval:
		return Range
	case *moduleValue:
		return Package
	}
	return Unknown
}

// Type is the type that the value has in a column; it is not ok for what no column can hold.
func (x Value) Type() (types.Type, bool) {
	if l, ok := x.v.(*list); ok {
		if len(l.items) == 0 {
			return types.ListOf(types.Of(types.None)), true
		}
		t, ok := typeOf(l.items[0])
		return types.ListOf(t), ok
	}
	if x.v == nil {
		return types.Type{}, false
	}
	return typeOf(x.v)
}

// IsAggregate reports whether the value is made of the rows of a group.
func (x Value) IsAggregate() bool {
	s, ok := x.v.(*scalar)
	return ok && s.agg
}

// MayBeAbsent reports whether the value has to be unwrapped before its fields can be used.
func (x Value) MayBeAbsent() bool {
	switch v := x.v.(type) {
	case *scalar:
		return v.e.T.IsOption()
	case *record:
		return v.present != nil
	}
	return false
}

// Members are the columns of a table, the fields of a record, or the functions of a package.
func (x Value) Members() []Member {
	var out []Member
	switch v := x.v.(type) {
	case *table:
		for _, c := range x.f.checker.rowOf(v).rec.fields {
			out = append(out, Member{c.name, Value{c.v, x.f}})
		}
	case *record:
		for _, c := range v.fields {
			out = append(out, Member{c.name, Value{c.v, x.f}})
		}
	case *scalar:
		for _, c := range v.e.T.Required().Fields {
			out = append(out, Member{c.Name, ValueOf(c.Type)})
		}
	case *moduleValue:
		for _, name := range slices.Sorted(maps.Keys(v.funcs)) {
			out = append(out, Member{name, Value{v.funcs[name], x.f}})
		}
		if v.of != nil {
			for _, name := range v.of.exported() {
				out = append(out, Member{name, Value{v.of.defs[name].val, x.f}})
			}
		}
	}
	return out
}

// In reports whether the value is one of f's.
func (x Value) In(f *Facts) bool { return x.f == f }

// Lambda is the source of a function that is written in DreamQL, or nil.
func (x Value) Lambda() *syntax.Lambda {
	if c, ok := x.v.(*closure); ok {
		return c.fn
	}
	return nil
}

// Function is the package function that the value is, or nil.
func (x Value) Function() *udf.Function {
	switch v := x.v.(type) {
	case *closure:
		return v.of
	case *packaged:
		return v.fn
	}
	return nil
}

// Builtin is the name of the function or stage of the language that the value is, or "".
func (x Value) Builtin() string {
	if b, ok := x.v.(*builtin); ok {
		return b.name
	}
	return ""
}

// Package is the name of the package that the value is, or "".
func (x Value) Package() string {
	if m, ok := x.v.(*moduleValue); ok {
		return m.name
	}
	return ""
}

// String writes the value's type, shortened to what a person reads.
func (x Value) String() string {
	const most = 400
	s := x.text()
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

func (x Value) text() string {
	if t, ok := x.Type(); ok {
		return t.String()
	}
	switch v := x.v.(type) {
	case *table:
		return "table<" + x.fields() + ">"
	case *record:
		return x.fields()
	case *list:
		if len(v.items) > 0 {
			return "[" + Value{v.items[0], x.f}.text() + "]"
		}
		return "[]"
	case *closure, *packaged, *builtin:
		return "function"
	case *windowValue:
		return "window"
	case *interval:
		return "range"
	case *moduleValue:
		return "package " + v.name
	}
	return ""
}

func (x Value) fields() string {
	var parts []string
	for i, m := range x.Members() {
		if i == 40 {
			parts = append(parts, "…")
			break
		}
		t := m.text()
		if t == "" {
			t = "?"
		}
		parts = append(parts, m.Name+": "+t)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Scope is the names in sight at a place.
type Scope struct {
	InRow   bool     // names may be columns
	Columns []Member // of the row of the innermost stage
	Locals  []Member // of lambdas, blocks and earlier fields, the innermost first
}

// Scope returns the names in sight where the expression at a place is evaluated.
func (f *Facts) Scope(at source.Span) (Scope, bool) {
	s, ok := f.seen[at]
	if !ok || s.env == nil {
		return Scope{}, false
	}
	var out Scope
	row := s.env.nearestRow()
	if row != nil {
		out.InRow = true
		for _, c := range row.rec.fields {
			out.Columns = append(out.Columns, Member{c.name, Value{c.v, f}})
		}
	}
	taken := map[string]bool{}
	for v := s.env; v != nil; v = v.parent {
		for _, name := range slices.Sorted(maps.Keys(v.locals)) {
			if !taken[name] {
				taken[name] = true
				out.Locals = append(out.Locals, Member{name, Value{v.locals[name], f}})
			}
		}
	}
	return out, true
}

// Bindings are the bindings and imports of the program.
func (f *Facts) Bindings() []Member {
	var out []Member
	for _, name := range slices.Sorted(maps.Keys(f.checker.mod.defs)) {
		out = append(out, Member{name, Value{f.checker.mod.defs[name].val, f}})
	}
	return out
}

// Params are the parameters of the program.
func (f *Facts) Params() []Member {
	var out []Member
	for _, name := range slices.Sorted(maps.Keys(f.checker.mod.params)) {
		p := f.checker.mod.params[name]
		v := Value{p.val, f}
		for _, known := range f.checker.result.Params {
			if known.Name == name && v.Class() == Unknown {
				v = ValueOf(known.Type) // required, and not given here
			}
		}
		out = append(out, Member{name, v})
	}
	return out
}

// TypeNames are the types that can be written by a name here.
func (f *Facts) TypeNames() []string {
	out := append(slices.Collect(maps.Keys(f.checker.mod.types)), slices.Collect(maps.Keys(typeNames))...)
	slices.Sort(out)
	return out
}
