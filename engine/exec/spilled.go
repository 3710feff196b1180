package exec

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/physical"
)

// spilled is a sequence of batches on disk. One thread adds to it; when it is complete, any may read. What the bytes mean
// stays in memory, and so do dictionaries, as long as they are few.
type spilled struct {
	s       *spill
	m       *meter // of the operator, in the thread that adds
	batches []spilledBatch
	rows    int64
	buf     []byte
	dicts   []arrow.ArrayData
}

type spilledBatch struct {
	n    int
	at   extent
	cols []layout
	*lineage
}

// layout says which bytes of a batch are which buffers of a column, in their order.
type layout struct {
	dt       arrow.DataType
	n, nulls int
	sizes    []int // -1 where there is no buffer
	children []layout
	dict     arrow.ArrayData
}

const maxSpilledDictionaries = 64 // of one sequence; columns of others are decoded

// spilled begins a sequence for an operator. There must be a place to spill to.
func (w *thread) spilled(op *physical.Op) *spilled {
	return &spilled{s: w.run.spill, m: w.meter(op)}
}

// add writes a batch, and releases it whatever happens.
func (f *spilled) add(mem memory.Allocator, b *batch) error {
	defer b.release()
	if b.n == 0 {
		return nil
	}
	out := spilledBatch{n: b.n, lineage: b.lineage}
	f.buf = f.buf[:0]
	for _, c := range b.cols {
		if d, ok := c.(*array.Dictionary); ok && !f.keeps(d) {
			plain := decoded(mem, c)
			out.cols = append(out.cols, f.column(plain.Data(), 0, b.n))
			plain.Release()
			continue
		}
		out.cols = append(out.cols, f.column(c.Data(), 0, b.n))
	}
	var err error
	if out.at, err = f.s.write(f.buf); err != nil {
		return err
	}
	f.m.spilled += out.at.size
	f.rows += int64(b.n)
	f.batches = append(f.batches, out)
	return nil
}

// keeps holds on to a column's dictionary, unless that would be one too many.
func (f *spilled) keeps(d *array.Dictionary) bool {
	dict := d.Data().Dictionary()
	for _, known := range f.dicts {
		if known == dict {
			return true
		}
	}
	if len(f.dicts) == maxSpilledDictionaries {
		return false
	}
	dict.Retain()
	f.dicts = append(f.dicts, dict)
	return true
}

const spillAlign = 8

func (f *spilled) bytes(l *layout, b []byte) {
	l.sizes = append(l.sizes, len(b))
	f.buf = append(f.buf, b...)
	for len(f.buf)%spillAlign != 0 {
		f.buf = append(f.buf, 0)
	}
}

func (f *spilled) bits(l *layout, b []byte, from, n int) {
	if from%8 == 0 {
		f.bytes(l, b[from/8:][:bitutil.BytesForBits(int64(n))])
		return
	}
	out := make([]byte, bitutil.BytesForBits(int64(n)))
	bitutil.CopyBitmap(b, from, n, out, 0)
	f.bytes(l, out)
}

// column appends rows from to from+n of a column, and says how.
func (f *spilled) column(d arrow.ArrayData, from, n int) layout {
	l := layout{dt: d.DataType(), n: n, nulls: array.UnknownNullCount}
	if l.dt.ID() == arrow.NULL {
		l.nulls, l.sizes = n, []int{-1}
		return l
	}
	bufs := d.Buffers()
	from += d.Offset()
	if d.NullN() == 0 || bufs[0] == nil {
		l.nulls, l.sizes = 0, []int{-1}
	} else {
		f.bits(&l, bufs[0].Bytes(), from, n)
	}
	if n == 0 {
		from = 0
	}
	fixed := func(width int) {
		var b []byte
		if n > 0 {
			b = bufs[1].Bytes()[from*width : (from+n)*width]
		}
		f.bytes(&l, b)
	}
	// offsets start from 0 in the copy.
	offsets := func() (first, last int) {
		if n == 0 {
			f.bytes(&l, make([]byte, 4))
			return 0, 0
		}
		in := arrow.Int32Traits.CastFromBytes(bufs[1].Bytes())[from : from+n+1]
		out := in
		if in[0] != 0 {
			out = make([]int32, n+1)
			for i, o := range in {
				out[i] = o - in[0]
			}
		}
		f.bytes(&l, arrow.Int32Traits.CastToBytes(out))
		return int(in[0]), int(in[n])
	}
	switch t := l.dt.(type) {
	case *arrow.BooleanType:
		if n == 0 {
			f.bytes(&l, nil)
		} else {
			f.bits(&l, bufs[1].Bytes(), from, n)
		}
	case *arrow.StringType, *arrow.BinaryType:
		first, last := offsets()
		if first == last {
			f.bytes(&l, nil)
		} else {
			f.bytes(&l, bufs[2].Bytes()[first:last])
		}
	case *arrow.ListType:
		first, last := offsets()
		l.children = append(l.children, f.column(d.Children()[0], first, last-first))
	case *arrow.StructType:
		for _, c := range d.Children() {
			l.children = append(l.children, f.column(c, from, n))
		}
	case *arrow.DictionaryType:
		l.dict = d.Dictionary()
		fixed(t.IndexType.(arrow.FixedWidthDataType).Bytes())
	case arrow.FixedWidthDataType:
		fixed(t.Bytes())
	default:
		panic("exec: spill of " + l.dt.String())
	}
	return l
}

// read brings batch i back; the caller releases it.
func (f *spilled) read(mem memory.Allocator, i int) (*batch, error) {
	in := &f.batches[i]
	blob := allocate(mem, int(in.at.size))
	defer blob.Release()
	if err := f.s.read(blob.Bytes(), in.at); err != nil {
		return nil, err
	}
	out := &batch{n: in.n, lineage: in.lineage}
	at := 0
	for c := range in.cols {
		d := in.cols[c].data(blob, &at)
		out.cols = append(out.cols, array.MakeFromData(d))
		d.Release()
	}
	if at != len(blob.Bytes()) {
		out.release()
		return nil, fmt.Errorf("exec: a spilled batch of %d bytes holds %d", len(blob.Bytes()), at)
	}
	return out, nil
}

// data is the column whose buffers begin at blob's byte at, which it moves past them.
func (l *layout) data(blob *memory.Buffer, at *int) arrow.ArrayData {
	bufs := make([]*memory.Buffer, len(l.sizes))
	for i, size := range l.sizes {
		if size >= 0 {
			bufs[i] = memory.SliceBuffer(blob, *at, size)
			*at += (size + spillAlign - 1) / spillAlign * spillAlign
		}
	}
	var children []arrow.ArrayData
	for i := range l.children {
		children = append(children, l.children[i].data(blob, at))
	}
	var out arrow.ArrayData
	if l.dict != nil {
		out = array.NewDataWithDictionary(l.dt, l.n, bufs, l.nulls, 0, l.dict.(*array.Data))
	} else {
		out = array.NewData(l.dt, l.n, bufs, children, l.nulls, 0)
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

// drop gives the place back. Batches that were read stay.
func (f *spilled) drop() {
	for _, b := range f.batches {
		f.s.release(b.at)
	}
	for _, d := range f.dicts {
		d.Release()
	}
	f.batches, f.dicts, f.buf = nil, nil, nil
}
