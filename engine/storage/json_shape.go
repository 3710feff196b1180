package storage

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/types"
)

// shape is what the values of one place in a JSON file have been: a column, a member of a record, the items of a list.
type shape struct {
	seen    [jsonObject + 1]bool // by jsonKind
	numbers textTypes            // what the numbers are
	texts   textTypes            // what the strings are
	absent  bool                 // null, or missing from a record

	items   *shape
	names   []string // of members, in the order of their first appearance
	members map[string]*shape
	count   int // objects seen
}

func newShape() *shape { return &shape{numbers: anyText, texts: asDate | asTimestamp} }

// observe widens the shape to hold v.
func (s *shape) observe(v jsonValue) error {
	s.seen[v.kind] = true
	switch v.kind {
	case jsonNull:
		s.absent = true
	case jsonNumber:
		s.numbers = s.numbers.narrow(v.text)
	case jsonText:
		if s.texts != 0 {
			s.texts = s.texts.narrow(v.text)
		}
	case jsonList:
		if s.items == nil {
			s.items = newShape()
		}
		for _, it := range v.items {
			if err := s.items.observe(it); err != nil {
				return err
			}
		}
	case jsonObject:
		return s.observeObject(v)
	}
	return nil
}

func (s *shape) observeObject(v jsonValue) error {
	if s.members == nil {
		s.members = map[string]*shape{}
	}
	for _, m := range v.members {
		c, ok := s.members[m.name]
		if !ok {
			if len(s.names) >= maxColumns {
				return fmt.Errorf("the objects have more than %d different names; are the names data?", maxColumns)
			}
			c = newShape()
			c.absent = s.count > 0
			s.members[m.name], s.names = c, append(s.names, m.name)
		}
		if err := c.observe(m.value); err != nil {
			return err
		}
	}
	s.count++
	if len(v.members) < len(s.names) {
		here := make(map[string]bool, len(v.members))
		for _, m := range v.members {
			here[m.name] = true
		}
		for _, n := range s.names {
			if !here[n] {
				s.members[n].absent = true
			}
		}
	}
	return nil
}

// kind is the one type that holds every value: numbers among strings become strings, and records or lists among anything
// else stay JSON text.
func (s *shape) kind() types.Type {
	scalar := s.seen[jsonBool] || s.seen[jsonNumber] || s.seen[jsonText]
	switch {
	case s.seen[jsonObject] && (scalar || s.seen[jsonList] || len(s.names) == 0), s.seen[jsonList] && scalar:
		return types.Of(types.JSON)
	case s.seen[jsonObject]:
		return types.RecordOf(s.fields()...)
	case s.seen[jsonList]:
		item := s.items.kind()
		if s.items.absent {
			item = types.Optional(item)
		}
		return types.ListOf(item)
	case s.seen[jsonText] && !s.seen[jsonNumber] && !s.seen[jsonBool]:
		return types.Of(s.texts.kind(true))
	case s.seen[jsonBool] && !s.seen[jsonNumber] && !s.seen[jsonText]:
		return types.Of(types.Bool)
	case s.seen[jsonNumber] && !s.seen[jsonBool] && !s.seen[jsonText]:
		if s.numbers&asInt != 0 {
			return types.Of(types.Int)
		}
		return types.Of(types.Float)
	}
	return types.Of(types.String)
}

func (s *shape) fields() []types.Field {
	fs := make([]types.Field, len(s.names))
	for i, n := range s.names {
		c := s.members[n]
		fs[i] = types.Field{Name: n, Type: c.kind()}
		if c.absent {
			fs[i].Type = types.Optional(fs[i].Type)
		}
	}
	return fs
}
