package funcs

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// NewVec allocates a column of n rows, all present; text and nested types get their slices from their kernels.
func NewVec(t types.Type, n int) *Vec {
	v := &Vec{Type: t.Required(), N: n}
	switch v.Type.Kind {
	case types.Bool:
		v.Bits = make([]uint64, Words(n))
	case types.Int, types.Time, types.Timestamp:
		v.Ints = make([]int64, n)
	case types.Float:
		v.Floats = make([]float64, n)
	case types.Date:
		v.Days = make([]int32, n)
	case types.Decimal:
		v.Decimals = make([]decimal128.Num, n)
	case types.Duration:
		v.Intervals = make([]arrow.MonthDayNanoInterval, n)
	case types.UUID:
		v.UUIDs = make([][16]byte, n)
	case types.None:
		v.Valid = make([]uint64, Words(n))
	}
	return v
}

// NewNarrow is NewVec of decimals that fit 64 bits, and takes half of the memory.
func NewNarrow(t types.Type, n int) *Vec {
	room := make([]decimal128.Num, (n+1)/2)
	return &Vec{Type: t.Required(), N: n, Narrow: halves(room, n), Most: unbounded, room: room}
}

// VecOf is a column of an int, a float or a timestamp in memory of 8 bytes a row, with whatever is there.
func VecOf(t types.Type, b []byte) *Vec {
	v := &Vec{Type: t.Required(), N: len(b) / 8}
	if v.Type.Kind == types.Float {
		v.Floats = arrow.Float64Traits.CastFromBytes(b)
	} else {
		v.Ints = arrow.Int64Traits.CastFromBytes(b)
	}
	return v
}

// Reuse makes v a column of n rows of a type of fixed width, all present and of any content, in the memory of its values; it
// reports false, and does nothing, where they have not so much, or so much more that a column which is kept would waste it.
func (v *Vec) Reuse(t types.Type, n int) bool {
	out := Vec{Type: t.Required(), N: n}
	ok := false
	switch out.Type.Kind {
	case types.Bool:
		out.Bits, ok = resliced(v.Bits, Words(n))
	case types.Int, types.Time, types.Timestamp:
		out.Ints, ok = resliced(v.Ints, n)
	case types.Float:
		out.Floats, ok = resliced(v.Floats, n)
	case types.Date:
		out.Days, ok = resliced(v.Days, n)
	case types.Decimal:
		if v.Decimals == nil {
			out.Decimals, ok = resliced(v.room, n)
		} else {
			out.Decimals, ok = resliced(v.Decimals, n)
		}
	case types.Duration:
		out.Intervals, ok = resliced(v.Intervals, n)
	case types.UUID:
		out.UUIDs, ok = resliced(v.UUIDs, n)
	}
	if ok {
		*v = out
	}
	return ok
}

// ReuseNarrow is Reuse for what NewNarrow makes.
func (v *Vec) ReuseNarrow(t types.Type, n int) bool {
	room := v.Decimals
	if room == nil {
		room = v.room
	}
	room, ok := resliced(room, (n+1)/2)
	if ok {
		*v = Vec{Type: t.Required(), N: n, Narrow: halves(room, n), Most: unbounded, room: room}
	}
	return ok
}

func resliced[T any](s []T, n int) ([]T, bool) {
	if cap(s) < n || cap(s) > 4*n {
		return nil, false
	}
	return s[:n], true
}

// Raw is the memory of the values of a column of fixed width; nil of any other.
func (v *Vec) Raw() []byte {
	switch v.Type.Kind {
	case types.Bool:
		return bytesOf(v.Bits)
	case types.Int, types.Time, types.Timestamp:
		return bytesOf(v.Ints)
	case types.Float:
		return bytesOf(v.Floats)
	case types.Date:
		return bytesOf(v.Days)
	case types.Decimal:
		if v.Narrow != nil {
			return bytesOf(v.Narrow)
		}
		return bytesOf(v.Decimals)
	case types.Duration:
		return bytesOf(v.Intervals)
	case types.UUID:
		return bytesOf(v.UUIDs)
	}
	return nil
}

// Shares reports whether the values of two columns of fixed width are the same memory.
func (v *Vec) Shares(o *Vec) bool {
	a, b := v.Raw(), o.Raw()
	return len(a) > 0 && len(a) == len(b) && &a[0] == &b[0]
}

