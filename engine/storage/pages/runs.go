package pages

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// runs reads Parquet's mixture of runs of one value and of values packed by their bits.
type runs struct {
	data  []byte // with slack behind
	width int    // of a value, in bits, up to 32
	value uint32
	same  int // left of a run of value
	mixed int // left of packed values
	bit   int // where the next of those begins in data
}

// next begins the run that follows.
func (r *runs) next() error {
	r.data, r.bit = r.data[min((r.bit+7)/8, len(r.data)):], 0
	n, w := binary.Uvarint(r.data)
	if w <= 0 || n>>1 > 1<<32 || n>>1 == 0 {
		return errPage
	}
	r.data = r.data[w:]
	if n&1 == 0 {
		size := (r.width + 7) / 8
		if size > len(r.data) {
			return errPage
		}
		r.value = 0
		for i := range size {
			r.value |= uint32(r.data[i]) << (8 * i)
		}
		if uint64(r.value)>>r.width != 0 {
			return errPage
		}
		r.same, r.data = int(n>>1), r.data[size:]
		return nil
	}
	r.mixed = int(n>>1) * 8
	if r.width > 0 {
		r.mixed = min(r.mixed, len(r.data)*8/r.width) // the last group may be cut off
	}
	if r.mixed == 0 {
		return errPage
	}
	return nil
}

// packed passes values of a packed run.
func (r *runs) packed(n int) { r.mixed, r.bit = r.mixed-n, r.bit+n*r.width }

func (r *runs) skip(n int) error {
	for n > 0 {
		if r.same+r.mixed == 0 {
			if err := r.next(); err != nil {
				return err
			}
		}
		k := min(n, r.same)
		r.same, n = r.same-k, n-k
		k = min(n, r.mixed)
		r.packed(k)
		n -= k
	}
	return nil
}

// index is a type that numbers of dictionary values are given in; it must have room for them.
type index interface{ uint8 | uint16 | int32 }

// readRuns gives the next values.
func readRuns[T index](r *runs, out []T) error {
	for len(out) > 0 {
		if r.same+r.mixed == 0 {
			if err := r.next(); err != nil {
				return err
			}
		}
		if k := min(len(out), r.same); k > 0 {
			fill(out[:k], T(r.value))
			r.same, out = r.same-k, out[k:]
		} else if k := min(len(out), r.mixed); k > 0 {
			unpack(out[:k], r.data, r.bit, r.width)
			r.packed(k)
			out = out[k:]
		}
	}
	return nil
}

// all reports whether the next n values are all v.
func (r *runs) all(n int, v uint32) (bool, error) {
	for n > 0 {
		if err := r.next(); err != nil {
			return false, err
		}
		if r.mixed > 0 || r.value != v {
			return false, nil
		}
		n -= r.same
		r.same = 0
	}
	return true, nil
}

// bits gives the next n values, which are of one bit, as a bitmap.
func (r *runs) bits(out []byte, n int) error {
	for at := 0; at < n; {
		if r.same+r.mixed == 0 {
			if err := r.next(); err != nil {
				return err
			}
		}
		k := min(n-at, r.same)
		bitutil.SetBitsTo(out, int64(at), int64(k), r.value != 0)
		r.same, at = r.same-k, at+k
		if k = min(n-at, r.mixed); k > 0 {
			bitutil.CopyBitmap(r.data, r.bit, k, out, at)
			r.packed(k)
			at += k
		}
	}
	return nil
}

func fill[T any](out []T, v T) {
	for i := range out {
		out[i] = v
	}
}

// unpack reads values of width bits from a bit of data on, which has slack behind its end.
func unpack[T index](out []T, data []byte, bit, width int) {
	if width == 0 {
		clear(out)
		return
	}
	data = data[:len(data)+slack/2] // within the slack
	mask := uint64(1)<<width - 1
	i := 0
	if bit&7 == 0 && width <= 16 {
		i = unpackGroups(out, data[bit>>3:], width)
	}
	for ; i < len(out); i++ {
		at := bit + i*width
		out[i] = T(binary.LittleEndian.Uint64(data[at>>3:]) >> (at & 7) & mask)
	}
}

// unpackGroups reads whole groups of eight values, and says how many values that is.
func unpackGroups[T index](out []T, data []byte, width int) int {
	w, mask := uint(width), uint64(1)<<width-1
	n := len(out) / 8 * 8
	if width <= 8 {
		for i := 0; i < n; i += 8 {
			x := binary.LittleEndian.Uint64(data)
			data = data[width:]
			o := out[i : i+8 : i+8]
			o[0] = T(x & mask)
			o[1] = T(x >> (w & 63) & mask)
			o[2] = T(x >> (2 * w & 63) & mask)
			o[3] = T(x >> (3 * w & 63) & mask)
			o[4] = T(x >> (4 * w & 63) & mask)
			o[5] = T(x >> (5 * w & 63) & mask)
			o[6] = T(x >> (6 * w & 63) & mask)
			o[7] = T(x >> (7 * w & 63) & mask)
		}
		return n
	}
	half, shift := width/2, uint(width&1)*4
	for i := 0; i < n; i += 8 {
		x, y := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[half:])>>shift
		data = data[width:]
		o := out[i : i+8 : i+8]
		o[0] = T(x & mask)
		o[1] = T(x >> (w & 63) & mask)
		o[2] = T(x >> (2 * w & 63) & mask)
		o[3] = T(x >> (3 * w & 63) & mask)
		o[4] = T(y & mask)
		o[5] = T(y >> (w & 63) & mask)
		o[6] = T(y >> (2 * w & 63) & mask)
		o[7] = T(y >> (3 * w & 63) & mask)
	}
	return n
}
