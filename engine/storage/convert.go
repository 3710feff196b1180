package storage

import (
	"fmt"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// columnType is the DreamQL type of an imported Arrow field, without its outermost option.
func columnType(f arrow.Field) (types.Type, error) {
	f.Type = plain(f.Type)
	t, err := types.FromArrow(f)
	if err != nil {
		return t, err
	}
	t = t.Required()
	if t.Kind == types.None { // nothing but absent values
		t = types.Of(types.String)
	}
	if _, err := types.ToArrow(t); err != nil {
		return t, err
	}
	return t, nil
}

// plain strips extension types, which are their storage to us.
func plain(dt arrow.DataType) arrow.DataType {
	if e, ok := dt.(arrow.ExtensionType); ok {
		return plain(e.StorageType())
	}
	return dt
}

// convert returns a as an array of exactly types.ToArrow(t): integers and floats widened, units in microseconds,
// dictionaries decoded. It copies only where it must.
func convert(a arrow.Array, t types.Type) (arrow.Array, error) {
	if e, ok := a.(array.ExtensionArray); ok {
		return convert(e.Storage(), t)
	}
	want, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	if arrow.TypeEqual(a.DataType(), want) {
		return a, nil
	}
	if ts, ok := a.DataType().(*arrow.TimestampType); ok && ts.Unit == arrow.Microsecond {
		d := a.Data()
		return array.MakeFromData(array.NewData(want, d.Len(), d.Buffers(), nil, d.NullN(), d.Offset())), nil
	}
	if w := widened(a, want); w != nil {
		return w, nil
	}
	b := array.NewBuilder(memory.DefaultAllocator, want)
	defer b.Release()
	b.Reserve(a.Len())
	for i := range a.Len() {
		if err := appendValue(b, t, a, i); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return b.NewArray(), nil
}

// appendValue appends value i of a, which is of any type that types.FromArrow maps to t.
func appendValue(b array.Builder, t types.Type, a arrow.Array, i int) error {
	if a.IsNull(i) || a.DataType().ID() == arrow.NULL {
		b.AppendNull()
		return nil
	}
	t = t.Required()
	if d, ok := a.(*array.Dictionary); ok {
		return appendValue(b, t, d.Dictionary(), d.GetValueIndex(i))
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		v, err := intAt(a, i)
		b.Append(v)
		return err
	case *array.Float64Builder:
		return appendFloat(b, a, i)
	case *array.BooleanBuilder:
		b.Append(a.(*array.Boolean).Value(i))
	case *array.StringBuilder:
		b.Append(a.(interface{ Value(int) string }).Value(i))
	case *array.BinaryBuilder:
		b.Append(a.(interface{ Value(int) []byte }).Value(i))
	case *array.FixedSizeBinaryBuilder:
		b.Append(a.(*array.FixedSizeBinary).Value(i))
	case *array.Decimal128Builder:
		b.Append(a.(*array.Decimal128).Value(i))
	case *array.Date32Builder:
		return appendDate(b, a, i)
	case *array.Time64Builder:
		return appendTime(b, a, i)
	case *array.TimestampBuilder:
		return appendTimestamp(b, a.(*array.Timestamp), i)
	case *array.MonthDayNanoIntervalBuilder:
		return appendInterval(b, a, i)
	case *array.ListBuilder:
		l := a.(array.ListLike)
		b.Append(true)
		for k, end := l.ValueOffsets(i); k < end; k++ {
			if err := appendValue(b.ValueBuilder(), *t.Elem, l.ListValues(), int(k)); err != nil {
				return err
			}
		}
	case *array.StructBuilder:
		s := a.(*array.Struct)
		b.Append(true)
		for k, f := range t.Fields {
			if err := appendValue(b.FieldBuilder(k), f.Type, s.Field(k), i); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("a %s cannot be stored as %s", a.DataType(), t)
	}
	return nil
}

func intAt(a arrow.Array, i int) (int64, error) {
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i), nil
	case *array.Int32:
		return int64(a.Value(i)), nil
	case *array.Int16:
		return int64(a.Value(i)), nil
	case *array.Int8:
		return int64(a.Value(i)), nil
	case *array.Uint8:
		return int64(a.Value(i)), nil
	case *array.Uint16:
		return int64(a.Value(i)), nil
	case *array.Uint32:
		return int64(a.Value(i)), nil
	case *array.Uint64:
		if v := a.Value(i); v > math.MaxInt64 {
			return 0, fmt.Errorf("%d does not fit an int of 64 bits with a sign", v)
		}
		return int64(a.Value(i)), nil
	}
	return 0, fmt.Errorf("a %s is no int", a.DataType())
}

func appendFloat(b *array.Float64Builder, a arrow.Array, i int) error {
	switch a := a.(type) {
	case *array.Float64:
		b.Append(a.Value(i))
	case *array.Float32:
		b.Append(float64(a.Value(i)))
	case *array.Float16:
		b.Append(float64(a.Value(i).Float32()))
	default:
		return fmt.Errorf("a %s is no float", a.DataType())
	}
	return nil
}

func appendDate(b *array.Date32Builder, a arrow.Array, i int) error {
	switch a := a.(type) {
	case *array.Date32:
		b.Append(a.Value(i))
	case *array.Date64:
		const millisPerDay = 24 * 60 * 60 * 1000
		days := int64(a.Value(i)) / millisPerDay
		if int64(a.Value(i))%millisPerDay < 0 {
			days--
		}
		if days != int64(int32(days)) {
			return fmt.Errorf("the date is out of range")
		}
		b.Append(arrow.Date32(days))
	default:
		return fmt.Errorf("a %s is no date", a.DataType())
	}
	return nil
}

func appendTime(b *array.Time64Builder, a arrow.Array, i int) error {
	var v int64
	switch a := a.(type) {
	case *array.Time32:
		v = int64(a.Value(i)) * 1000
		if a.DataType().(*arrow.Time32Type).Unit == arrow.Second {
			v *= 1000
		}
	case *array.Time64:
		v = int64(a.Value(i))
		if a.DataType().(*arrow.Time64Type).Unit == arrow.Nanosecond {
			v /= 1000
		}
	default:
		return fmt.Errorf("a %s is no time", a.DataType())
	}
	b.Append(arrow.Time64(v))
	return nil
}

func appendTimestamp(b *array.TimestampBuilder, a *array.Timestamp, i int) error {
	v := int64(a.Value(i))
	scale := int64(1)
	switch a.DataType().(*arrow.TimestampType).Unit {
	case arrow.Second:
		scale = 1_000_000
	case arrow.Millisecond:
		scale = 1000
	case arrow.Nanosecond:
		v = time.Unix(0, v).UnixMicro()
	}
	if v > math.MaxInt64/scale || v < math.MinInt64/scale {
		return fmt.Errorf("the timestamp is out of range")
	}
	b.Append(arrow.Timestamp(v * scale))
	return nil
}

func appendInterval(b *array.MonthDayNanoIntervalBuilder, a arrow.Array, i int) error {
	switch a := a.(type) {
	case *array.MonthDayNanoInterval:
		b.Append(a.Value(i))
	case *array.MonthInterval:
		b.Append(arrow.MonthDayNanoInterval{Months: int32(a.Value(i))})
	case *array.DayTimeInterval:
		v := a.Value(i)
		b.Append(arrow.MonthDayNanoInterval{Days: v.Days, Nanoseconds: int64(v.Milliseconds) * 1e6})
	case *array.Duration:
		unit := int64(a.DataType().(*arrow.DurationType).Unit.Multiplier())
		v := int64(a.Value(i))
		if v > math.MaxInt64/unit || v < math.MinInt64/unit {
			return fmt.Errorf("the duration is out of range")
		}
		b.Append(arrow.MonthDayNanoInterval{Nanoseconds: v * unit})
	default:
		return fmt.Errorf("a %s is no duration", a.DataType())
	}
	return nil
}
