package wasm

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
)

const (
	maxResultText = 256 << 20 // bytes of text that one call may return
	maxReserve    = 8 << 20   // bytes of room for text that has not been returned yet
)

// output collects the results of a call.
type output struct {
	result   value
	n        int
	fixed    []byte  // values by width, or bits of booleans
	text     []byte  // values one after the other
	offsets  []int32 // of text, n+1
	absent   []byte  // bitmap of validity, nil while every row has a value
	nulls    int
	oneByOne bool // some text was not as it should be: texts are looked at one by one, so that the one at fault is known
}

// newOutput makes room for n results: in values, where they are of fixed width and it is long enough.
func newOutput(r value, n int, values []byte) *output {
	o := &output{result: r, n: n}
	size := n * int(width(r))
	switch {
	case r.form == text:
		o.offsets = make([]int32, 1, n+1)
		return o
	case r.kind == types.Bool:
		size = int(bitutil.BytesForBits(int64(n)))
	case r.kind == types.Decimal:
		size = n * 16
	}
	if len(values) >= size {
		o.fixed = values[:size]
	} else {
		o.fixed = make([]byte, size)
	}
	return o
}

func (o *output) setAbsent(row int) {
	if o.absent == nil {
		o.absent = make([]byte, bitutil.BytesForBits(int64(o.n)))
		bitutil.SetBitsTo(o.absent, 0, int64(o.n), true)
	}
	if bitutil.BitIsSet(o.absent, row) {
		bitutil.ClearBit(o.absent, row)
		o.nulls++
	}
}

// read takes the results of the rows [from, hi) of a chunk that begins at lo. Where one is not a value of the type it returns
// its row; the rows before that one are read.
func (o *output) read(b *batch, mem api.Memory, base uint32, lo, from, hi int) (int, error) {
	if o.result.form == nothing {
		return 0, nil
	}
	l := b.r.layout
	block, ok := mem.Read(base, l.size)
	if !ok {
		return from, errLost
	}
	if b.skip != nil || o.result.optional {
		for row := from; row < hi; row++ {
			if b.skipped(row) || o.result.optional && binary.LittleEndian.Uint32(block[l.resultPresent+4*uint32(row-lo):]) == 0 {
				o.setAbsent(row)
			}
		}
	}
	w := int(width(o.result))
	return o.values(mem, block[int(l.result)+w*(from-lo):], from, hi)
}

// readSlots takes a field of as many rows of a table function as the column has; a row is stride bytes, and the field begins the first.
func (o *output) readSlots(mem api.Memory, bytes []byte, stride int) (int, error) {
	w := int(width(o.result))
	column := make([]byte, w*o.n)
	for k := range o.n {
		field := bytes[k*stride:]
		value := column[w*k:][:w]
		copy(value, field)
		if o.result.form == text { // as results are: pointer << 32 | length
			copy(value, field[4:8])
			copy(value[4:], field[:4])
		}
		if o.result.optional && binary.LittleEndian.Uint32(field[max(8, w):]) == 0 {
			o.setAbsent(k)
		}
	}
	return o.values(mem, column, 0, o.n)
}

// values takes the results of rows [from, hi), which begin the column.
func (o *output) values(mem api.Memory, column []byte, from, hi int) (int, error) {
	w := int(width(o.result))
	switch {
	case o.result.form == text:
		return o.readText(mem, column, from, hi)
	case o.result.kind == types.Bool:
		for row := from; row < hi; row++ {
			bitutil.SetBitTo(o.fixed, row, binary.LittleEndian.Uint32(column[4*(row-from):]) != 0)
		}
		return 0, nil
	case o.result.kind == types.Decimal:
		return o.readDecimal(column, from, hi)
	}
	copy(o.fixed[w*from:w*hi], column)
	if o.result.kind == types.Time {
		for row := from; row < hi; row++ {
			if v := int64(binary.LittleEndian.Uint64(column[8*(row-from):])); o.isPresent(row) && (v < 0 || v >= 86_400_000_000) {
				return row, fmt.Errorf("the result %d is no time of day in microseconds", v)
			}
		}
	}
	return 0, nil
}

// none gives a row that failed no result; the rows before it have theirs.
func (o *output) none(row int) {
	o.setAbsent(row)
	if o.result.form == text {
		o.offsets = append(o.offsets, int32(len(o.text)))
	}
}

// readDecimal takes unscaled decimals of 8 or 16 bytes.
func (o *output) readDecimal(column []byte, lo, hi int) (int, error) {
	for row := lo; row < hi; row++ {
		if !o.isPresent(row) {
			continue
		}
		var v decimal128.Num
		if o.result.form == wide {
			low, high := binary.LittleEndian.Uint64(column[16*(row-lo):]), binary.LittleEndian.Uint64(column[16*(row-lo)+8:])
			v = decimal128.New(int64(high), low)
		} else {
			v = decimal128.FromI64(int64(binary.LittleEndian.Uint64(column[8*(row-lo):])))
		}
		if v == decimal128.New(math.MinInt64, 0) || !v.FitsInPrecision(int32(o.result.precision)) {
			return row, fmt.Errorf("the unscaled result %s has more than the %d digits of its type", v.BigInt(), o.result.precision)
		}
		binary.LittleEndian.PutUint64(o.fixed[16*row:], v.LowBits())
		binary.LittleEndian.PutUint64(o.fixed[16*row+8:], uint64(v.HighBits()))
	}
	return 0, nil
}

