package types

import (
	"fmt"
	"strconv"
	"strings"
)

var scalarNames = map[Kind]string{
	Bool: "bool", Int: "int", Float: "float", String: "string", Bytes: "bytes", Date: "date", Time: "time",
	Timestamp: "timestamp", Duration: "duration", JSON: "json", UUID: "uuid", None: "none", Invalid: "invalid",
}

// String writes the type as LANGUAGE.md §3 spells it; Parse reads it back.
func (t Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal<%d,%d>", t.Precision, t.Scale)
	case Option:
		if t.Elem.Kind == Func {
			return "(" + t.Elem.String() + ")?"
		}
		return t.Elem.String() + "?"
	case List:
		return "[" + t.Elem.String() + "]"
	case Record:
		return "{" + fieldList(t.Fields) + "}"
	case Table:
		return "table<{" + fieldList(t.Fields) + "}>"
	case Func:
		return "(" + fieldList(t.Params) + ") => " + t.Elem.String()
	}
	return scalarNames[t.Kind]
}

func fieldList(fs []Field) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		if f.Name == "" {
			parts[i] = f.Type.String()
			continue
		}
		parts[i] = quoteName(f.Name) + ": " + f.Type.String()
	}
	return strings.Join(parts, ", ")
}

func quoteName(s string) string {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return "`" + s + "`"
		}
	}
	return s
}

// MarshalText and UnmarshalText make a type travel as its text in JSON and TOML.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is the inverse of MarshalText; its error names the offset.
func (t *Type) UnmarshalText(b []byte) error {
	u, err := Parse(string(b))
	if err == nil {
		*t = u
	}
	return err
}

// Parse reads a type. The error says what was expected at which byte offset.
func Parse(s string) (Type, error) {
	p := &parser{s: s}
	t := p.typ(0)
	p.space()
	if p.err == nil && p.i < len(p.s) {
		p.fail("the end of the type")
	}
	return t, p.err
}

const maxDepth = 64

type parser struct {
	s   string
	i   int
	err error
}

func (p *parser) fail(want string) {
	if p.err == nil {
		p.err = fmt.Errorf("type %q: expected %s at offset %d", clip(p.s), want, p.i)
	}
	p.i = len(p.s)
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

func (p *parser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\n\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *parser) eat(tok string) bool {
	p.space()
	if strings.HasPrefix(p.s[p.i:], tok) {
		p.i += len(tok)
		return true
	}
	return false
}

func (p *parser) need(tok string) {
	if p.err == nil && !p.eat(tok) {
		p.fail("'" + tok + "'")
	}
}

func (p *parser) name() string {
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '`' {
		end := strings.IndexByte(p.s[p.i+1:], '`')
		if end < 0 {
			p.fail("a closing backquote")
			return ""
		}
		n := p.s[p.i+1 : p.i+1+end]
		p.i += end + 2
		return n
	}
	start := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (p.i == start || c < '0' || c > '9') {
			break
		}
		p.i++
	}
	if p.i == start {
		p.fail("a name")
	}
	return p.s[start:p.i]
}

func (p *parser) typ(depth int) Type {
	if depth > maxDepth {
		p.fail("fewer nested types")
	}
	if p.err != nil {
		return Type{}
	}
	var t Type
	switch {
	case p.eat("["):
		t = ListOf(p.typ(depth + 1))
		p.need("]")
	case p.eat("{"):
		t = Type{Kind: Record, Fields: p.fields("}", true, depth)}
	case p.eat("("):
		ps := p.fields(")", false, depth)
		if p.eat("=>") {
			r := p.typ(depth + 1)
			return Type{Kind: Func, Params: ps, Elem: &r}
		}
		if len(ps) != 1 || ps[0].Name != "" {
			p.fail("'=>'")
			return Type{}
		}
		t = ps[0].Type
	default:
		t = p.named(depth)
	}
	if p.eat("?") {
		t = Optional(t)
	}
	return t
}

func (p *parser) fields(end string, named bool, depth int) []Field {
	var fs []Field
	for p.err == nil && !p.eat(end) {
		if len(fs) > 0 {
			p.need(",")
			if p.eat(end) {
				break
			}
		}
		var f Field
		at := p.i
		if named {
			f.Name = p.name()
			p.need(":")
		} else if f.Name = p.tryName(); f.Name == "" {
			p.i = at
		}
		f.Type = p.typ(depth + 1)
		fs = append(fs, f)
	}
	return fs
}

// tryName reads "name:" where a parameter has one, and nothing where it does not.
func (p *parser) tryName() string {
	at := p.i
	p.space()
	if p.i >= len(p.s) || strings.IndexByte("[{(", p.s[p.i]) >= 0 {
		p.i = at
		return ""
	}
	n := p.name()
	if p.err != nil || !p.eat(":") {
		p.i = at
		return ""
	}
	return n
}

func (p *parser) named(depth int) Type {
	at := p.i
	n := p.name()
	if p.err != nil {
		return Type{}
	}
	switch n {
	case "decimal":
		p.need("<")
		pr := p.integer()
		p.need(",")
		sc := p.integer()
		p.need(">")
		if p.err == nil && (pr < 1 || pr > 38 || sc < 0 || sc > pr) {
			p.fail("a precision of 1 to 38 and a scale of 0 to the precision")
		}
		return Type{Kind: Decimal, Precision: pr, Scale: sc}
	case "table":
		p.need("<")
		r := p.typ(depth + 1)
		p.need(">")
		if p.err == nil && r.Kind != Record {
			p.fail("a record type inside table<…>")
		}
		return Type{Kind: Table, Fields: r.Fields}
	}
	for k, name := range scalarNames {
		if name == n && k != Invalid {
			return Of(k)
		}
	}
	p.i = at
	p.fail("a type (bool, int, float, decimal<p,s>, string, bytes, date, time, timestamp, duration, json, uuid, [T], {a: T}, T?)")
	return Type{}
}

func (p *parser) integer() int {
	p.space()
	start := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	n, err := strconv.Atoi(p.s[start:p.i])
	if err != nil {
		p.fail("a whole number")
	}
	return n
}
