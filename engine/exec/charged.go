package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// charged is a column that expressions made, which takes its memory from Go's heap, as one that the budget knows of until it is
// released: whoever keeps such columns must notice when there are too many. It takes the column over. Numbers are in memory of the
// budget's from the start.
func charged(mem *budget, a arrow.Array, t types.Type) arrow.Array {
	switch t.Required().Kind {
	case types.Int, types.Float, types.Timestamp, types.None:
		return a
	}
	defer a.Release()
	d := chargedData(&charge{mem}, a.Data())
	defer d.Release()
	return array.MakeFromData(d)
}

// charge is an allocator that only counts what is given back.
type charge struct{ mem *budget }

func (c *charge) Allocate(n int) []byte             { return c.mem.Allocate(n) }
func (c *charge) Reallocate(n int, b []byte) []byte { return c.mem.Reallocate(n, b) }
func (c *charge) Free(b []byte)                     { c.mem.grow(-int64(len(b))) }

func chargedData(c *charge, d arrow.ArrayData) arrow.ArrayData {
	bufs := make([]*memory.Buffer, len(d.Buffers()))
	for i, b := range d.Buffers() {
		if b != nil {
			c.mem.grow(int64(b.Len()))
			bufs[i] = memory.NewBufferWithAllocator(b.Bytes(), c)
			defer bufs[i].Release()
		}
	}
	var children []arrow.ArrayData
	for _, child := range d.Children() {
		x := chargedData(c, child)
		defer x.Release()
		children = append(children, x)
	}
	if dict := d.Dictionary(); d.DataType().ID() == arrow.DICTIONARY {
		return array.NewDataWithDictionary(d.DataType(), d.Len(), bufs, d.NullN(), d.Offset(), dict.(*array.Data))
	}
	return array.NewData(d.DataType(), d.Len(), bufs, children, d.NullN(), d.Offset())
}
