package funcs

import (
	"fmt"
	"strings"
	"sync"

	"github.com/dreamql/dreamql/engine/types"
)

// signature is an Overload's Signature, read.
type signature struct {
	params   []param
	variadic bool
	result   pattern
}

type param struct {
	name string
	pattern
}

// pattern is a type, a variable (T, U, O, N), or a list or option of one.
type pattern struct {
	typ    types.Type
	letter byte // of a variable; 'D' for any decimal
	list   bool
	option bool
}

// Params returns the names of the parameters, for named arguments and documentation.
func (o *Overload) Params() []string {
	var out []string
	for _, p := range o.signature().params {
		out = append(out, p.name)
	}
	return out
}

// signatures holds what has been read, by text.
var signatures sync.Map

func (o *Overload) signature() *signature {
	if s, ok := signatures.Load(o.Signature); ok {
		return s.(*signature)
	}
	s, err := readSignature(o.Signature)
	if err != nil {
		panic(err) // a mistake in the table, found by its test
	}
	kept, _ := signatures.LoadOrStore(o.Signature, &s)
	return kept.(*signature)
}

func readSignature(text string) (signature, error) {
	var s signature
	end := closing(text)
	if end < 0 || !strings.HasPrefix(text[end:], ") => ") {
		return s, fmt.Errorf("signature %q: want (name: type, …) => type", text)
	}
	result := text[end+len(") => "):]
	for _, part := range parts(text[1:end]) {
		name, typ, ok := strings.Cut(part, ": ")
		if !ok {
			return s, fmt.Errorf("signature %q: parameter %q has no type", text, part)
		}
		typ, s.variadic = strings.CutSuffix(typ, "…")
		p, err := readPattern(typ)
		if err != nil {
			return s, err
		}
		s.params = append(s.params, param{name, p})
	}
	var err error
	s.result, err = readPattern(result)
	return s, err
}

// closing is the place of the parenthesis that closes the first character, or -1.
func closing(text string) int {
	depth := 0
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
		if depth == 0 {
			break
		}
	}
	return -1
}

// parts splits at the commas outside of parentheses.
func parts(text string) (out []string) {
	depth, from := 0, 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, text[from:i])
			from = i + len(", ")
		}
	}
	if from < len(text) {
		out = append(out, text[from:])
	}
	return out
}

func readPattern(text string) (pattern, error) {
	var p pattern
	text, p.option = strings.CutSuffix(text, "?")
	if strings.HasPrefix(text, "(") { // a function, which the checker takes
		p.typ = types.Of(types.Func)
		return p, nil
	}
	if strings.HasPrefix(text, "[") {
		p.list = true
		text = strings.Trim(text, "[]")
	}
	switch text {
	case "T", "U", "V", "O", "N":
		p.letter = text[0]
		return p, nil
	case "decimal":
		p.letter = 'D'
		return p, nil
	}
	var err error
	p.typ, err = types.Parse(text)
	return p, err
}

func (s *signature) param(i int) pattern { return s.params[min(i, len(s.params)-1)].pattern }

// bind widens the pattern's variable so that it holds t; it reports false where that is impossible.
func (p pattern) bind(t types.Type, vars map[byte]types.Type) bool {
	if p.option {
		t = t.Required()
	}
	if p.list {
		if t.Kind == types.None {
			return true
		}
		if t.Kind != types.List {
			return false
		}
		t = *t.Elem
	}
	if p.letter == 0 || t.Kind == types.None {
		return true
	}
	if p.letter == 'D' {
		return t.Kind == types.Decimal || t.Kind == types.Int
	}
	if was, ok := vars[p.letter]; ok {
		c, ok := Common(was, t)
		if !ok {
			return false
		}
		t = c
	}
	if (p.letter == 'N' && !t.Required().IsNumeric()) || (p.letter == 'O' && !Ordered(t.Required())) {
		return false
	}
	vars[p.letter] = t
	return true
}

// fill returns the pattern's type; t is the argument's, for patterns that any decimal fits.
func (p pattern) fill(t types.Type, vars map[byte]types.Type) (types.Type, bool) {
	out := p.typ
	switch p.letter {
	case 0:
	case 'D':
		if out = t.Required(); out.Kind == types.Int {
			out = decimalOf(19, 0)
		}
	default:
		out = vars[p.letter]
		if out.Kind == types.Invalid {
			out = types.Of(types.None)
		}
	}
	if p.list {
		out = types.ListOf(out)
	}
	if p.option {
		out = types.Optional(out)
	}
	return out, out.Kind != types.Invalid
}

// Ordered reports whether < is defined on a type: the class Ord.
func Ordered(t types.Type) bool {
	switch t.Kind {
	case types.Bool, types.Int, types.Float, types.Decimal, types.String, types.Bytes, types.Date, types.Time, types.Timestamp, types.UUID, types.None:
		return true
	}
	return false
}
