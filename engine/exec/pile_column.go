package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// pileColumn is a column of a pile, one part a batch. All parts are plain or all have one dictionary.
type pileColumn struct {
	dt    arrow.DataType
	parts []arrow.Array // owned
	nulls bool

	valid []bitsOf    // of the parts
	bools []bitsOf    // of bools
	fixed [][]byte    // of columns whose values, or codes of a dictionary, have one width
	width int         // of those in bytes; else 0
	texts []textOf    // of strings and bytes
	whole arrow.Array // of all others: the parts as one
	start []int32     // of the parts in it
	dict  arrow.ArrayData

	narrow bool // the parts are; what is taken of them is widened
	t      types.Type
}

// bitsOf is a bitmap that begins at some bit; one without bytes has only ones.
type bitsOf struct {
	b    []byte
	from int
}

func (b bitsOf) at(i int) bool { return b.b == nil || bitutil.BitIsSet(b.b, b.from+i) }

type textOf struct {
	offsets []int32
	bytes   []byte
}

// textsOf is a column of strings or bytes.
func textsOf(d arrow.ArrayData) textOf {
	t := textOf{offsets: offsetsOf(d)}
	if b := d.Buffers()[2]; b != nil {
		t.bytes = b.Bytes()
	}
	return t
}

func (t textOf) at(i int) []byte { return t.bytes[t.offsets[i]:t.offsets[i+1]] }

// newPileColumn shares the parts; narrow ones stay so where all are of one width.
func newPileColumn(mem memory.Allocator, parts []arrow.Array, t types.Type) (pileColumn, error) {
	c := pileColumn{t: t}
	var err error
	if !allNarrow(parts, t) {
		if parts, err = widenedAll(mem, parts, t); err != nil {
			return c, err
		}
		defer releaseAll(parts)
	}
	if c.parts, err = alike(mem, parts); err != nil {
		return c, err
	}
	if len(parts) == 0 {
		c.dt, err = types.ToArrow(t)
		return c, err
	}
	c.dt, c.narrow = c.parts[0].DataType(), funcs.IsNarrow(c.parts[0], t)
	for _, p := range c.parts {
		d := p.Data()
		b := bitsOf{from: d.Offset()}
		if d.DataType().ID() != arrow.NULL && d.NullN() != 0 && d.Buffers()[0] != nil {
			b.b = d.Buffers()[0].Bytes()
			c.nulls = true
		}
		c.valid = append(c.valid, b)
	}
	switch t := c.dt.(type) {
	case *arrow.BooleanType:
		for _, p := range c.parts {
			c.bools = append(c.bools, bitsOf{p.Data().Buffers()[1].Bytes(), p.Data().Offset()})
		}
	case *arrow.StringType, *arrow.BinaryType:
		for _, p := range c.parts {
			c.texts = append(c.texts, textsOf(p.Data()))
		}
	case *arrow.DictionaryType:
		c.dict = c.parts[0].Data().Dictionary()
		c.fixedParts(t.IndexType.(arrow.FixedWidthDataType).Bytes())
	case *arrow.ListType, *arrow.StructType, *arrow.NullType:
		at := int32(0)
		for _, p := range c.parts {
			c.start = append(c.start, at)
			at += int32(p.Len())
		}
		c.whole, err = array.Concatenate(c.parts, mem)
	case arrow.FixedWidthDataType:
		c.fixedParts(t.Bytes())
	default:
		panic("exec: a pile of " + c.dt.String())
	}
	return c, err
}

// widen makes a narrow column a wide one.
func (c *pileColumn) widen(mem memory.Allocator) error {
	if !c.narrow {
		return nil
	}
	parts, err := widenedAll(mem, c.parts, c.t)
	if err != nil {
		return err
	}
	defer releaseAll(parts)
	wide, err := newPileColumn(mem, parts, c.t)
	if err != nil {
		return err
	}
	c.release()
	*c = wide
	return nil
}

// allNarrow reports whether the parts of a column are narrow and of one Arrow type.
func allNarrow(parts []arrow.Array, t types.Type) bool {
	return !slices.ContainsFunc(parts, func(p arrow.Array) bool {
		return !funcs.IsNarrow(p, t) || !arrow.TypeEqual(p.DataType(), parts[0].DataType())
	})
}

// widenedAll are the parts of a column, none of them narrow.
func widenedAll(mem memory.Allocator, parts []arrow.Array, t types.Type) ([]arrow.Array, error) {
	out := make([]arrow.Array, len(parts))
	for i, p := range parts {
		var err error
		if out[i], err = funcs.Widened(mem, p, t); err != nil {
			releaseAll(out)
			return nil, err
		}
	}
	return out, nil
}

func (c *pileColumn) fixedParts(width int) {
	c.width = width
	for _, p := range c.parts {
		d := p.Data()
		var b []byte
		if d.Len() > 0 {
			b = d.Buffers()[1].Bytes()[d.Offset()*width : (d.Offset()+d.Len())*width]
		}
		c.fixed = append(c.fixed, b)
	}
}

func (c *pileColumn) release() {
	releaseAll(c.parts)
	if c.whole != nil {
		c.whole.Release()
	}
	c.parts, c.whole = nil, nil
}

// alike gives the parts of a column one encoding: as they are where they have it, else with one dictionary, else plain.
func alike(mem memory.Allocator, parts []arrow.Array) ([]arrow.Array, error) {
	out := make([]arrow.Array, len(parts))
	same := true
	for _, p := range parts {
		same = same && sameEncoding(p, parts[0])
	}
	if same {
		for i, p := range parts {
			p.Retain()
			out[i] = p
		}
		return out, nil
	}
	if one, ok := joinDictionaries(context.Background(), mem, parts); ok {
		defer one.values.Release()
		for i, p := range parts {
			out[i] = one.recode(mem, p.(*array.Dictionary))
		}
		return out, nil
	}
	for i, p := range parts {
		out[i] = decoded(mem, p)
	}
	return out, nil
}