func (o *output) isPresent(row int) bool { return o.absent == nil || bitutil.BitIsSet(o.absent, row) }

// readText takes texts, of which the column has pointers and lengths.
func (o *output) readText(mem api.Memory, column []byte, lo, hi int) (int, error) {
	if !o.oneByOne && o.result.kind != types.JSON {
		if o.readTexts(mem, column, lo, hi) {
			return 0, nil
		}
		o.oneByOne = true
	}
	for row := lo; row < hi; row++ {
		if o.isPresent(row) {
			packed := binary.LittleEndian.Uint64(column[8*(row-lo):])
			ptr, size := uint32(packed>>32), uint32(packed)
			v, ok := mem.Read(ptr, size)
			switch {
			case !ok:
				return row, fmt.Errorf("the result is %d bytes at %d, which lies outside the module's memory of %d bytes", size, ptr, mem.Size())
			case o.result.kind != types.Bytes && !utf8.Valid(v):
				return row, errors.New("the result is not valid UTF-8")
			case o.result.kind == types.JSON && !json.Valid(v):
				return row, errors.New("the result is not valid JSON")
			case len(o.text)+len(v) > maxResultText:
				return row, fmt.Errorf("the results of one batch are longer than %d MiB", maxResultText>>20)
			}
			o.text = append(o.text, v...)
		}
		o.offsets = append(o.offsets, int32(len(o.text)))
	}
	return 0, nil
}

// readTexts is readText where no row fails, and reports whether none does; otherwise it takes nothing.
func (o *output) readTexts(mem api.Memory, column []byte, lo, hi int) bool {
	whole, ok := mem.Read(0, mem.Size())
	if !ok {
		return false
	}
	column = column[:8*(hi-lo)]
	o.offsets = slices.Grow(o.offsets, hi-lo)
	ends := o.offsets[len(o.offsets):][:hi-lo]
	start := uint64(len(o.text))
	total := start
	var from, to uint64 // of the texts in the module's memory, while one follows the other
	scattered := false
	for k := range ends {
		if o.isPresent(lo + k) {
			packed := binary.LittleEndian.Uint64(column[8*k:])
			ptr, size := packed>>32, packed&math.MaxUint32
			if ptr+size > uint64(len(whole)) || total+size > maxResultText {
				return false
			}
			if size > 0 {
				if total == start {
					from = ptr
				} else if ptr != to {
					scattered = true
				}
				to = ptr + size
				total += size
			}
		}
		ends[k] = int32(total)
	}
	text := o.text
	if size := int(total - start); size > cap(text)-len(text) {
		// Room for the rows behind these too, if their texts are about as long.
		all := size / (hi - lo) * (o.n - lo)
		text = slices.Grow(text, max(size, min(all+all/8, maxReserve)))
	}
	if scattered {
		for k := range ends {
			if o.isPresent(lo + k) {
				packed := binary.LittleEndian.Uint64(column[8*k:])
				ptr, size := packed>>32, packed&math.MaxUint32
				text = append(text, whole[ptr:ptr+size]...)
			}
		}
	} else {
		text = append(text, whole[from:to]...)
	}
	if o.result.kind != types.Bytes && !validTexts(text, int(start), ends) {
		return false
	}
	o.text, o.offsets = text, o.offsets[:len(o.offsets)+len(ends)]
	return true
}

// validTexts reports whether each of the texts from start on is valid UTF-8. The text is looked at as a whole: its parts are
// valid where it is, and each begins with the first byte of a character.
func validTexts(text []byte, start int, ends []int32) bool {
	const high = 0x8080808080808080 // the bits of bytes that are not ASCII
	rest, ascii := text[start:], true
	for len(rest) > 0 {
		if len(rest) >= 8 {
			set := binary.LittleEndian.Uint64(rest) & high
			if set == 0 {
				rest = rest[8:]
				continue
			}
			rest = rest[bits.TrailingZeros64(set)/8:]
		} else if rest[0] < utf8.RuneSelf {
			rest = rest[1:]
			continue
		}
		ascii = false
		// A piece that ends where a character begins.
		n := min(8, len(rest))
		for n < len(rest) && !utf8.RuneStart(rest[n]) {
			n++
		}
		if !utf8.Valid(rest[:n]) {
			return false
		}
		rest = rest[n:]
	}
	if ascii {
		return true
	}
	for _, end := range ends {
		if int(end) < len(text) && !utf8.RuneStart(text[end]) {
			return false
		}
	}
	return true
}

// array returns what was collected as a column.
func (o *output) array(dt arrow.DataType) arrow.Array {
	buffers := []*memory.Buffer{nil}
	if o.absent != nil {
		buffers[0] = memory.NewBufferBytes(o.absent)
	}
	if o.result.form == text {
		buffers = append(buffers, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(o.offsets)), memory.NewBufferBytes(o.text))
	} else {
		buffers = append(buffers, memory.NewBufferBytes(o.fixed))
	}
	data := array.NewData(dt, o.n, buffers, nil, o.nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
