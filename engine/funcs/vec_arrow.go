package funcs

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// FromArrow views an Arrow column as a Vec of type t (an option's element); values are shared, not copied, except for
// bitmaps and for narrower numbers, which widen.
func FromArrow(a arrow.Array, t types.Type) (*Vec, error) {
	v := &Vec{Type: t.Required(), N: a.Len()}
	if a.NullN() > 0 {
		v.Valid = wordsOf(a.NullBitmapBytes(), a.Data().Offset(), v.N)
	}
	if v.Type.Kind == types.Decimal && widthOf(a.DataType()) > 0 {
		v.Most = boundOf(a)
		if x, ok := a.(*array.Int64); ok {
			v.Narrow = x.Int64Values()
		} else {
			v.Narrow = make([]int64, v.N)
			fillFrom(v.Narrow, a)
		}
		return v, nil
	}
	switch a := a.(type) {
	case *array.Null:
		v.Type = types.Of(types.None)
		v.Valid = make([]uint64, Words(v.N))
	case *array.Boolean:
		if v.N > 0 {
			v.Bits = wordsOf(a.Data().Buffers()[1].Bytes(), a.Data().Offset(), v.N)
		}
	case *array.Int64:
		v.Ints = a.Int64Values()
	case *array.Int8, *array.Int16, *array.Int32:
		switch v.Type.Kind {
		case types.Date:
			v.Days = make([]int32, v.N)
			fillFrom(v.Days, a)
		default:
			v.Ints = make([]int64, v.N)
			fillFrom(v.Ints, a)
		}
	case *array.Uint32:
		v.Ints = widen[int64](a.Uint32Values())
	case *array.Uint16:
		v.Ints = widen[int64](a.Uint16Values())
	case *array.Uint8:
		v.Ints = widen[int64](a.Uint8Values())
	case *array.Float64:
		v.Floats = a.Float64Values()
	case *array.Float32:
		v.Floats = widen[float64](a.Float32Values())
	case *array.Decimal128:
		v.Decimals = a.Values()
	case *array.Date32:
		v.Days = castSlice[int32](a.Date32Values())
	case *array.Time64:
		v.Ints = micros(castSlice[int64](a.Time64Values()), a.DataType().(*arrow.Time64Type).Unit)
	case *array.Timestamp:
		v.Ints = micros(castSlice[int64](a.TimestampValues()), a.DataType().(*arrow.TimestampType).Unit)
	case *array.MonthDayNanoInterval:
		v.Intervals = a.MonthDayNanoIntervalValues()
	case *array.FixedSizeBinary:
		if w := a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth; w != 16 {
			return nil, fmt.Errorf("a column of %d-byte values cannot be used here", w)
		}
		if v.N > 0 {
			all := a.Data().Buffers()[1].Bytes()[a.Data().Offset()*16:]
			v.UUIDs = unsafe.Slice((*[16]byte)(unsafe.Pointer(&all[0])), v.N)
		}
	case *array.String, *array.Binary:
		v.Offsets, v.Data = textOf(a.Data(), v.N)
	case *array.Dictionary:
		return fromDictionary(a, v)
	case *array.List, *array.Struct:
		v.Array = a
	default:
		return nil, fmt.Errorf("an Arrow column of type %s cannot be used here", a.DataType())
	}
	return v, nil
}

func fromDictionary(a *array.Dictionary, v *Vec) (*Vec, error) {
	dict, err := FromArrow(a.Dictionary(), v.Type)
	if err != nil {
		return nil, err
	}
	if x, ok := a.Indices().(*array.Int32); ok {
		v.Index = x.Int32Values()
	} else {
		v.Index = make([]int32, v.N)
		if err := indexTo(v.Index, a); err != nil {
			return nil, err
		}
	}
	dict.Source = a.Data().Dictionary()
	v.Dict = dict
	if v.Valid != nil || dict.Valid != nil { // an absent row may hold any index, and a dictionary an absent value
		v.settleIndex()
	}
	if dict.Offsets == nil {
		return v.Take(nil), nil
	}
	return v, nil
}

func (v *Vec) settleIndex() {
	index := make([]int32, v.N)
	valid := make([]uint64, Words(v.N))
	for i, k := range v.Index {
		if v.Present(i) && v.Dict.Present(int(k)) {
			index[i] = k
			setBit(valid, i)
		}
	}
	if v.Dict.N == 0 { // all rows are absent: give them something to point at
		v.Dict = &Vec{Type: v.Type, N: 1, Offsets: []int32{0, 0}}
	}
	v.Index, v.Valid = index, valid
}

// wordsOf copies n bits from bit offset on.
func wordsOf(b []byte, offset, n int) []uint64 {
	out := make([]uint64, Words(n))
	b = b[offset/8:]
	shift := uint(offset % 8)
	load := func(i int) uint64 {
		if i+8 <= len(b) {
			return binary.LittleEndian.Uint64(b[i:])
		}
		var w [8]byte
		if i < len(b) {
			copy(w[:], b[i:])
		}
		return binary.LittleEndian.Uint64(w[:])
	}
	for i := range out {
		w := load(i*8) >> shift
		if shift > 0 && i*8+8 < len(b) {
			w |= uint64(b[i*8+8]) << (64 - shift)
		}
		out[i] = w
	}
	return out
}

