package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// take returns rows rows[0], rows[1], … of a column; a negative row is absent. Dictionaries are shared, not copied.
func take(mem memory.Allocator, a arrow.Array, rows []int32) arrow.Array {
	data := takeData(mem, a.Data(), rows)
	defer data.Release()
	return array.MakeFromData(data)
}

func takeBatch(mem memory.Allocator, b *batch, rows []int32) *batch {
	out, _ := takeBatchBy(1, mem, b, rows) // one thread fails only by panics
	return out
}

// takeBatchBy is takeBatch by several threads.
func takeBatchBy(threads int, mem memory.Allocator, b *batch, rows []int32) (*batch, error) {
	out := &batch{n: len(rows), cols: make([]arrow.Array, len(b.cols)), lineage: b.kept(rows)}
	err := spread(threads, len(b.cols), func(_, i int) error {
		out.cols[i] = take(mem, b.cols[i], rows)
		return nil
	})
	if err != nil {
		out.release()
		return nil, err
	}
	return out, nil
}

func takeData(mem memory.Allocator, d arrow.ArrayData, rows []int32) arrow.ArrayData {
	dt := d.DataType()
	if dt.ID() == arrow.NULL {
		return array.NewData(dt, len(rows), []*memory.Buffer{nil}, nil, len(rows), 0)
	}
	valid, nulls := takeValidity(mem, d, rows)
	bufs := []*memory.Buffer{valid}
	var children []arrow.ArrayData
	switch t := dt.(type) {
	case *arrow.BooleanType:
		bufs = append(bufs, takeBits(mem, d, rows))
	case *arrow.StringType, *arrow.BinaryType:
		offsets, bytes := takeBytes(mem, d, rows)
		bufs = append(bufs, offsets, bytes)
	case *arrow.ListType:
		offsets, items := takeList(mem, d, rows)
		bufs = append(bufs, offsets)
		children = append(children, takeData(mem, d.Children()[0], items))
	case *arrow.StructType:
		inner := rows
		if d.Offset() != 0 {
			inner = shift(rows, int32(d.Offset()))
		}
		for _, c := range d.Children() {
			children = append(children, takeData(mem, c, inner))
		}
	case *arrow.DictionaryType:
		bufs = append(bufs, takeFixed(mem, d, rows, t.IndexType.(arrow.FixedWidthDataType).Bytes()))
	case arrow.FixedWidthDataType:
		bufs = append(bufs, takeFixed(mem, d, rows, t.Bytes()))
	default:
		panic("exec: take of " + dt.String())
	}
	var out arrow.ArrayData
	if dt.ID() == arrow.DICTIONARY {
		out = array.NewDataWithDictionary(dt, len(rows), bufs, nulls, 0, d.Dictionary().(*array.Data))
	} else {
		out = array.NewData(dt, len(rows), bufs, children, nulls, 0)
	}
	for _, b := range bufs {
		if b != nil {
			b.Release()
		}
	}
	for _, c := range children {
		c.Release()
	}
	return out
}

func shift(rows []int32, by int32) []int32 {
	out := make([]int32, len(rows))
	for i, r := range rows {
		if out[i] = r; r >= 0 {
			out[i] = r + by
		}
	}
	return out
}

func allocate(mem memory.Allocator, n int) *memory.Buffer {
	return memory.NewBufferWithAllocator(mem.Allocate(n), mem)
}

func takeValidity(mem memory.Allocator, d arrow.ArrayData, rows []int32) (*memory.Buffer, int) {
	var old []byte
	if d.NullN() != 0 && d.Buffers()[0] != nil {
		old = d.Buffers()[0].Bytes()
	}
	missing := false
	if old == nil {
		for _, r := range rows {
			if r < 0 {
				missing = true
				break
			}
		}
		if !missing {
			return nil, 0
		}
	}
	buf := allocate(mem, int(bitutil.BytesForBits(int64(len(rows)))))
	out := buf.Bytes()
	clear(out)
	nulls := 0
	for i, r := range rows {
		if r >= 0 && (old == nil || bitutil.BitIsSet(old, int(r)+d.Offset())) {
			out[i>>3] |= 1 << (i & 7)
		} else {
			nulls++
		}
	}
	return buf, nulls
}

