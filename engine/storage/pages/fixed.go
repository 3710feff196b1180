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
}

func (f *fixed[T]) dictionary(data []byte, n int) error {
	if n > (len(data)-slack)/f.width {
		return errPage
	}
	f.dict = make([]T, n)
	return f.plain(f.dict, data[:n*f.width])
}

func (f *fixed[T]) open(b *body) error {
	if !b.coded && b.present > len(b.values)/f.width {
		return errPage
	}
	return nil
}

func (f *fixed[T]) read(parts []part, n int) (arrow.Array, error) {
	out, at := make([]T, n), 0
	for _, p := range parts {
		rows := out[at : at+p.to-p.from]
		at += len(rows)
		first := p.before(p.from)
		values := rows[:p.before(p.to)-first]
		var err error
		if p.coded {
			err = f.look(values, p.body, first)
		} else if len(values) > 0 {
			err = f.plain(values, p.values[first*f.width:(first+len(values))*f.width])
		}
		if err != nil {
			return nil, err
		}
		spread(rows, len(values), p)
	}
	valid, nulls := validity(parts, n)
	d := array.NewData(f.of, n, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(out))}, nil, nulls, 0)
	defer d.Release()
	return array.MakeFromData(d), nil
}

// indices is how many are unpacked at a time, so that they stay in the nearest cache.
const indices = 1024

// look reads values of a page, from the one after the first ones on, by the dictionary.
func (f *fixed[T]) look(out []T, b *body, first int) error {
	r := runs{data: b.values, width: b.width}
	if err := r.skip(first); err != nil {
		return err
	}
	var codes [indices]int32
	dict := f.dict
	for len(out) > 0 {
		n := min(len(out), indices)
		if err := r.read(codes[:n]); err != nil {
			return err
		}
		values := out[:n]
		for i, c := range codes[:n] {
			if uint(uint32(c)) >= uint(len(dict)) {
				return errIndex(c, len(dict))
			}
			values[i] = dict[uint32(c)]
		}
		out = out[n:]
	}
	return nil
}

func errIndex(i int32, n int) error {
	return fmt.Errorf("a row refers to dictionary value %d of %d", uint32(i), n)
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
