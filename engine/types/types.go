// Package types is the type system of DreamQL as data: scalars, options, records, lists, tables and functions, how they
// are written (LANGUAGE.md §4), and which Arrow type carries each.
//
// It holds no inference; that is package check. A new scalar type is a Kind here, a row in kinds.go and one in arrow.go.
package types

// Kind is the outermost constructor of a type.
type Kind uint8

const (
	Invalid Kind = iota
	Bool
	Int       // 64-bit signed, checked
	Float     // IEEE 754 binary64
	Decimal   // decimal<p,s>
	String    // UTF-8
	Bytes     //
	Date      // days since 1970-01-01
	Time      // microseconds since midnight
	Timestamp // microseconds since the Unix epoch, UTC
	Duration  // calendar interval: months, days, nanoseconds
	JSON      //
	UUID      //
	None      // the type of the literal none, before it meets another type
	Option    // Elem?
	List      // [Elem]
	Record    // {Fields}
	Table     // table<{Fields}>
	Func      // (Params) => Elem
)

// Type is an immutable value; compare with Equal. Which fields are set follows from Kind.
type Type struct {
	Kind      Kind
	Elem      *Type   // Option, List: the element; Func: the result
	Fields    []Field // Record, Table, in column order
	Params    []Field // Func: names may be empty
	Precision int     // Decimal: 1..38
	Scale     int     // Decimal: 0..Precision
}

// Field is a named component of a record, a column of a table, or a parameter of a function.
type Field struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Optional returns T? for T, and T? unchanged for T?.
func Optional(t Type) Type {
	if t.Kind == Option || t.Kind == None {
		return t
	}
	return Type{Kind: Option, Elem: &t}
}

// Required strips one option: T for T?, and T for T.
func (t Type) Required() Type {
	if t.Kind == Option {
		return *t.Elem
	}
	return t
}

// IsOption reports whether a value of the type may be absent.
func (t Type) IsOption() bool { return t.Kind == Option || t.Kind == None }

// ListOf returns [t].
func ListOf(t Type) Type { return Type{Kind: List, Elem: &t} }

// RecordOf returns {fields}.
func RecordOf(fields ...Field) Type { return Type{Kind: Record, Fields: fields} }

// TableOf returns table<{fields}>.
func TableOf(fields ...Field) Type { return Type{Kind: Table, Fields: fields} }

// Of returns the scalar type of a kind without parameters.
func Of(k Kind) Type { return Type{Kind: k} }

// Field returns the field called name of a record or table.
func (t Type) Field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// IsNumeric reports whether arithmetic is defined on the type: int, float or decimal, not optional.
func (t Type) IsNumeric() bool { return t.Kind == Int || t.Kind == Float || t.Kind == Decimal }

// Equal reports whether two types are the same, field names and their order included. Parameter names do not count.
func Equal(a, b Type) bool {
	if a.Kind != b.Kind || a.Precision != b.Precision || a.Scale != b.Scale ||
		len(a.Fields) != len(b.Fields) || len(a.Params) != len(b.Params) || (a.Elem == nil) != (b.Elem == nil) {
		return false
	}
	if a.Elem != nil && !Equal(*a.Elem, *b.Elem) {
		return false
	}
	for i := range a.Fields {
		if a.Fields[i].Name != b.Fields[i].Name || !Equal(a.Fields[i].Type, b.Fields[i].Type) {
			return false
		}
	}
	for i := range a.Params {
		if !Equal(a.Params[i].Type, b.Params[i].Type) {
			return false
		}
	}
	return true
}