func widen[W, T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | float32 | float64](in []T) []W {
	out := make([]W, len(in))
	for i, x := range in {
		out[i] = W(x)
	}
	return out
}

// castSlice views a slice as one of another type of the same size.
func castSlice[W, T any](in []T) []W {
	if len(in) == 0 {
		return nil
	}
	return unsafe.Slice((*W)(unsafe.Pointer(&in[0])), len(in))
}

func bytesOf[T any](in []T) []byte {
	if len(in) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&in[0])), len(in)*int(unsafe.Sizeof(in[0])))
}

func micros(in []int64, unit arrow.TimeUnit) []int64 {
	if unit == arrow.Microsecond {
		return in
	}
	out := make([]int64, len(in))
	for i, x := range in {
		switch unit {
		case arrow.Second:
			out[i] = x * 1_000_000
		case arrow.Millisecond:
			out[i] = x * 1000
		case arrow.Nanosecond:
			out[i] = floorDiv(x, 1000)
		}
	}
	return out
}

func textOf(d arrow.ArrayData, n int) ([]int32, []byte) {
	b := d.Buffers()
	if n == 0 || b[1] == nil || b[1].Len() == 0 {
		return make([]int32, n+1), nil
	}
	offsets := arrow.Int32Traits.CastFromBytes(b[1].Bytes())[d.Offset() : d.Offset()+n+1]
	if b[2] == nil {
		return offsets, nil
	}
	return offsets, b[2].Bytes()
}

// ToArrow returns the column as Arrow, sharing its slices; a constant is repeated. Bitmaps may be handed over as they are.
func (v *Vec) ToArrow() (arrow.Array, error) {
	if v.Const {
		v = v.Repeat(v.N)
	}
	v = v.wide()
	if v.Array != nil {
		a := v.Array
		if v.Valid != nil && a.NullN() == 0 {
			d := a.Data()
			buffers := append([]*memory.Buffer{memory.NewBufferBytes(shiftLeft(v.Valid, d.Offset(), v.N))}, d.Buffers()[1:]...)
			return array.MakeFromData(array.NewData(d.DataType(), d.Len(), buffers, d.Children(), v.N-Count(v.Valid, v.N), d.Offset())), nil
		}
		a.Retain()
		return a, nil
	}
	var valid *memory.Buffer
	nulls := 0
	if v.Valid != nil {
		if nulls = v.N - Count(v.Valid, v.N); nulls > 0 {
			valid = memory.NewBufferBytes(bytesOf(v.Valid[:Words(v.N)]))
		}
	}
	dt, err := types.ToArrow(v.Type)
	if err != nil {
		return nil, err
	}
	make1 := func(dt arrow.DataType, n int, buffers ...[]byte) arrow.Array {
		bs := []*memory.Buffer{valid}
		for _, b := range buffers {
			bs = append(bs, memory.NewBufferBytes(b))
		}
		d := array.NewData(dt, n, bs, nil, nulls, 0)
		defer d.Release()
		return array.MakeFromData(d)
	}
	switch v.Type.Kind {
	case types.None:
		return array.NewNull(v.N), nil
	case types.Bool:
		return make1(dt, v.N, bytesOf(v.Bits)), nil
	case types.Int, types.Time, types.Timestamp:
		return make1(dt, v.N, bytesOf(v.Ints)), nil
	case types.Float:
		return make1(dt, v.N, bytesOf(v.Floats)), nil
	case types.Date:
		return make1(dt, v.N, bytesOf(v.Days)), nil
	case types.Decimal:
		return make1(dt, v.N, bytesOf(v.Decimals)), nil
	case types.Duration:
		return make1(dt, v.N, bytesOf(v.Intervals)), nil
	case types.UUID:
		return make1(dt, v.N, bytesOf(v.UUIDs)), nil
	case types.String, types.Bytes, types.JSON:
		if v.Index != nil {
			dict, err := v.Dict.ToArrow()
			if err != nil {
				return nil, err
			}
			defer dict.Release()
			index := make1(arrow.PrimitiveTypes.Int32, v.N, bytesOf(v.Index))
			defer index.Release()
			return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: dt}, index, dict), nil
		}
		return make1(dt, v.N, bytesOf(v.Offsets), v.Data), nil
	}
	return nil, fmt.Errorf("a value of type %s cannot be stored in a column", v.Type)
}

// shiftLeft writes n bits from bit offset on, for Arrow columns that start inside their buffers.
func shiftLeft(b []uint64, offset, n int) []byte {
	out := make([]uint64, Words(offset+n))
	for w := range Words(n) {
		for m := b[w]; m != 0; m &= m - 1 {
			if i := w*64 + bits.TrailingZeros64(m); i < n {
				setBit(out, offset+i)
			}
		}
	}
	return bytesOf(out)
}
