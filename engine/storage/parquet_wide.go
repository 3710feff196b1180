package storage

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// wideOf gives a column of type t, whose numbers may be narrow, in the Arrow type of t; a dictionary's indices in 32 bits.
func wideOf(a arrow.Array, t types.Type) (arrow.Array, error) {
	if d, ok := a.(*array.Dictionary); ok {
		if d.Indices().DataType().ID() == arrow.INT32 {
			return a, nil
		}
		data := d.Indices().Data()
		index := remade(a, arrow.PrimitiveTypes.Int32, arrow.GetBytes(wholes[int32](d.Indices())))
		return array.NewDictionaryData(array.NewDataWithDictionary(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: d.Dictionary().DataType()},
			data.Len(), index.Data().Buffers(), a.NullN(), 0, d.Data().Dictionary().(*array.Data))), nil
	}
	want, err := types.ToArrow(t)
	if err != nil || arrow.TypeEqual(a.DataType(), want) {
		return a, err
	}
	switch t.Required().Kind {
	case types.Decimal:
		out := make([]decimal128.Num, a.Len())
		for i, v := range wholes[int64](a) {
			out[i] = decimal128.FromI64(v)
		}
		return remade(a, want, arrow.GetBytes(out)), nil
	case types.Date:
		return remade(a, want, arrow.GetBytes(wholes[int32](a))), nil
	}
	return remade(a, want, arrow.GetBytes(wholes[int64](a))), nil
}

func wholes[T int32 | int64](a arrow.Array) []T {
	switch a := a.(type) {
	case *array.Int8:
		return wider[T](a.Int8Values())
	case *array.Int16:
		return wider[T](a.Int16Values())
	case *array.Int32:
		return wider[T](a.Int32Values())
	case *array.Int64:
		return wider[T](a.Int64Values())
	case *array.Uint8:
		return wider[T](a.Uint8Values())
	case *array.Uint16:
		return wider[T](a.Uint16Values())
	}
	return make([]T, a.Len())
}

func wider[T int32 | int64, N int8 | int16 | int32 | int64 | uint8 | uint16](in []N) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = T(v)
	}
	return out
}

// remade has the absent rows of a and other values.
func remade(a arrow.Array, t arrow.DataType, values []byte) arrow.Array {
	var valid *memory.Buffer
	if a.NullN() > 0 {
		bits := make([]byte, bitutil.BytesForBits(int64(a.Len())))
		bitutil.CopyBitmap(a.NullBitmapBytes(), a.Data().Offset(), a.Len(), bits, 0)
		valid = memory.NewBufferBytes(bits)
	}
	return array.MakeFromData(array.NewData(t, a.Len(), []*memory.Buffer{valid, memory.NewBufferBytes(values)}, nil, a.NullN(), 0))
}

// plainly is wideOf without a dictionary.
func plainly(a arrow.Array, t types.Type) (arrow.Array, error) {
	a, err := wideOf(a, t)
	if err != nil {
		return nil, err
	}
	return convert(a, t)
}
