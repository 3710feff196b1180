package pages

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// texts decodes texts and bytes. Rows that all refer to the dictionary stay so, where that has few values.
type texts struct {
	of    arrow.DataType
	rows  int64
	dict  *array.Data
	words text
	keep  bool // the dictionary
}

// text is values one after the other: value i is bytes ends[i] to ends[i+1].
type text struct {
	ends  []int32
	bytes []byte
}

func (t *texts) dictionary(data []byte, n int) error {
	data = data[:len(data)-slack]
	starts, err := startsOf(data, n)
	if err != nil {
		return err
	}
	if t.words, err = t.copied([]part{{&body{rows: n, present: n, values: data, starts: starts}, 0, n}}, n); err != nil {
		return err
	}
	_, text := t.of.(*arrow.StringType)
	t.keep = text && int64(n)*2 <= t.rows
	t.dict = array.NewData(t.of, n, []*memory.Buffer{nil, memory.NewBufferBytes(bytesOf(t.words.ends)), memory.NewBufferBytes(t.words.bytes)}, nil, 0, 0)
	return nil
}

func (t *texts) open(b *body) (err error) {
	if !b.coded {
		b.starts, err = startsOf(b.values, b.present)
	}
	return err
}

// startsOf finds where values begin, each of which has its length before it, and where the next would.
func startsOf(data []byte, n int) ([]uint32, error) {
	if n > len(data)/4 || len(data) > math.MaxInt32 {
		return nil, errPage
	}
	out, at := make([]uint32, n+1), 4
	for i := range n {
		if at > len(data) {
			return nil, errPage
		}
		out[i] = uint32(at)
		at += int(binary.LittleEndian.Uint32(data[at-4:])) + 4
	}
	if at-4 > len(data) {
		return nil, errPage
	}
	out[n] = uint32(at)
	return out, nil
}

func (t *texts) read(parts []part, rows int) (arrow.Array, error) {
	if t.keep && allCoded(parts) {
		switch n := t.size(); {
		case n <= 1<<8:
			return coded[uint8](t, arrow.PrimitiveTypes.Uint8, parts, rows)
		case n <= 1<<16:
			return coded[uint16](t, arrow.PrimitiveTypes.Uint16, parts, rows)
		}
		return coded[int32](t, arrow.PrimitiveTypes.Int32, parts, rows)
	}
	n := rows
	valid, nulls := validity(parts, n)
	out, err := t.copied(parts, n)
	if err != nil {
		return nil, err
	}
	d := array.NewData(t.of, n, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(out.ends)), memory.NewBufferBytes(out.bytes)}, nil, nulls, 0)
	defer d.Release()
	return array.MakeFromData(d), nil
}

// coded gives rows as indices of the dictionary.
func coded[T index](t *texts, of arrow.DataType, parts []part, n int) (arrow.Array, error) {
	out, err := rowsOf(parts, n, func(out []T, b *body, first int) error { return codes(t.size(), out, b, first) })
	if err != nil {
		return nil, err
	}
	valid, nulls := validity(parts, n)
	d := array.NewDataWithDictionary(&arrow.DictionaryType{IndexType: of, ValueType: t.of}, n, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(out))}, nulls, 0, t.dict)
	defer d.Release()
	return array.NewDictionaryData(d), nil
}

// codes reads indices of a page, from the one after the first ones on, into a dictionary of a size.
func codes[T index](size int, out []T, b *body, first int) error {
	if len(out) == 0 {
		return nil
	}
	r := runs{data: b.values, width: b.width}
	if err := r.skip(first); err != nil {
		return err
	}
	if b.width <= 16 && size >= 1<<b.width {
		return readRuns(&r, out)
	}
	var all [indices]int32 // an index that is too large must not be cut to one that is not
	for len(out) > 0 {
		part := all[:min(len(out), indices)]
		if err := readRuns(&r, part); err != nil {
			return err
		}
		for i, c := range part {
			if uint(uint32(c)) >= uint(size) {
				return errIndex(uint32(c), size)
			}
			out[i] = T(c)
		}
		out = out[len(part):]
	}
	return nil
}

func (t *texts) size() int { return max(len(t.words.ends)-1, 0) }

var errTooLong = errors.New("texts of more than 2 GB in a batch")

// copied is the values of rows one after the other.
func (t *texts) copied(parts []part, n int) (text, error) {
	ends, at, total := make([]int32, n+1), 0, 0
	looked := make([][]int32, len(parts))
	// First how long they are, in ends[row+1], so that memory is taken once.
	for k, p := range parts {
		rows := ends[at+1 : at+1+p.to-p.from]
		at += len(rows)
		first := p.before(p.from)
		values := rows[:p.before(p.to)-first]
		if p.coded {
			looked[k] = make([]int32, len(values))
			if err := codes(t.size(), looked[k], p.body, first); err != nil {
				return text{}, err
			}
			for i, c := range looked[k] {
				values[i] = t.words.ends[c+1] - t.words.ends[c]
				total += int(values[i])
			}
		} else {
			starts := p.starts[first : first+len(values)+1]
			for i := range values {
				values[i] = int32(starts[i+1] - starts[i] - 4)
			}
			total += int(starts[len(values)]-starts[0]) - 4*len(values)
		}
		if total > math.MaxInt32-slack {
			return text{}, errTooLong
		}
		spread(rows, len(values), p)
	}
	for i := range n {
		ends[i+1] += ends[i]
	}
	bytes := make([]byte, total+slack)
	to := 0
	for k, p := range parts {
		first, last := p.before(p.from), p.before(p.to)
		if p.coded {
			for _, c := range looked[k] {
				to += copy(bytes[to:], t.words.bytes[t.words.ends[c]:t.words.ends[c+1]])
			}
			continue
		}
		to = gather(bytes, to, p.values[:len(p.values)+slack/2], p.starts[first:last+1])
	}
	if _, ok := t.of.(*arrow.StringType); ok && !utf8.Valid(bytes[:total]) || ok && splits(bytes[:total], ends) {
		return text{}, errors.New("a text is not valid UTF-8")
	}
	return text{ends, bytes[:total]}, nil
}

// gather copies values from where they start; both slices have slack, so that short ones are copied in one step.
func gather(out []byte, to int, in []byte, starts []uint32) int {
	for i := range len(starts) - 1 {
		from, n := int(starts[i]), int(starts[i+1]-starts[i])-4
		if n <= 16 {
			copy(out[to:to+16], in[from:from+16])
		} else {
			copy(out[to:to+n], in[from:])
		}
		to += n
	}
	return to
}

// splits reports whether a value ends within a character.
func splits(b []byte, ends []int32) bool {
	for _, e := range ends[:len(ends)-1] {
		if int(e) < len(b) && !utf8.RuneStart(b[e]) {
			return true
		}
	}
	return false
}
