package storage

import (
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// chunkRange is what the statistics of a column of a row group say, and whether they count its absent values. There are no bounds of
// floats, because a NaN among them is not in the statistics and is greater than any number here.
func chunkRange(g *metadata.RowGroupMetaData, column int, t types.Type) (r logical.Range, counted bool) {
	c, err := g.ColumnChunk(column)
	if err != nil {
		return r, false
	}
	if set, err := c.StatsSet(); err != nil || !set {
		return r, false
	}
	s, err := c.Statistics()
	if err != nil || s == nil {
		return r, false
	}
	if counted = s.HasNullCount(); counted {
		r.Nulls = s.NullCount()
	}
	if !s.HasMinMax() {
		return r, counted
	}
	unit := unitOf(s.Descr())
	switch s := s.(type) {
	case *metadata.Int32Statistics:
		r.Min, r.Max = wholeBound(t, unit, int64(s.Min())), wholeBound(t, unit, int64(s.Max()))
	case *metadata.Int64Statistics:
		r.Min, r.Max = wholeBound(t, unit, s.Min()), wholeBound(t, unit, s.Max())
	case *metadata.ByteArrayStatistics:
		r.Min, r.Max = bytesBound(t, s.Min()), bytesBound(t, s.Max())
	case *metadata.FixedLenByteArrayStatistics:
		r.Min, r.Max = bytesBound(t, s.Min()), bytesBound(t, s.Max())
	}
	if r.Min == nil || r.Max == nil {
		r.Min, r.Max = nil, nil
	}
	return r, counted
}

// unitOf is how many nanoseconds a unit of a timestamp has; -1 for whole numbers whose order is not that of their bits.
func unitOf(d *schema.Column) time.Duration {
	switch l := d.LogicalType().(type) {
	case schema.TimestampLogicalType:
		switch l.TimeUnit() {
		case schema.TimeUnitMillis:
			return time.Millisecond
		case schema.TimeUnitMicros:
			return time.Microsecond
		case schema.TimeUnitNanos:
			return time.Nanosecond
		}
	case schema.IntLogicalType:
		if !l.IsSigned() {
			return -1
		}
	}
	return 0
}

func wholeBound(t types.Type, unit time.Duration, v int64) *logical.Literal {
	switch {
	case unit < 0:
		return nil
	case t.Kind == types.Int, t.Kind == types.Date:
		return &logical.Literal{Int: &v}
	case t.Kind == types.Decimal:
		text := strconv.FormatInt(v, 10)
		return &logical.Literal{Text: &text}
	case t.Kind == types.Timestamp && unit == time.Microsecond:
		return &logical.Literal{Int: &v}
	case t.Kind == types.Timestamp && unit == time.Millisecond && v == v*1000/1000:
		v *= 1000
		return &logical.Literal{Int: &v}
	case t.Kind == types.Timestamp && unit == time.Nanosecond:
		v = time.Unix(0, v).UnixMicro() // as convert rounds
		return &logical.Literal{Int: &v}
	}
	return nil
}

func bytesBound[T parquet.ByteArray | parquet.FixedLenByteArray](t types.Type, b T) *logical.Literal {
	switch t.Kind {
	case types.String:
		if utf8.Valid(b) {
			return textBound(string(b))
		}
	case types.Decimal:
		if len(b) == 0 || len(b) > 16 {
			return nil
		}
		v := new(big.Int).SetBytes(b)
		if b[0]&0x80 != 0 { // two's complement
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		text := v.String()
		return &logical.Literal{Text: &text}
	}
	return nil
}
