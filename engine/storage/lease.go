package storage

import (
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A segment counts who has columns of its batches, so that the pages behind what nobody has any more can be let go of (read_pages.go).

// leases are those of a segment. They are guarded by its pages' mutex.
type leases struct {
	out    int     // of batches
	given  int     // of batches, since dictionaries were let go of
	kept   []int64 // bytes of each batch whose pages stay
	closed bool    // the memory may be somebody else's
}

// lease is of the columns of a batch that were handed out together. It is the allocator of their buffers, and only frees.
type lease struct {
	memory.Allocator
	s       *Segment
	batch   int
	bytes   int64        // handed out
	buffers atomic.Int64 // that somebody has
}

// lend begins a lease of a batch, which lasts until its end is called once more than there are buffers.
func (s *Segment) lend(batch int) *lease {
	s.pages.mu.Lock()
	defer s.pages.mu.Unlock()
	s.leases.out++
	s.leases.given++
	l := &lease{s: s, batch: batch}
	l.buffers.Store(1)
	return l
}

// column is a column of the batch that holds the lease.
func (l *lease) column(a arrow.Array) arrow.Array {
	d := l.data(a.Data())
	defer d.Release()
	return array.MakeFromData(d)
}

func (l *lease) data(d arrow.ArrayData) *array.Data {
	buffers := make([]*memory.Buffer, len(d.Buffers()))
	for i, b := range d.Buffers() {
		if buffers[i] = b; b != nil && b.Len() > 0 {
			l.bytes += int64(b.Len())
			l.buffers.Add(1)
			buffers[i] = memory.NewBufferWithAllocator(b.Bytes(), l)
			defer buffers[i].Release()
		}
	}
	var children []arrow.ArrayData
	for _, c := range d.Children() {
		child := l.data(c)
		defer child.Release()
		children = append(children, child)
	}
	out := array.NewData(d.DataType(), d.Len(), buffers, children, d.NullN(), d.Offset())
	out.SetDictionary(d.Dictionary())
	return out
}

// Free implements memory.Allocator for the buffers.
func (l *lease) Free([]byte) { l.end() }

// end is called for each buffer, and when all columns are there.
func (l *lease) end() {
	if l.buffers.Add(-1) == 0 {
		l.s.pages.returned(l)
	}
}