func takeBits(mem memory.Allocator, d arrow.ArrayData, rows []int32) *memory.Buffer {
	buf := allocate(mem, int(bitutil.BytesForBits(int64(len(rows)))))
	out := buf.Bytes()
	clear(out)
	if d.Len() == 0 {
		return buf
	}
	in := d.Buffers()[1].Bytes()
	for i, r := range rows {
		if r >= 0 && bitutil.BitIsSet(in, int(r)+d.Offset()) {
			out[i>>3] |= 1 << (i & 7)
		}
	}
	return buf
}

func takeFixed(mem memory.Allocator, d arrow.ArrayData, rows []int32, width int) *memory.Buffer {
	buf := allocate(mem, len(rows)*width)
	if len(rows) == 0 {
		return buf
	}
	out := buf.Bytes()
	var in []byte
	if d.Len() > 0 {
		in = d.Buffers()[1].Bytes()[d.Offset()*width:]
	}
	switch width {
	case 8:
		takeWords(arrow.Uint64Traits.CastFromBytes(out), arrow.Uint64Traits.CastFromBytes(in), rows)
	case 1:
		takeWords(out, in, rows)
	case 2:
		takeWords(arrow.Uint16Traits.CastFromBytes(out), arrow.Uint16Traits.CastFromBytes(in), rows)
	case 4:
		takeWords(arrow.Uint32Traits.CastFromBytes(out), arrow.Uint32Traits.CastFromBytes(in), rows)
	default:
		for i, r := range rows {
			o := out[i*width : (i+1)*width]
			if r < 0 {
				clear(o)
			} else {
				copy(o, in[int(r)*width:])
			}
		}
	}
	return buf
}

func takeWords[T uint8 | uint16 | uint32 | uint64](out, in []T, rows []int32) {
	for i, r := range rows {
		var v T
		if r >= 0 {
			v = in[r]
		}
		out[i] = v
	}
}

// offsetsOf returns the len+1 offsets of a string, binary or list column.
func offsetsOf(d arrow.ArrayData) []int32 {
	if d.Len() == 0 {
		return []int32{0}
	}
	return arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
}

func takeBytes(mem memory.Allocator, d arrow.ArrayData, rows []int32) (offsets, bytes *memory.Buffer) {
	in := offsetsOf(d)
	offsets = allocate(mem, 4*(len(rows)+1))
	out := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	total := 0
	for i, r := range rows {
		out[i] = int32(total)
		if r >= 0 {
			total += int(in[r+1] - in[r])
		}
	}
	if total > 1<<31-1 {
		panic(tooLong)
	}
	out[len(rows)] = int32(total)
	bytes = allocate(mem, total)
	if total == 0 {
		return offsets, bytes
	}
	src, dst := d.Buffers()[2].Bytes(), bytes.Bytes()
	for i, r := range rows {
		if r >= 0 {
			copy(dst[out[i]:], src[in[r]:in[r+1]])
		}
	}
	return offsets, bytes
}

// takeList returns the new offsets, and which rows of the child they mean.
func takeList(mem memory.Allocator, d arrow.ArrayData, rows []int32) (*memory.Buffer, []int32) {
	in := offsetsOf(d)
	offsets := allocate(mem, 4*(len(rows)+1))
	out := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	var items []int32
	for i, r := range rows {
		out[i] = int32(len(items))
		if r >= 0 {
			for j := in[r]; j < in[r+1]; j++ {
				items = append(items, j)
			}
		}
	}
	out[len(rows)] = int32(len(items))
	return offsets, items
}
