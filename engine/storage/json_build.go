package storage

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// appendJSON appends a value to the builder of a type that its shape led to. It is false for a value that was not
// there when the shape was observed.
func appendJSON(b array.Builder, t types.Type, v jsonValue) bool {
	t = t.Required()
	if v.kind == jsonNull {
		b.AppendNull()
		return true
	}
	switch t.Kind {
	case types.JSON:
		var text bytes.Buffer
		if json.Compact(&text, v.raw) != nil {
			return false
		}
		b.(*array.StringBuilder).Append(text.String())
		return true
	case types.Record:
		return v.kind == jsonObject && appendObject(b.(*array.StructBuilder), t, v)
	case types.List:
		l := b.(*array.ListBuilder)
		if v.kind != jsonList {
			return false
		}
		l.Append(true)
		for _, it := range v.items {
			if !appendJSON(l.ValueBuilder(), *t.Elem, it) {
				return false
			}
		}
		return true
	case types.Float:
		f, err := strconv.ParseFloat(v.text, 64)
		b.(*array.Float64Builder).Append(f)
		return err == nil
	}
	return v.kind < jsonList && appendText(b, v.text)
}

func appendObject(b *array.StructBuilder, t types.Type, v jsonValue) bool {
	b.Append(true)
	for i, m := range v.arrange(t.Fields) {
		if !appendJSON(b.FieldBuilder(i), t.Fields[i].Type, m) {
			return false
		}
	}
	return true
}

// arrange returns the members in the order of fields, null where there is none. Of members with one name the last counts,
// as in most readers.
func (v jsonValue) arrange(fields []types.Field) []jsonValue {
	out := make([]jsonValue, len(fields))
	aligned := len(v.members) == len(fields)
	for i := 0; aligned && i < len(fields); i++ {
		aligned = v.members[i].name == fields[i].Name
		out[i] = v.members[i].value
	}
	if aligned {
		return out
	}
	byName := make(map[string]jsonValue, len(v.members))
	for _, m := range v.members {
		byName[m.name] = m.value
	}
	for i, f := range fields {
		out[i] = byName[f.Name]
	}
	return out
}
