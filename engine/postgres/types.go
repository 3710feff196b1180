package postgres

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/types"
)

// column is what the catalogue of a database says of one.
type column struct {
	name           string
	required       bool
	mod            int32
	typ, kind      string
	elem, elemKind string // of an array
}

var scalars = map[string]types.Kind{
	"bool": types.Bool, "int2": types.Int, "int4": types.Int, "int8": types.Int, "float4": types.Float, "float8": types.Float,
	"text": types.String, "varchar": types.String, "bpchar": types.String, "name": types.String, "citext": types.String,
	"bytea": types.Bytes, "date": types.Date, "time": types.Time, "timestamp": types.Timestamp, "timestamptz": types.Timestamp,
	"interval": types.Duration, "json": types.JSON, "jsonb": types.JSON, "uuid": types.UUID,
}

// A numeric without a precision has any number of digits; this is what is read of one, and more is an error.
const wideDigits, wideScale = 38, 9

func (c column) dreamql() (types.Type, error) {
	name, kind := c.typ, c.kind
	if c.elem != "" {
		name, kind = c.elem, c.elemKind
	}
	t, ok := scalar(name, kind, c.mod)
	if !ok {
		return t, fmt.Errorf("the column %s is of the type %s, which has no type here; read a view that leaves it out or casts it to text", c.name, c.typ)
	}
	if c.elem != "" {
		t = types.ListOf(types.Optional(t))
	}
	if !c.required {
		t = types.Optional(t)
	}
	return t, nil
}

func scalar(name, kind string, mod int32) (types.Type, bool) {
	if kind == "e" { // an enumeration
		return types.Of(types.String), true
	}
	if name == "numeric" {
		digits, scale := wideDigits, wideScale
		if mod >= 4 {
			digits, scale = int((mod-4)>>16), int((mod-4)&0x7ff)
		}
		return types.Type{Kind: types.Decimal, Precision: digits, Scale: scale}, digits <= 38 && scale <= digits
	}
	k, ok := scalars[name]
	return types.Of(k), ok
}
