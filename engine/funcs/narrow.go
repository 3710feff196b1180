package funcs

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// A column of decimals is narrow where all its values fit 64 bits: then they are in Narrow, and Decimals is nil. Most bounds
// them, so that a kernel knows before its loop whether a result can be too large for 64 bits; columns of a narrower Arrow type
// come with the bound of that type. Which of the two a column is shows at run time and says nothing of its type.

// unbounded is the bound of any 64-bit number.
const unbounded = 1 << 63

// Decimal is row i of a decimal column.
func (v *Vec) Decimal(i int) decimal128.Num {
	i = v.At(i)
	if v.Narrow != nil {
		return decimal128.FromI64(v.Narrow[i])
	}
	return v.Decimals[i]
}

// toNarrow makes a new decimal column, of any content, a narrow one, in the first half of its memory if it is not one already.
func (v *Vec) toNarrow(most uint64) {
	if v.Narrow == nil {
		v.room, v.Decimals = v.Decimals, nil
		v.Narrow = halves(v.room, v.N)
	}
	v.Most = most
}

// halves are the first n of the numbers of 64 bits that a slice has room for.
func halves(room []decimal128.Num, n int) []int64 {
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(room))), 2*len(room))[:n]
}

// Widen makes a narrow column a wide one, in its own memory where that has room: nobody else may be using the column.
func (v *Vec) Widen() {
	if v.Narrow == nil {
		return
	}
	n := len(v.Narrow)
	out := v.room
	if len(out) < n {
		out = make([]decimal128.Num, n)
	}
	for i := n - 1; i >= 0; i-- { // from behind: where the memory is the same, a row lies at or before its new place
		out[i] = decimal128.FromI64(v.Narrow[i])
	}
	v.Decimals, v.Narrow, v.room = out, nil, nil
}

// Shrink makes a wide column of decimals that all fit 64 bits a narrow one.
func (v *Vec) Shrink() {
	out := make([]int64, len(v.Decimals))
	size := uint64(0)
	for i, d := range v.Decimals {
		x := int64(d.LowBits())
		if d.HighBits() != x>>63 {
			return
		}
		out[i], size = x, max(size, uint64(max(x, -x)))
	}
	if v.Decimals != nil {
		v.Narrow, v.Most, v.Decimals = out, size, nil
	}
}

// wide is the column with Decimals.
func (v *Vec) wide() *Vec {
	if v.Narrow == nil {
		return v
	}
	out := *v
	out.room = nil
	out.Widen()
	return &out
}

// units is a narrow column as one of whole numbers.
func (v *Vec) units() *Vec {
	return &Vec{Type: types.Of(types.Int), N: v.N, Const: v.Const, Valid: v.Valid, Ints: v.Narrow}
}

// narrowBlocks are blocks of a narrow column as wide ones.
func narrowBlocks(v *Vec) func(from, to int) []decimal128.Num {
	scratch := make([]decimal128.Num, min(v.Len(), block))
	return func(from, to int) []decimal128.Num {
		for i, x := range v.Narrow[from:to] {
			scratch[i] = decimal128.FromI64(x)
		}
		return scratch[:to-from]
	}
}

// ToArrowNarrow is ToArrow, but gives a narrow column of decimals as whole numbers, which FromArrow understands.
func (v *Vec) ToArrowNarrow() (arrow.Array, error) {
	if v.Narrow == nil || v.Const {
		return v.ToArrow()
	}
	return v.units().ToArrow()
}

// IsNarrow reports whether a is a column of type t in a narrower Arrow type than types.ToArrow gives for it, or encoded by a dictionary
// with narrower numbers than 32 bits.
func IsNarrow(a arrow.Array, t types.Type) bool {
	if d, ok := a.DataType().(*arrow.DictionaryType); ok {
		return d.IndexType.ID() != arrow.INT32
	}
	return widthOf(a.DataType()) > 0 && narrows(a.DataType().ID(), t)
}

// widthOf is the size of a signed whole number, or 0.
func widthOf(dt arrow.DataType) int {
	switch dt.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		return dt.(arrow.FixedWidthDataType).Bytes()
	}
	return 0
}

func narrows(id arrow.Type, t types.Type) bool {
	switch t.Required().Kind {
	case types.Decimal:
		return true
	case types.Int, types.Time, types.Timestamp:
		return id != arrow.INT64
	case types.Date:
		return id == arrow.INT8 || id == arrow.INT16
	}
	return false
}

// Fill writes a narrow column of v's type into v, which NewVec or Reuse has made as long.
func (v *Vec) Fill(a arrow.Array) {
	if a.NullN() > 0 {
		v.Valid = wordsOf(a.NullBitmapBytes(), a.Data().Offset(), v.N)
	}
	switch v.Type.Kind {
	case types.Decimal:
		v.toNarrow(boundOf(a))
		fillFrom(v.Narrow, a)
	case types.Date:
		fillFrom(v.Days, a)
	default:
		fillFrom(v.Ints, a)
	}
}