// Str is row i of a string, bytes or json column. It shares the column's memory.
func (v *Vec) Str(i int) string {
	i = v.At(i)
	if v.Index != nil {
		return v.Dict.Str(int(v.Index[i]))
	}
	from, to := v.Offsets[i], v.Offsets[i+1]
	if from == to {
		return ""
	}
	return unsafe.String(&v.Data[from], to-from)
}

// textBuilder collects the rows of a text column.
type textBuilder struct {
	offsets []int32
	data    []byte
}

func newText(n int) *textBuilder {
	return &textBuilder{offsets: append(make([]int32, 0, n+1), 0)}
}

// end closes a row; the bytes were appended to data.
func (b *textBuilder) end() { b.offsets = append(b.offsets, int32(len(b.data))) }

func (b *textBuilder) add(s string) {
	b.data = append(b.data, s...)
	b.end()
}

const maxText = 1<<31 - 1

// to hands the rows to v.
func (b *textBuilder) to(v *Vec) error {
	if len(b.data) > maxText {
		return fmt.Errorf("one batch of text came to %d bytes; 2 GiB is the most", len(b.data))
	}
	v.Offsets, v.Data = b.offsets, b.data
	return nil
}

// Take returns the rows of v at the places in rows (negative: absent); nil takes all, decoding a dictionary.
func (v *Vec) Take(rows []int32) *Vec {
	n, decode := len(rows), rows == nil
	if decode {
		n = v.N
		rows = make([]int32, n)
		for i := range rows {
			rows[i] = int32(i)
		}
	} else if v.Const {
		c := *v
		c.N = n
		return &c
	}
	out := &Vec{Type: v.Type, N: n}
	negative := false
	for _, r := range rows {
		negative = negative || r < 0
	}
	if v.Valid != nil || negative {
		out.Valid = make([]uint64, Words(n))
		for i, r := range rows {
			if r >= 0 && v.Present(int(r)) {
				setBit(out.Valid, i)
			}
		}
	}
	switch {
	case v.Array != nil:
		out.Array = takeArray(v.Array, rows)
		return out
	case v.Index != nil && v.Dict.Offsets != nil && !decode:
		out.Dict, out.Index = v.Dict, takeSlice(v.Index, rows)
		return out
	}
	switch v.Type.Kind {
	case types.Bool:
		out.Bits = make([]uint64, Words(n))
		for i, r := range rows {
			if r >= 0 && v.Bool(int(r)) {
				setBit(out.Bits, i)
			}
		}
	case types.Int, types.Time, types.Timestamp:
		out.Ints = takeVec(v, rows, func(v *Vec) []int64 { return v.Ints })
	case types.Float:
		out.Floats = takeVec(v, rows, func(v *Vec) []float64 { return v.Floats })
	case types.Date:
		out.Days = takeVec(v, rows, func(v *Vec) []int32 { return v.Days })
	case types.Decimal:
		if v.Narrow != nil {
			out.Narrow, out.Most = takeSlice(v.Narrow, rows), v.Most
		} else {
			out.Decimals = takeVec(v, rows, func(v *Vec) []decimal128.Num { return v.wide().Decimals })
		}
	case types.Duration:
		out.Intervals = takeVec(v, rows, func(v *Vec) []arrow.MonthDayNanoInterval { return v.Intervals })
	case types.UUID:
		out.UUIDs = takeVec(v, rows, func(v *Vec) [][16]byte { return v.UUIDs })
	case types.String, types.Bytes, types.JSON:
		b := newText(n)
		for _, r := range rows {
			if r >= 0 && v.Present(int(r)) {
				b.data = append(b.data, v.Str(int(r))...)
			}
			b.end()
		}
		out.Offsets, out.Data = b.offsets, b.data
	}
	return out
}

func takeVec[T any](v *Vec, rows []int32, cells func(*Vec) []T) []T {
	if v.Index != nil { // a dictionary of another type than text
		all := cells(v.Dict)
		out := make([]T, len(rows))
		for i, r := range rows {
			if r >= 0 && v.Present(int(r)) {
				out[i] = all[v.Index[r]]
			}
		}
		return out
	}
	return takeSlice(cells(v), rows)
}

func takeSlice[T any](in []T, rows []int32) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		if r >= 0 {
			out[i] = in[r]
		}
	}
	return out
}

