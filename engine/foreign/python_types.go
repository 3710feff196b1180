package foreign

import (
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

var pythonTypes = map[string]types.Type{
	"int": intType, "float": floatType, "str": stringType, "bool": boolType, "bytes": types.Of(types.Bytes),
	"date": types.Of(types.Date), "datetime.date": types.Of(types.Date),
	"datetime": types.Of(types.Timestamp), "datetime.datetime": types.Of(types.Timestamp),
	"None": types.Of(types.None),
}

var (
	pythonLists  = []string{"list", "List", "Sequence"}
	pythonTables = []string{"Iterator", "Iterable", "Generator"}
)

const pythonHow = "there are int, float, str, bool, bytes, date and datetime, each with | None where a value may be absent"

// wrong is why an annotation means nothing to DreamQL.
type wrong struct {
	Kind      ProblemKind
	at        token
	what, how string
}

// annotation reads a type: names, Optional[…], list[…], and | None.
func (p *python) annotation() (types.Type, bool) {
	p.table = false
	return p.alternatives(0)
}

func (p *python) alternatives(depth int) (types.Type, bool) {
	t, ok := p.oneType(depth)
	for ok && p.eat("|") {
		var u types.Type
		at := p.peek()
		if u, ok = p.oneType(depth); ok {
			t, ok = p.union(at, t, u)
		}
	}
	return t, ok
}

func (p *python) union(at token, t, u types.Type) (types.Type, bool) {
	switch {
	case u.Kind == types.None:
		return types.Optional(t), true
	case t.Kind == types.None:
		return types.Optional(u), true
	}
	return t, p.unknown(at, "a value has one type", "choose one, with | None where it may be absent")
}

func (p *python) unknown(at token, what, how string) bool {
	p.wrong = wrong{UnknownType, at, what, how}
	return false
}

func (p *python) oneType(depth int) (types.Type, bool) {
	at := p.take()
	if depth > 20 {
		return types.Type{}, p.unknown(at, "this type has too much inside of it", "take it apart")
	}
	name := at.text
	if at.kind == quoted { // a forward reference
		inner := &python{reader: &reader{text: strings.Trim(name, `"'`), out: &Source{}}, rows: p.rows}
		if inner.split(true) {
			if t, ok := inner.alternatives(depth + 1); ok {
				return t, true
			}
		}
		return types.Type{}, p.unknown(at, "`"+inner.text+"` is no type that DreamQL has", pythonHow)
	} else if at.kind != word {
		return types.Type{}, p.unknown(at, "this is no type", "write int, float, str, bool, bytes, date or datetime")
	}
	for p.eat(".") {
		name += "." + p.take().text
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "typing."), "collections.abc.")
	if t, ok := pythonTypes[name]; ok {
		return t, true
	}
	if t, ok := p.rows[name]; ok {
		return t, true
	}
	isList, isTable := slices.Contains(pythonLists, name), slices.Contains(pythonTables, name)
	if name != "Optional" && name != "Union" && !isList && !isTable {
		return types.Type{}, p.unknown(at, "`"+name+"` is no type that DreamQL has", pythonHow)
	}
	if !p.eat("[") {
		return types.Type{}, p.unknown(at, "`"+name+"` does not say of what", "write for example "+name+"[float]")
	}
	t, ok := p.alternatives(depth + 1)
	for ok && p.eat(",") && p.peek().text != "]" {
		second := p.peek()
		u, fine := p.alternatives(depth + 1)
		switch {
		case !fine:
			return t, false
		case name == "Union":
			t, ok = p.union(second, t, u)
		case name != "Generator" || u.Kind != types.None:
			return t, p.unknown(second, "`"+name+"` takes one type", "leave the others out")
		}
	}
	if !ok {
		return t, false
	}
	if !p.eat("]") {
		return t, p.unknown(p.peek(), "this type cannot be read", pythonHow)
	}
	switch {
	case name == "Optional":
		return types.Optional(t), true
	case isTable && depth == 0:
		p.table = true
		return types.ListOf(t), true
	case isList || isTable:
		return types.ListOf(t), true
	}
	return t, true
}