// boundOf is the largest magnitude that a column of whole numbers can have.
func boundOf(a arrow.Array) uint64 { return 1 << (8*widthOf(a.DataType()) - 1) }

func fillFrom[T int32 | int64](out []T, a arrow.Array) {
	switch a := a.(type) {
	case *array.Int8:
		widenTo(out, a.Int8Values())
	case *array.Int16:
		widenTo(out, a.Int16Values())
	case *array.Int32:
		widenTo(out, a.Int32Values())
	case *array.Int64:
		widenTo(out, a.Int64Values())
	}
}

func widenTo[W, T int8 | int16 | int32 | int64 | uint8 | uint16](out []W, in []T) {
	out = out[:len(in)]
	if wide, ok := any(out).([]int64); ok {
		switch in := any(in).(type) {
		case []int8:
			kernels.Best.Widen8(in, wide)
			return
		case []int16:
			kernels.Best.Widen16(in, wide)
			return
		case []int32:
			kernels.Best.Widen32(in, wide)
			return
		}
	}
	for len(in) >= 4 && len(out) >= 4 {
		out[0], out[1], out[2], out[3] = W(in[0]), W(in[1]), W(in[2]), W(in[3])
		in, out = in[4:], out[4:]
	}
	for i, x := range in {
		out[i] = W(x)
	}
}

// Widened is a column of type t in the Arrow type that types.ToArrow gives for it: a itself where it is that already, or is
// encoded by a dictionary. The caller releases it.
func Widened(mem memory.Allocator, a arrow.Array, t types.Type) (arrow.Array, error) {
	if !IsNarrow(a, t) {
		a.Retain()
		return a, nil
	}
	if d, ok := a.(*array.Dictionary); ok {
		return widenedIndex(mem, d)
	}
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	n := a.Len()
	values := memory.NewBufferWithAllocator(mem.Allocate(n*dt.(arrow.FixedWidthDataType).Bytes()), mem)
	defer values.Release()
	switch t.Required().Kind {
	case types.Decimal:
		out := arrow.Decimal128Traits.CastFromBytes(values.Bytes())
		switch a := a.(type) {
		case *array.Int8:
			widenDecimals(out, a.Int8Values())
		case *array.Int16:
			widenDecimals(out, a.Int16Values())
		case *array.Int32:
			widenDecimals(out, a.Int32Values())
		case *array.Int64:
			widenDecimals(out, a.Int64Values())
		}
	case types.Date:
		fillFrom(arrow.Int32Traits.CastFromBytes(values.Bytes()), a)
	default:
		fillFrom(arrow.Int64Traits.CastFromBytes(values.Bytes()), a)
	}
	d := array.NewData(dt, n, []*memory.Buffer{bitmapOf(a), values}, nil, a.NullN(), 0)
	defer d.Release()
	return array.MakeFromData(d), nil
}

// bitmapOf is the validity of a column from its first row on; nil where no value is absent.
func bitmapOf(a arrow.Array) *memory.Buffer {
	if a.NullN() == 0 {
		return nil
	}
	return memory.NewBufferBytes(bytesOf(wordsOf(a.NullBitmapBytes(), a.Data().Offset(), a.Len())))
}

func widenedIndex(mem memory.Allocator, a *array.Dictionary) (arrow.Array, error) {
	n := a.Len()
	index := memory.NewBufferWithAllocator(mem.Allocate(n*4), mem)
	defer index.Release()
	if err := indexTo(arrow.Int32Traits.CastFromBytes(index.Bytes()), a); err != nil {
		return nil, err
	}
	dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: a.Dictionary().DataType()}
	d := array.NewDataWithDictionary(dt, n, []*memory.Buffer{bitmapOf(a), index}, a.NullN(), 0, a.Dictionary().Data().(*array.Data))
	defer d.Release()
	return array.MakeFromData(d), nil
}

// indexTo writes the numbers of a dictionary's values.
func indexTo(out []int32, a *array.Dictionary) error {
	switch x := a.Indices().(type) {
	case *array.Int32:
		copy(out, x.Int32Values())
	case *array.Int16:
		widenTo(out, x.Int16Values())
	case *array.Int8:
		widenTo(out, x.Int8Values())
	case *array.Uint16:
		widenTo(out, x.Uint16Values())
	case *array.Uint8:
		widenTo(out, x.Uint8Values())
	default:
		return fmt.Errorf("a dictionary with indices of type %s cannot be used here", x.DataType())
	}
	return nil
}

func widenDecimals[T int8 | int16 | int32 | int64](out []decimal128.Num, in []T) {
	for i, x := range in {
		out[i] = decimal128.FromI64(int64(x))
	}
}
