package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// jsonKind is what a JSON value is.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonText
	jsonList
	jsonObject
)

// jsonValue is a JSON value whose objects keep the order of their members, as encoding/json does not.
type jsonValue struct {
	kind    jsonKind
	text    string // of a bool, a number (as written) or a string (decoded)
	raw     []byte
	items   []jsonValue
	members []jsonMember
}

type jsonMember struct {
	name  string
	value jsonValue
}

// maxJSONDepth is how deep values may be nested; a type can be no deeper.
const maxJSONDepth = 32

var errTooDeep = errors.New("values are nested too deeply")

// parseJSON takes apart a value that encoding/json has found to be valid.
func parseJSON(raw []byte) (jsonValue, error) {
	p := jsonParser{rest: raw}
	return p.value(0)
}

type jsonParser struct{ rest []byte }

func (p *jsonParser) space() { p.rest = bytes.TrimLeft(p.rest, " \t\r\n") }

func (p *jsonParser) eat(c byte) bool {
	p.space()
	if p.rest[0] == c {
		p.rest = p.rest[1:]
		return true
	}
	return false
}

func (p *jsonParser) value(depth int) (v jsonValue, err error) {
	if depth > maxJSONDepth {
		return v, errTooDeep
	}
	p.space()
	start := p.rest
	switch c := p.rest[0]; {
	case c == '{':
		v.kind = jsonObject
		err = p.list('}', func() error {
			name, err := p.quoted()
			if err != nil {
				return err
			}
			p.eat(':')
			m, err := p.value(depth + 1)
			v.members = append(v.members, jsonMember{name, m})
			return err
		})
	case c == '[':
		v.kind = jsonList
		err = p.list(']', func() error {
			item, err := p.value(depth + 1)
			v.items = append(v.items, item)
			return err
		})
	case c == '"':
		v.kind = jsonText
		v.text, err = p.quoted()
	case c == 'n':
		p.word()
	case c == 't' || c == 'f':
		v.kind, v.text = jsonBool, p.word()
	default:
		v.kind, v.text = jsonNumber, p.word()
	}
	v.raw = start[:len(start)-len(p.rest)]
	return v, err
}

func (p *jsonParser) list(end byte, item func() error) error {
	p.rest = p.rest[1:]
	for !p.eat(end) {
		p.eat(',')
		if err := item(); err != nil {
			return err
		}
	}
	return nil
}

func (p *jsonParser) word() string {
	n := bytes.IndexAny(p.rest, " \t\r\n,]}")
	if n < 0 {
		n = len(p.rest)
	}
	w := string(p.rest[:n])
	p.rest = p.rest[n:]
	return w
}

func (p *jsonParser) quoted() (string, error) {
	p.space()
	n := 1
	for p.rest[n] != '"' {
		if p.rest[n] == '\\' {
			n++
		}
		n++
	}
	raw := p.rest[:n+1]
	p.rest = p.rest[n+1:]
	if bytes.IndexByte(raw, '\\') < 0 {
		return strings.ToValidUTF8(string(raw[1:n]), "\uFFFD"), nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}
