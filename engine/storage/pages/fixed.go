package pages

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// fixed decodes values of a fixed length.
type fixed[T any] struct {
	of    arrow.DataType
	width int                            // in the file, in bytes
	plain func(out []T, in []byte) error // in has the bytes of all
	dict  []T
	small reader // the same dictionary in a narrower type; nil for none
}

// reader makes an array of rows that all have a dictionary.
type reader interface {
	read(parts []part, n int) (arrow.Array, error)
}

func (f *fixed[T]) dictionary(data []byte, n int) error {
	if n > (len(data)-slack)/f.width {
		return errPage
	}
	f.dict = make([]T, n)
	if err := f.plain(f.dict, data[:n*f.width]); err != nil {
		return err
	}
	switch d := any(f.dict).(type) {
	case []int64:
		f.small = smaller(d)
	case []int32:
		f.small = smaller(d)
	}
	return nil
}

func (f *fixed[T]) open(b *body) error {
	if !b.coded && b.present > len(b.values)/f.width {
		return errPage
	}
	return nil
}

func (f *fixed[T]) read(parts []part, n int) (arrow.Array, error) {
	if f.small != nil && allCoded(parts) {
		return f.small.read(parts, n)
	}
	return read(f.of, parts, n, func(out []T, b *body, first int) error {
		if b.coded {
			return look(f.dict, out, b, first)
		}
		if len(out) == 0 {
			return nil
		}
		return f.plain(out, b.values[first*f.width:(first+len(out))*f.width])
	})
}

// allCoded reports whether all rows have a dictionary, or no value.
func allCoded(parts []part) bool {
	for _, p := range parts {
		if !p.coded && p.present > 0 {
			return false
		}
	}
	return true
}

// read makes an array of rows; values gives those of a page, from the one after the first ones on.
func read[T any](of arrow.DataType, parts []part, n int, values func(out []T, b *body, first int) error) (arrow.Array, error) {
	out, err := rowsOf(parts, n, values)
	if err != nil {
		return nil, err
	}
	valid, nulls := validity(parts, n)
	d := array.NewData(of, n, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(out))}, nil, nulls, 0)
	defer d.Release()
	return array.MakeFromData(d), nil
}

func rowsOf[T any](parts []part, n int, values func(out []T, b *body, first int) error) ([]T, error) {
	out, at := make([]T, n), 0
	for _, p := range parts {
		rows := out[at : at+p.to-p.from]
		at += len(rows)
		first := p.before(p.from)
		present := rows[:p.before(p.to)-first]
		if err := values(present, p.body, first); err != nil {
			return nil, err
		}
		spread(rows, len(present), p)
	}
	return out, nil
}

// narrow is a dictionary of whole numbers in a type that has just room for them.
type narrow[T int8 | int16 | int32] struct {
	of   arrow.DataType
	dict []T
}

func (d *narrow[T]) read(parts []part, n int) (arrow.Array, error) {
	return read(d.of, parts, n, func(out []T, b *body, first int) error { return look(d.dict, out, b, first) })
}

// smaller gives a dictionary in the narrowest type, or nil where that is the one it has.
func smaller[T int32 | int64](dict []T) reader {
	var least, most int64
	for _, v := range dict {
		least, most = min(least, int64(v)), max(most, int64(v))
	}
	switch {
	case least == int64(int8(least)) && most == int64(int8(most)):
		return &narrow[int8]{arrow.PrimitiveTypes.Int8, cut[int8](dict)}
	case least == int64(int16(least)) && most == int64(int16(most)):
		return &narrow[int16]{arrow.PrimitiveTypes.Int16, cut[int16](dict)}
	}
	if wide, ok := any(dict).([]int64); ok && least == int64(int32(least)) && most == int64(int32(most)) {
		return &narrow[int32]{arrow.PrimitiveTypes.Int32, cut[int32](wide)}
	}
	return nil
}

func cut[N int8 | int16 | int32, T int32 | int64](in []T) []N {
	out := make([]N, len(in))
	for i, v := range in {
		out[i] = N(v)
	}
	return out
}

// indices is how many are unpacked at a time, so that they stay in the nearest cache.
const indices = 1024

// look reads values of a page, from the one after the first ones on, by the dictionary.
func look[T any](dict, out []T, b *body, first int) error {
	if len(out) == 0 {
		return nil
	}
	r := runs{data: b.values, width: b.width}
	if err := r.skip(first); err != nil {
		return err
	}
	var codes [indices]int32
	for len(out) > 0 {
		n := min(len(out), indices)
		if err := readRuns(&r, codes[:n]); err != nil {
			return err
		}
		values := out[:n]
		for i, c := range codes[:n] {
			if uint(uint32(c)) >= uint(len(dict)) {
				return errIndex(uint32(c), len(dict))
			}
			values[i] = dict[uint32(c)]
		}
		out = out[n:]
	}
	return nil
}

func errIndex(i uint32, n int) error {
	return fmt.Errorf("a row refers to dictionary value %d of %d", i, n)
}

// spread moves the values, which stand at the front, to the rows that have one.
func spread[T any](rows []T, values int, p part) {
	if values == len(rows) {
		return
	}
	var zero T
	for i := len(rows) - 1; i >= 0; i-- {
		if bitutil.BitIsSet(p.valid, p.from+i) {
			values--
			rows[i] = rows[values]
		} else {
			rows[i] = zero
		}
	}
}

// validity is the bitmap of rows that have a value, nil where all have.
func validity(parts []part, n int) (*memory.Buffer, int) {
	nulls := 0
	for _, p := range parts {
		if p.valid != nil {
			nulls += p.to - p.from - bitutil.CountSetBits(p.valid, p.from, p.to-p.from)
		}
	}
	if nulls == 0 {
		return nil, 0
	}
	bits, at := make([]byte, bitutil.BytesForBits(int64(n))), 0
	for _, p := range parts {
		if p.valid != nil {
			bitutil.CopyBitmap(p.valid, p.from, p.to-p.from, bits, at)
		} else {
			bitutil.SetBitsTo(bits, int64(at), int64(p.to-p.from), true)
		}
		at += p.to - p.from
	}
	return memory.NewBufferBytes(bits), nulls
}
