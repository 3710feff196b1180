package funcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonValue is a JSON value taken apart. Objects have their members in the order of their names, one of each: the last of
// several. Numbers keep their text in one form, so that equal values have equal texts.
type jsonValue struct {
	kind  byte   // 'n'ull, 'b'ool, '0' a number, 's'tring, '[', '{'
	text  string // of a bool, a number, or decoded of a string
	names []string
	items []*jsonValue // elements, or members in the order of names
}

var jsonNames = map[byte]string{'n': "null", 'b': "boolean", '0': "number", 's': "string", '[': "array", '{': "object"}

// maxJSON bounds how deep a value nests.
const maxJSON = 512

var errJSON = errors.New("not JSON")

// readJSON reads one value and nothing after it.
func readJSON(s string) (*jsonValue, error) {
	p := &jsonReader{rest: s}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.rest != "" {
		return nil, errJSON
	}
	return v, nil
}

type jsonReader struct{ rest string }

func (p *jsonReader) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *jsonReader) eat(c byte) bool {
	if p.space(); p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *jsonReader) value(depth int) (*jsonValue, error) {
	if p.space(); p.rest == "" || depth > maxJSON {
		return nil, errJSON
	}
	switch c := p.rest[0]; c {
	case '{', '[':
		p.rest = p.rest[1:]
		return p.many(c, depth)
	case '"':
		s, err := p.quoted()
		return &jsonValue{kind: 's', text: s}, err
	case 't', 'f', 'n':
		for word, kind := range map[string]byte{"true": 'b', "false": 'b', "null": 'n'} {
			if rest, ok := strings.CutPrefix(p.rest, word); ok {
				p.rest = rest
				return &jsonValue{kind: kind, text: word}, nil
			}
		}
		return nil, errJSON
	}
	n := len(p.rest) - len(strings.TrimLeft(p.rest, "+-0123456789.eE"))
	text, ok := numberText(p.rest[:n])
	if p.rest = p.rest[n:]; !ok {
		return nil, errJSON
	}
	return &jsonValue{kind: '0', text: text}, nil
}

func (p *jsonReader) many(open byte, depth int) (*jsonValue, error) {
	v := &jsonValue{kind: open}
	end := open + 2 // ']' and '}'
	if p.eat(end) {
		return v, nil
	}
	for {
		if open == '{' {
			if p.space(); p.rest == "" || p.rest[0] != '"' {
				return nil, errJSON
			}
			name, err := p.quoted()
			if err != nil || !p.eat(':') {
				return nil, errJSON
			}
			v.names = append(v.names, name)
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
		if p.eat(end) {
			v.settle()
			return v, nil
		}
		if !p.eat(',') {
			return nil, errJSON
		}
	}
}

// settle orders the members of an object, and keeps the last of each name.
func (v *jsonValue) settle() {
	if v.kind != '{' || slices.IsSorted(v.names) && len(slices.Compact(slices.Clone(v.names))) == len(v.names) {
		return
	}
	last := map[string]*jsonValue{}
	for i, n := range v.names {
		last[n] = v.items[i]
	}
	v.names, v.items = v.names[:0], v.items[:0]
	for n := range last {
		v.names = append(v.names, n)
	}
	slices.Sort(v.names)
	for _, n := range v.names {
		v.items = append(v.items, last[n])
	}
}

func (p *jsonReader) quoted() (string, error) {
	plain := true
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			raw := p.rest[:i+1]
			p.rest = p.rest[i+1:]
			if plain {
				return raw[1:i], nil
			}
			var s string
			err := json.Unmarshal([]byte(raw), &s)
			return s, err
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return "", errJSON
		case c >= utf8.RuneSelf:
			plain = false // unless it is valid UTF-8, which decoding makes it
		}
	}
	return "", errJSON
}

// numberText is a number in one form: an int without a fraction, else the shortest text of the float; what a float cannot hold stays.
func numberText(s string) (string, bool) {
	if !json.Valid([]byte(s)) || s == "" {
		return "", false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return strconv.FormatInt(n, 10), true
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s, true
	}
	return floatText(x), true
}

// floatText writes a float as JSON; what JSON cannot write is null.
func floatText(x float64) string {
	switch size := math.Abs(x); {
	case x-x != 0:
		return "null"
	case x == 0:
		return "0"
	case size < 1e-6 || size >= 1e21:
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// appendTo writes the value; indent is "" for one line, else what to begin each line with.
func (v *jsonValue) appendTo(out []byte, indent string) []byte {
	switch v.kind {
	case 's':
		return appendQuoted(out, v.text)
	case '[', '{':
	default:
		return append(out, v.text...)
	}
	out = append(out, v.kind)
	inner := indent
	if indent != "" {
		inner += "  "
	}
	for i, item := range v.items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, inner...)
		if v.kind == '{' {
			out = append(appendQuoted(out, v.names[i]), ':')
			if indent != "" {
				out = append(out, ' ')
			}
		}
		out = item.appendTo(out, inner)
	}
	if len(v.items) > 0 {
		out = append(out, indent...)
	}
	return append(out, v.kind+2)
}

func appendQuoted(out []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// step is a member's name, or a place in an array, which counts from the end where it is negative.
type step struct {
	name  string
	at    int64
	array bool
}

// get follows a path; nil where there is no such part, or it is null.
func (v *jsonValue) get(path []step) *jsonValue {
	for _, s := range path {
		if v = v.child(s); v == nil {
			return nil
		}
	}
	if v.kind == 'n' {
		return nil
	}
	return v
}

func (v *jsonValue) child(s step) *jsonValue {
	if s.array {
		at := s.at
		if at < 0 {
			at += int64(len(v.items))
		}
		if v.kind == '[' && at >= 0 && at < int64(len(v.items)) {
			return v.items[at]
		}
		return nil
	}
	if i, ok := slices.BinarySearch(v.names, s.name); ok && v.kind == '{' {
		return v.items[i]
	}
	return nil
}

// readPath reads a path such as a.b[0]['c d'], which may start with $.
func readPath(text string) ([]step, error) {
	var out []step
	rest := strings.TrimPrefix(text, "$")
	for first := true; rest != ""; first = false {
		if inside, ok := strings.CutPrefix(rest, "["); ok {
			body, after, ok := cutBracket(inside)
			if !ok {
				return nil, errPath
			}
			rest = after
			if n, err := strconv.ParseInt(body, 10, 64); err == nil {
				out = append(out, step{at: n, array: true})
				continue
			}
			if len(body) < 2 || body[0] != body[len(body)-1] || body[0] != '\'' && body[0] != '"' {
				return nil, errPath
			}
			out = append(out, step{name: body[1 : len(body)-1]})
			continue
		}
		if name, ok := strings.CutPrefix(rest, "."); ok {
			rest = name
		} else if !first || len(rest) < len(text) {
			return nil, errPath
		}
		n := strings.IndexAny(rest, ".[")
		if n < 0 {
			n = len(rest)
		}
		if n == 0 {
			return nil, errPath
		}
		out, rest = append(out, step{name: rest[:n]}), rest[n:]
	}
	return out, nil
}

// cutBracket ends at the bracket that no quote holds.
func cutBracket(s string) (body, after string, ok bool) {
	end := "]"
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		end = s[:1] + "]"
	}
	i := strings.Index(s[min(1, len(s)):], end)
	if i < 0 {
		return "", "", false
	}
	i += min(1, len(s)) + len(end) - 1
	return s[:i], s[i+1:], true
}

var errPath = errors.New("a path is written as a.b[0]['c d'], with places counted from 0, or from -1 for the last")
