package postgres

import (
	"fmt"
	"math/big"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dreamql/dreamql/engine/types"
)

// appendValue appends what pgx made of a value of type t.
func appendValue(b array.Builder, t types.Type, v any) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	t = t.Required()
	switch v := v.(type) {
	case bool:
		b.(*array.BooleanBuilder).Append(v)
	case int16:
		b.(*array.Int64Builder).Append(int64(v))
	case int32:
		b.(*array.Int64Builder).Append(int64(v))
	case int64:
		b.(*array.Int64Builder).Append(v)
	case float32:
		b.(*array.Float64Builder).Append(float64(v))
	case float64:
		b.(*array.Float64Builder).Append(v)
	case string:
		b.(*array.StringBuilder).Append(v)
	case []byte:
		b.(*array.BinaryBuilder).Append(v)
	case [16]byte:
		b.(*array.FixedSizeBinaryBuilder).Append(v[:])
	case time.Time:
		if d, ok := b.(*array.Date32Builder); ok {
			d.Append(arrow.Date32FromTime(v))
		} else {
			b.(*array.TimestampBuilder).Append(arrow.Timestamp(v.UnixMicro()))
		}
	case pgtype.Time:
		b.(*array.Time64Builder).Append(arrow.Time64(v.Microseconds))
	case pgtype.Interval:
		b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: v.Months, Days: v.Days, Nanoseconds: v.Microseconds * 1000})
	case pgtype.Numeric:
		return appendNumeric(b.(*array.Decimal128Builder), t, v)
	case []any:
		l := b.(*array.ListBuilder)
		l.Append(true)
		for _, x := range v {
			if err := appendValue(l.ValueBuilder(), *t.Elem, x); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("the value %v has no place in a %s", v, t)
	}
	return nil
}

func appendNumeric(b *array.Decimal128Builder, t types.Type, v pgtype.Numeric) error {
	if v.NaN || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("a %s cannot hold NaN or an infinite value", t)
	}
	n := new(big.Int).Set(v.Int)
	shift := int64(v.Exp) + int64(t.Scale)
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(shift, -shift)), nil)
	rest := new(big.Int)
	if shift >= 0 {
		n.Mul(n, ten)
	} else {
		n.QuoRem(n, ten, rest)
	}
	if limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil); rest.Sign() != 0 || n.CmpAbs(limit) >= 0 {
		return fmt.Errorf("a number has more digits than a %s; read a view that casts it to numeric with a precision, or to float8", t)
	}
	b.Append(decimal128.FromBigInt(n))
	return nil
}
