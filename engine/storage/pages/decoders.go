package pages

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/parquet"
)

// decoderOf is the decoder of a column, or nil.
func decoderOf(c Column) decoder {
	is := func(t parquet.Type) bool { return c.Physical == t }
	switch t := c.Type.(type) {
	case *arrow.Int64Type:
		switch {
		case is(parquet.Types.Int32) && c.Unsigned:
			return &fixed[int64]{of: t, width: 4, plain: widen(func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) }, 4)}
		case is(parquet.Types.Int32):
			return &fixed[int64]{of: t, width: 4, plain: int32s}
		case is(parquet.Types.Int64) && !c.Unsigned:
			return &fixed[int64]{of: t, width: 8, plain: same[int64]}
		}
	case *arrow.Float64Type:
		switch {
		case is(parquet.Types.Float):
			return &fixed[float64]{of: t, width: 4, plain: widen(func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }, 4)}
		case is(parquet.Types.Double):
			return &fixed[float64]{of: t, width: 8, plain: same[float64]}
		}
	case *arrow.Date32Type:
		if is(parquet.Types.Int32) {
			return &fixed[int32]{of: t, width: 4, plain: same[int32]}
		}
	case *arrow.TimestampType:
		if is(parquet.Types.Int64) {
			if plain := instants(c.Unit); plain != nil {
				return &fixed[int64]{of: t, width: 8, plain: plain}
			}
		}
	case *arrow.Decimal128Type:
		whole := arrow.PrimitiveTypes.Int64
		switch {
		case is(parquet.Types.Int32):
			return &fixed[int64]{of: whole, width: 4, plain: int32s}
		case is(parquet.Types.Int64):
			return &fixed[int64]{of: whole, width: 8, plain: same[int64]}
		case is(parquet.Types.FixedLenByteArray) && c.Width > 0 && c.Width <= 8:
			return &fixed[int64]{of: whole, width: c.Width, plain: widen(func(b []byte) int64 { return int64(bigEndian(b).LowBits()) }, c.Width)}
		case is(parquet.Types.FixedLenByteArray) && c.Width > 8 && c.Width <= 16:
			return &fixed[decimal128.Num]{of: t, width: c.Width, plain: widen(bigEndian, c.Width)}
		}
	case *arrow.BooleanType:
		if is(parquet.Types.Boolean) {
			return &flags{}
		}
	case *arrow.StringType, *arrow.BinaryType:
		if is(parquet.Types.ByteArray) {
			return &texts{of: t, rows: c.Rows}
		}
	}
	return nil
}

// bytesOf is the memory of a slice.
func bytesOf[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}

// same copies values that lie in the file as they lie in memory.
func same[T any](out []T, in []byte) error {
	copy(bytesOf(out), in)
	return nil
}

// widen makes each value of the bytes that it has.
func widen[T any](value func([]byte) T, width int) func([]T, []byte) error {
	return func(out []T, in []byte) error {
		for i := range out {
			out[i] = value(in[:width])
			in = in[width:]
		}
		return nil
	}
}

func int32s(out []int64, in []byte) error {
	in = in[:4*len(out)]
	for i := range out {
		out[i] = int64(int32(binary.LittleEndian.Uint32(in[4*i:])))
	}
	return nil
}

// bigEndian is a number of at most 16 bytes in two's complement, its greatest first.
func bigEndian(b []byte) decimal128.Num {
	high, low := int64(int8(b[0]))>>7, uint64(int64(int8(b[0]))>>7)
	for _, c := range b {
		high, low = high<<8|int64(low>>56), low<<8|uint64(c)
	}
	return decimal128.New(high, low)
}

var errInstant = errors.New("a timestamp is out of range")

// instants gives microseconds of timestamps in a unit, or nil where there is no such unit.
func instants(unit time.Duration) func([]int64, []byte) error {
	switch unit {
	case time.Microsecond:
		return same[int64]
	case time.Millisecond:
		return func(out []int64, in []byte) error {
			copy(bytesOf(out), in)
			for i, v := range out {
				if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
					return errInstant
				}
				out[i] = v * 1000
			}
			return nil
		}
	case time.Nanosecond:
		return func(out []int64, in []byte) error {
			copy(bytesOf(out), in)
			for i, v := range out {
				if out[i] = v / 1000; v%1000 < 0 {
					out[i]--
				}
			}
			return nil
		}
	}
	return nil
}