// Put writes rows[k] of v from row k of from, or from row rows[k] if whole; v.Valid must be there. It reports false, having done
// nothing, for types whose cells cannot be written in any order.
func (v *Vec) Put(rows []int32, from *Vec, whole bool) bool {
	switch v.Type.Kind {
	case types.Int, types.Time, types.Timestamp:
		putCells[int64](v, rows, from, whole)
	case types.Float:
		putCells[float64](v, rows, from, whole)
	case types.Date:
		putCells[int32](v, rows, from, whole)
	case types.Decimal:
		putCells[decimal128.Num](v, rows, from, whole)
	default:
		return false
	}
	for k, r := range rows {
		i := k
		if whole {
			i = int(r)
		}
		if from.Valid == nil {
			break
		}
		if !from.Present(i) {
			clearBit(v.Valid, int(r))
		}
	}
	return true
}

func putCells[T cell](v *Vec, rows []int32, from *Vec, whole bool) {
	out, in := values[T](v), values[T](from)
	switch {
	case from.Const:
		for _, r := range rows {
			out[r] = in[0]
		}
	case whole:
		for _, r := range rows {
			out[r] = in[r]
		}
	default:
		for k, r := range rows {
			out[r] = in[k]
		}
	}
}

// takeArray copies rows of a nested column; negative rows are absent.
func takeArray(a arrow.Array, rows []int32) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, a.DataType())
	defer b.Release()
	b.Reserve(len(rows))
	for _, r := range rows {
		appendCell(b, a, int(r))
	}
	return b.NewArray()
}

// Repeat makes a column of n rows of a constant.
func (v *Vec) Repeat(n int) *Vec {
	if !v.Const {
		return v
	}
	one := *v
	one.Const, one.N = false, 1
	out := one.Take(make([]int32, n))
	return out
}

// pick fills row i of v with row at of vs[k] for k, at = which(i); a negative k is an absent value.
func (v *Vec) pick(vs []*Vec, n int, which func(i int) (k, at int)) error {
	valid := make([]uint64, Words(n))
	present := func(i int) (*Vec, int, bool) {
		k, at := which(i)
		if k < 0 || !vs[k].Present(at) {
			return nil, 0, false
		}
		setBit(valid, i)
		return vs[k], vs[k].At(at), true
	}
	switch v.Type.Kind {
	case types.Bool:
		for i := range n {
			if a, at, ok := present(i); ok {
				assignBit(v.Bits, i, bit(a.Bits, at))
			}
		}
	case types.Int, types.Time, types.Timestamp:
		pickCells[int64](v, n, present)
	case types.Float:
		pickCells[float64](v, n, present)
	case types.Date:
		pickCells[int32](v, n, present)
	case types.Decimal:
		for k, a := range vs {
			if a != nil && a.Narrow != nil {
				vs = slices.Clone(vs)
				vs[k] = a.wide()
			}
		}
		pickCells[decimal128.Num](v, n, present)
	case types.Duration:
		pickCells[arrow.MonthDayNanoInterval](v, n, present)
	case types.UUID:
		pickCells[[16]byte](v, n, present)
	case types.String, types.Bytes, types.JSON:
		b := newText(n)
		for i := range n {
			if a, at, ok := present(i); ok {
				b.data = append(b.data, a.Str(at)...)
			}
			b.end()
		}
		if err := b.to(v); err != nil {
			return err
		}
	case types.None:
	default:
		dt, err := types.ToArrow(v.Type)
		if err != nil {
			return err
		}
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		defer b.Release()
		for i := range n {
			if a, at, ok := present(i); ok {
				appendCell(b, a.Array, at)
			} else {
				b.AppendNull()
			}
		}
		v.Array = b.NewArray()
	}
	v.Valid = nil
	if Count(valid, n) < n {
		v.Valid = valid
	}
	return nil
}

func pickCells[T cell](v *Vec, n int, present func(i int) (*Vec, int, bool)) {
	out := values[T](v)
	var last *Vec
	var cells []T
	for i := range n {
		if a, at, ok := present(i); ok {
			if a != last {
				last, cells = a, values[T](a)
			}
			out[i] = cells[at]
		}
	}
}

// Merge builds a column of type t of n rows: row i is row at of vs[k], for k, at = which(i), and absent where k is negative.
func Merge(t types.Type, vs []*Vec, n int, which func(i int) (k, at int)) (*Vec, error) {
	v := NewVec(t, n)
	return v, v.pick(vs, n, which)
}
