package exec

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// appendValue appends bytes that are equal for equal present values of one type, and for them only.
func appendValue(out []byte, a arrow.Array, i int) []byte {
	switch a := a.(type) {
	case *array.String:
		return append(out, a.Value(i)...)
	case *array.Binary:
		return append(out, a.Value(i)...)
	case *array.FixedSizeBinary:
		return append(out, a.Value(i)...)
	case *array.Boolean:
		if a.Value(i) {
			return append(out, 1)
		}
		return append(out, 0)
	case *array.Int64:
		return binary.LittleEndian.AppendUint64(out, uint64(a.Value(i)))
	case *array.Float64:
		return binary.LittleEndian.AppendUint64(out, floatKey(a.Value(i)))
	case *array.Date32:
		return binary.LittleEndian.AppendUint32(out, uint32(a.Value(i)))
	case *array.Timestamp:
		return binary.LittleEndian.AppendUint64(out, uint64(a.Value(i)))
	case *array.Time64:
		return binary.LittleEndian.AppendUint64(out, uint64(a.Value(i)))
	case *array.Decimal128:
		v := a.Value(i)
		out = binary.LittleEndian.AppendUint64(out, v.LowBits())
		return binary.LittleEndian.AppendUint64(out, uint64(v.HighBits()))
	case *array.MonthDayNanoInterval:
		v := a.Value(i)
		out = binary.LittleEndian.AppendUint32(out, uint32(v.Months))
		out = binary.LittleEndian.AppendUint32(out, uint32(v.Days))
		return binary.LittleEndian.AppendUint64(out, uint64(v.Nanoseconds))
	case *array.Dictionary:
		return appendValue(out, a.Dictionary(), a.GetValueIndex(i))
	case *array.List:
		from, to := a.ValueOffsets(i)
		out = binary.LittleEndian.AppendUint64(out, uint64(to-from))
		for j := from; j < to; j++ {
			out = appendNested(out, a.ListValues(), int(j))
		}
		return out
	case *array.Struct:
		for f := range a.NumField() {
			out = appendNested(out, a.Field(f), i)
		}
		return out
	}
	panic("exec: no encoding of " + a.DataType().String())
}

// appendNested is appendValue with presence and length, so that values can follow one another.
func appendNested(out []byte, a arrow.Array, i int) []byte {
	if a.IsNull(i) {
		return append(out, 0)
	}
	out = append(out, 1, 0, 0, 0, 0)
	at := len(out)
	out = appendValue(out, a, i)
	binary.LittleEndian.PutUint32(out[at-4:], uint32(min(len(out)-at, math.MaxUint32)))
	return out
}
