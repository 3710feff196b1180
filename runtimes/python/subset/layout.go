package subset

import (
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// batchRows is how many rows one call of compiled code takes.
const batchRows = 8192

// layout places the columns of a batch in memory, at constant offsets: values of 8 bytes, or of 1 for bools, and a byte a row
// for presence. The status of a row is 1 where CPython must decide it.
type layout struct {
	params []column
	result column
	status uint32
	end    uint32
}

type column struct {
	typ            typ
	json           bool
	value, present uint32
}

func (c column) width() uint32 {
	if c.typ.kind == boolean {
		return 1
	}
	return 8
}

// place returns the layout of f, from base on, or a Reason where it has a type that is not compiled.
func place(f *udf.Function, base uint32) (layout, *Reason) {
	l := layout{end: base}
	take := func(width uint32) uint32 {
		at := l.end
		l.end += width * batchRows
		return at
	}
	var c column
	for _, p := range f.Params {
		var ok bool
		if c.typ, ok = ofSignature(p.Type); !ok {
			return l, &Reason{0, "a parameter of type " + p.Type.String() + " is not compiled"}
		}
		c.value = take(c.width())
		if c.typ.optional {
			c.present = take(1)
		}
		l.params = append(l.params, c)
		c = column{}
	}
	var ok bool
	if l.result.typ, ok = ofSignature(f.Result); !ok {
		return l, &Reason{0, "a result of type " + f.Result.String() + " is not compiled"}
	}
	l.result.json = f.Result.Required().Kind == types.JSON
	l.result.value = take(l.result.width())
	if l.result.typ.optional {
		l.result.present = take(1)
	}
	l.status = take(1)
	return l, nil
}