// validity is a copy of a column's bitmap that begins at its first bit; nil where nothing is absent.
func validity(mem memory.Allocator, a arrow.Array) *memory.Buffer {
	if a.NullN() == 0 {
		return nil
	}
	n := a.Len()
	buf := allocate(mem, int(bitutil.BytesForBits(int64(n))))
	clear(buf.Bytes())
	bitutil.CopyBitmap(a.NullBitmapBytes(), a.Data().Offset(), n, buf.Bytes(), 0)
	return buf
}

// take makes a column of rows; the ref absent is an absent value.
func (c *pileColumn) take(mem memory.Allocator, refs []uint32) arrow.Array {
	a := c.takeAsItIs(mem, refs)
	if !c.narrow {
		return a
	}
	defer a.Release()
	wide, err := funcs.Widened(mem, a, c.t)
	if err != nil {
		panic(stopped{err})
	}
	return wide
}

// takeAsItIs is take for who can take a narrow column.
func (c *pileColumn) takeAsItIs(mem memory.Allocator, refs []uint32) arrow.Array {
	if c.whole != nil {
		rows := make([]int32, len(refs))
		for i, r := range refs {
			if rows[i] = -1; r != absent {
				b, k := at(r)
				rows[i] = c.start[b] + int32(k)
			}
		}
		return take(mem, c.whole, rows)
	}
	valid, nulls := c.takeValidity(mem, refs)
	bufs := []*memory.Buffer{valid}
	switch {
	case c.width > 0:
		bufs = append(bufs, c.takeFixed(mem, refs))
	case c.bools != nil:
		buf := allocate(mem, int(bitutil.BytesForBits(int64(len(refs)))))
		clear(buf.Bytes())
		for i, r := range refs {
			if r != absent {
				if b, k := at(r); c.bools[b].at(k) {
					bitutil.SetBit(buf.Bytes(), i)
				}
			}
		}
		bufs = append(bufs, buf)
	default:
		offsets, bytes := c.takeText(mem, refs)
		bufs = append(bufs, offsets, bytes)
	}
	var data arrow.ArrayData
	if c.dict != nil {
		data = array.NewDataWithDictionary(c.dt, len(refs), bufs, nulls, 0, c.dict.(*array.Data))
	} else {
		data = array.NewData(c.dt, len(refs), bufs, nil, nulls, 0)
	}
	for _, b := range bufs {
		if b != nil {
			b.Release()
		}
	}
	defer data.Release()
	return array.MakeFromData(data)
}

func (c *pileColumn) takeValidity(mem memory.Allocator, refs []uint32) (*memory.Buffer, int) {
	missing := c.nulls
	for i := 0; !missing && i < len(refs); i++ {
		missing = refs[i] == absent
	}
	if !missing {
		return nil, 0
	}
	buf := allocate(mem, int(bitutil.BytesForBits(int64(len(refs)))))
	out := buf.Bytes()
	clear(out)
	nulls := 0
	for i, r := range refs {
		if b, k := at(r); r != absent && c.valid[b].at(k) {
			out[i>>3] |= 1 << (i & 7)
		} else {
			nulls++
		}
	}
	return buf, nulls
}

func (c *pileColumn) takeFixed(mem memory.Allocator, refs []uint32) *memory.Buffer {
	buf := allocate(mem, len(refs)*c.width)
	out := buf.Bytes()
	switch c.width {
	case 8:
		gatherWords(arrow.Uint64Traits.CastFromBytes(out), casts(c.fixed, arrow.Uint64Traits.CastFromBytes), refs)
	case 2:
		gatherWords(arrow.Uint16Traits.CastFromBytes(out), casts(c.fixed, arrow.Uint16Traits.CastFromBytes), refs)
	case 1:
		gatherWords(out, c.fixed, refs)
	case 4:
		gatherWords(arrow.Uint32Traits.CastFromBytes(out), casts(c.fixed, arrow.Uint32Traits.CastFromBytes), refs)
	default:
		for i, r := range refs {
			o := out[i*c.width : (i+1)*c.width]
			if r == absent {
				clear(o)
				continue
			}
			b, k := at(r)
			copy(o, c.fixed[b][k*c.width:])
		}
	}
	return buf
}

func casts[T any](in [][]byte, cast func([]byte) []T) [][]T {
	out := make([][]T, len(in))
	for i, b := range in {
		out[i] = cast(b)
	}
	return out
}

func gatherWords[T uint8 | uint16 | uint32 | uint64](out []T, in [][]T, refs []uint32) {
	for i, r := range refs {
		if r == absent {
			out[i] = 0
			continue
		}
		out[i] = in[r>>refRow][r&(1<<refRow-1)]
	}
}

func (c *pileColumn) takeText(mem memory.Allocator, refs []uint32) (offsets, text *memory.Buffer) {
	offsets = allocate(mem, 4*(len(refs)+1))
	out := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	total := 0
	for i, r := range refs {
		out[i] = int32(total)
		if r != absent {
			b, k := at(r)
			t := &c.texts[b]
			total += int(t.offsets[k+1] - t.offsets[k])
		}
		if total > 1<<31-1 {
			panic(tooLong)
		}
	}
	out[len(refs)] = int32(total)
	text = allocate(mem, total)
	dst := text.Bytes()
	for i, r := range refs {
		if r != absent {
			b, k := at(r)
			copy(dst[out[i]:], c.texts[b].at(k))
		}
	}
	return offsets, text
}
