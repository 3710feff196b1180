package storage

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// Columns of whole numbers, dates and decimals are written in the narrowest signed Arrow type that holds all their values in the
// segment, with their own type in the field's metadata; numbers of dictionary values are unsigned, of the width that the size of the
// dictionary needs:
//
//	decimal(12, 2), 1.00 to 50.00   int16, "dreamql.type": "decimal(12, 2)"
//
// A reader widens them, unless it is asked not to (Narrow).

// widths are the whole numbers that a column can be written as, the narrowest first.
var widths = []arrow.FixedWidthDataType{
	arrow.PrimitiveTypes.Int8.(arrow.FixedWidthDataType), arrow.PrimitiveTypes.Int16.(arrow.FixedWidthDataType),
	arrow.PrimitiveTypes.Int32.(arrow.FixedWidthDataType), arrow.PrimitiveTypes.Int64.(arrow.FixedWidthDataType),
}

// extent is the range of the whole numbers of a column, in 64 bits.
type extent struct {
	lo, hi int64
	some   bool
	none   bool // a value needs more
}

func (e *extent) add(x int64) {
	if !e.some {
		e.lo, e.hi, e.some = x, x, true
	}
	e.lo, e.hi = min(e.lo, x), max(e.hi, x)
}

func addAll[T ~int32 | ~int64](e *extent, a arrow.Array, in []T) {
	nulls := a.NullN() > 0
	for i, x := range in {
		if !nulls || a.IsValid(i) {
			e.add(int64(x))
		}
	}
}

func (e *extent) of(a arrow.Array) {
	switch a := a.(type) {
	case *array.Int64:
		addAll(e, a, a.Int64Values())
	case *array.Date32:
		addAll(e, a, a.Date32Values())
	case *array.Time64:
		addAll(e, a, a.Time64Values())
	case *array.Timestamp:
		addAll(e, a, a.TimestampValues())
	case *array.Decimal128:
		for i, d := range a.Values() {
			x := int64(d.LowBits())
			switch {
			case a.IsNull(i):
			case d.HighBits() != x>>63:
				e.none = true
				return
			default:
				e.add(x)
			}
		}
	default:
		e.none = true
	}
}

// narrowest is the type to write a column of the type dt in: nil where that is dt.
func (e *extent) narrowest(dt arrow.DataType) arrow.DataType {
	if e.none {
		return nil
	}
	for _, w := range widths {
		if w.Bytes() >= dt.(arrow.FixedWidthDataType).Bytes() {
			break
		}
		if spare := 64 - 8*w.Bytes(); e.lo<<spare>>spare == e.lo && e.hi<<spare>>spare == e.hi {
			return w
		}
	}
	return nil
}

// narrowed is a column in a narrower type; what absent rows hold becomes zero.
func narrowed(a arrow.Array, to arrow.DataType) arrow.Array {
	values := make([]byte, a.Len()*to.(arrow.FixedWidthDataType).Bytes())
	switch to.ID() {
	case arrow.INT8:
		narrowTo(arrow.Int8Traits.CastFromBytes(values), a)
	case arrow.INT16:
		narrowTo(arrow.Int16Traits.CastFromBytes(values), a)
	case arrow.INT32:
		narrowTo(arrow.Int32Traits.CastFromBytes(values), a)
	case arrow.INT64:
		narrowTo(arrow.Int64Traits.CastFromBytes(values), a)
	case arrow.UINT8:
		narrowTo(arrow.Uint8Traits.CastFromBytes(values), a)
	case arrow.UINT16:
		narrowTo(arrow.Uint16Traits.CastFromBytes(values), a)
	}
	return array.MakeFromData(array.NewData(to, a.Len(), []*memory.Buffer{validityOf(a), memory.NewBufferBytes(values)}, nil, a.NullN(), 0))
}

func narrowTo[T int8 | int16 | int32 | int64 | uint8 | uint16](out []T, a arrow.Array) {
	switch a := a.(type) {
	case *array.Int32:
		cut(out, a.Int32Values())
	case *array.Int64:
		cut(out, a.Int64Values())
	case *array.Date32:
		cut(out, a.Date32Values())
	case *array.Time64:
		cut(out, a.Time64Values())
	case *array.Timestamp:
		cut(out, a.TimestampValues())
	case *array.Decimal128:
		for i, d := range a.Values() {
			out[i] = T(d.LowBits())
		}
	}
	if a.NullN() > 0 {
		for i := range out {
			if a.IsNull(i) {
				out[i] = 0
			}
		}
	}
}

func cut[T int8 | int16 | int32 | int64 | uint8 | uint16, F ~int32 | ~int64](out []T, in []F) {
	for i, x := range in {
		out[i] = T(x)
	}
}

// indexType is for the numbers of so many dictionary values.
func indexType(values int) arrow.DataType {
	switch {
	case values <= 1<<8:
		return arrow.PrimitiveTypes.Uint8
	case values <= 1<<16:
		return arrow.PrimitiveTypes.Uint16
	}
	return arrow.PrimitiveTypes.Int32
}

// narrowFields are the types in which the segment in the making is written, by column; nil for the column's own.
func (w *tableWriter) narrowFields() []arrow.DataType {
	out := make([]arrow.DataType, len(w.columns))
	for i, c := range w.columns {
		if w.wide || !narrows(c.Type) {
			continue
		}
		e := extent{}
		for _, f := range w.full {
			e.of(f.batch.Column(i))
		}
		out[i] = e.narrowest(w.full[0].batch.Column(i).DataType())
	}
	return out
}

// encodedType is the type of a column with a dictionary of so many values.
func (w *tableWriter) encodedType(values int) *arrow.DictionaryType {
	if w.wide {
		return dictionaryType
	}
	return writtenDictionary(values)
}

func narrows(t types.Type) bool {
	switch t.Kind {
	case types.Int, types.Date, types.Time, types.Timestamp, types.Decimal:
		return true
	}
	return false
}

// ownType is the type of a segment's field, and whether it is written in a narrower one.
func ownType(f arrow.Field) (types.Type, bool, error) {
	if d, ok := f.Type.(*arrow.DictionaryType); ok {
		return types.Of(types.String), d.IndexType.ID() != arrow.INT32, nil
	}
	said, ok := f.Metadata.GetValue(types.MetaType)
	if !ok {
		return types.Type{}, false, nil
	}
	t, err := types.Parse(said)
	if err != nil || !narrows(t) {
		return t, false, err
	}
	want, err := types.ToArrow(t)
	if err != nil {
		return t, false, err
	}
	if arrow.TypeEqual(want, f.Type) {
		return t, false, nil
	}
	for _, w := range widths {
		if w.ID() == f.Type.ID() && w.Bytes() < want.(arrow.FixedWidthDataType).Bytes() {
			return t, true, nil
		}
	}
	return t, false, fmt.Errorf("it is written as %s, which is not how %s is", f.Type, t)
}

// widenField gives a column of a segment in the type of its field's own.
func widenField(f arrow.Field, a arrow.Array) (arrow.Field, arrow.Array, error) {
	t, narrow, err := ownType(f)
	if err != nil || !narrow {
		a.Retain()
		return f, a, err
	}
	out, err := funcs.Widened(memory.DefaultAllocator, a, t)
	if err != nil {
		return f, nil, err
	}
	f.Type, f.Metadata = out.DataType(), arrow.Metadata{}
	return f, out, nil
}
