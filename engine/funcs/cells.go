package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// appendCell appends row i of a to a builder of the same type (dictionaries decoded), or null for a negative row.
func appendCell(b array.Builder, a arrow.Array, i int) {
	if i < 0 || a.IsNull(i) {
		b.AppendNull()
		return
	}
	switch a := a.(type) {
	case *array.Dictionary:
		appendCell(b, a.Dictionary(), a.GetValueIndex(i))
	case *array.List:
		l := b.(*array.ListBuilder)
		l.Append(true)
		from, to := a.ValueOffsets(i)
		for k := from; k < to; k++ {
			appendCell(l.ValueBuilder(), a.ListValues(), int(k))
		}
	case *array.Struct:
		s := b.(*array.StructBuilder)
		s.Append(true)
		for k := range a.NumField() {
			appendCell(s.FieldBuilder(k), a.Field(k), i)
		}
	case *array.Boolean:
		b.(*array.BooleanBuilder).Append(a.Value(i))
	case *array.Int64:
		b.(*array.Int64Builder).Append(a.Value(i))
	case *array.Float64:
		b.(*array.Float64Builder).Append(a.Value(i))
	case *array.String:
		b.(*array.StringBuilder).Append(a.Value(i))
	case *array.Binary:
		b.(*array.BinaryBuilder).Append(a.Value(i))
	case *array.Decimal128:
		b.(*array.Decimal128Builder).Append(a.Value(i))
	case *array.Date32:
		b.(*array.Date32Builder).Append(a.Value(i))
	case *array.Time64:
		b.(*array.Time64Builder).Append(a.Value(i))
	case *array.Timestamp:
		b.(*array.TimestampBuilder).Append(a.Value(i))
	case *array.MonthDayNanoInterval:
		b.(*array.MonthDayNanoIntervalBuilder).Append(a.Value(i))
	case *array.FixedSizeBinary:
		b.(*array.FixedSizeBinaryBuilder).Append(a.Value(i))
	default:
		b.AppendNull()
	}
}

// arrayEqual compares row i of a with row j of b, which are of the same DreamQL type; absent equals absent, NaN equals NaN.
func arrayEqual(a arrow.Array, i int, b arrow.Array, j int) bool {
	if a.IsNull(i) || b.IsNull(j) {
		return a.IsNull(i) && b.IsNull(j)
	}
	if d, ok := a.(*array.Dictionary); ok {
		return arrayEqual(d.Dictionary(), d.GetValueIndex(i), b, j)
	}
	if d, ok := b.(*array.Dictionary); ok {
		return arrayEqual(a, i, d.Dictionary(), d.GetValueIndex(j))
	}
	switch a := a.(type) {
	case *array.List:
		b := b.(*array.List)
		from, to := a.ValueOffsets(i)
		at, end := b.ValueOffsets(j)
		if to-from != end-at {
			return false
		}
		for k := range to - from {
			if !arrayEqual(a.ListValues(), int(from+k), b.ListValues(), int(at+k)) {
				return false
			}
		}
		return true
	case *array.Struct:
		b := b.(*array.Struct)
		for k := range a.NumField() {
			if !arrayEqual(a.Field(k), i, b.Field(k), j) {
				return false
			}
		}
		return true
	case *array.Boolean:
		return a.Value(i) == b.(*array.Boolean).Value(j)
	case *array.Int64:
		return a.Value(i) == b.(*array.Int64).Value(j)
	case *array.Float64:
		x, y := a.Value(i), b.(*array.Float64).Value(j)
		return x == y || x != x && y != y
	case *array.String:
		return a.Value(i) == b.(*array.String).Value(j)
	case *array.Binary:
		return string(a.Value(i)) == string(b.(*array.Binary).Value(j))
	case *array.Decimal128:
		return a.Value(i) == b.(*array.Decimal128).Value(j)
	case *array.Date32:
		return a.Value(i) == b.(*array.Date32).Value(j)
	case *array.Time64:
		return a.Value(i) == b.(*array.Time64).Value(j)
	case *array.Timestamp:
		return a.Value(i) == b.(*array.Timestamp).Value(j)
	case *array.MonthDayNanoInterval:
		return a.Value(i) == b.(*array.MonthDayNanoInterval).Value(j)
	case *array.FixedSizeBinary:
		return string(a.Value(i)) == string(b.(*array.FixedSizeBinary).Value(j))
	}
	return false
}
