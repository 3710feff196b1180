package storage

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// widened converts the common narrow numbers a whole column at a time; nil for what it does not know.
func widened(a arrow.Array, want arrow.DataType) arrow.Array {
	switch want.ID() {
	case arrow.INT64:
		switch a := a.(type) {
		case *array.Int32:
			return numbers(a, a.Int32Values(), want, arrow.Int64Traits.CastToBytes, func(v int32) int64 { return int64(v) })
		case *array.Int16:
			return numbers(a, a.Int16Values(), want, arrow.Int64Traits.CastToBytes, func(v int16) int64 { return int64(v) })
		case *array.Int8:
			return numbers(a, a.Int8Values(), want, arrow.Int64Traits.CastToBytes, func(v int8) int64 { return int64(v) })
		case *array.Uint32:
			return numbers(a, a.Uint32Values(), want, arrow.Int64Traits.CastToBytes, func(v uint32) int64 { return int64(v) })
		case *array.Uint16:
			return numbers(a, a.Uint16Values(), want, arrow.Int64Traits.CastToBytes, func(v uint16) int64 { return int64(v) })
		case *array.Uint8:
			return numbers(a, a.Uint8Values(), want, arrow.Int64Traits.CastToBytes, func(v uint8) int64 { return int64(v) })
		}
	case arrow.FLOAT64:
		if a, ok := a.(*array.Float32); ok {
			return numbers(a, a.Float32Values(), want, arrow.Float64Traits.CastToBytes, func(v float32) float64 { return float64(v) })
		}
	}
	return nil
}

func numbers[From, To any](a arrow.Array, values []From, want arrow.DataType, bytes func([]To) []byte, convert func(From) To) arrow.Array {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = convert(v)
	}
	return array.MakeFromData(array.NewData(want, len(values), []*memory.Buffer{validityOf(a), memory.NewBufferBytes(bytes(out))}, nil, a.NullN(), 0))
}

// validityOf is a copy of the bitmap of a column, from its first row on; nil where no value is absent.
func validityOf(a arrow.Array) *memory.Buffer {
	if a.NullN() == 0 {
		return nil
	}
	bits := make([]byte, bitutil.BytesForBits(int64(a.Len())))
	bitutil.CopyBitmap(a.NullBitmapBytes(), a.Data().Offset(), a.Len(), bits, 0)
	return memory.NewBufferBytes(bits)
}
