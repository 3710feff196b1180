package subset

import (
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// kind of a value, as far as it is known when a function is compiled.
type kind uint8

const (
	unseen kind = iota // of what is never evaluated, or not yet seen in a loop
	none
	boolean
	integer // of 64 bits; what needs more is declined
	number  // sometimes an int within 2^53 and sometimes a float, where that makes no difference
	float
	text // a string: pointer << 32 | ASCII << 31 | bytes
)

// typ is the type of a value or a variable. An optional one may be None.
type typ struct {
	kind     kind
	optional bool
}

func (t typ) String() string {
	s := [...]string{"nothing", "None", "bool", "int", "a number that is sometimes an int", "float", "str"}[t.kind]
	if t.optional {
		return s + " or None"
	}
	return s
}

func (t typ) isNumeric() bool { return boolean <= t.kind && t.kind <= float }
func (t typ) isWhole() bool   { return t.kind == boolean || t.kind == integer }

// required is t without None.
func (t typ) required() typ { return typ{kind: t.kind} }

// values are what carries a value in WebAssembly: for an optional one the value, and 1 where it is present.
func (t typ) values() []assemble.Value {
	var vs []assemble.Value
	switch t.kind {
	case boolean:
		vs = append(vs, assemble.I32)
	case integer, text:
		vs = append(vs, assemble.I64)
	case number, float:
		vs = append(vs, assemble.F64)
	}
	if t.optional {
		vs = append(vs, assemble.I32)
	}
	return vs
}

// join is the type of what is sometimes an a and sometimes a b.
func join(a, b typ) (typ, bool) {
	switch {
	case a == b || b.kind == unseen:
		return a, true
	case a.kind == unseen:
		return b, true
	case a.kind == none:
		return typ{b.kind, true}, true
	case b.kind == none:
		return typ{a.kind, true}, true
	}
	t := typ{optional: a.optional || b.optional}
	switch {
	case a.kind == b.kind:
		t.kind = a.kind
	case integer <= a.kind && a.kind <= float && integer <= b.kind && b.kind <= float:
		t.kind = number
	default:
		return t, false
	}
	return t, true
}

// ofSignature returns the type that carries a DreamQL type.
func ofSignature(t types.Type) (typ, bool) {
	k := map[types.Kind]kind{types.Bool: boolean, types.Int: integer, types.Float: float, types.String: text, types.JSON: text}[t.Required().Kind]
	return typ{k, t.IsOption()}, k != unseen
}
