package storage

import (
	"os"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"
)

// Pages of a mapped file are memory that the process has from when they are first read until somebody lets go of them. A segment
// counts who still has columns of its batches, and lets go of the pages behind what has been released. They stay in the system's
// cache of the file, and whoever reads such a page after all has it back: this says nothing of what may be read, and when.

// letGo is how many released bytes are let go of at once: each time all processors are told.
const letGo = 2 << 20

// leases are those of a segment.
type leases struct {
	mu       sync.Mutex
	out      int // of batches
	given    int // of batches, so far
	from, to int64
	bytes    int64 // that were handed out between from and to, and released
	closed   bool  // the memory may be somebody else's
}

// lease is of the columns of a batch that were handed out together. It is the allocator of their buffers, and only frees.
type lease struct {
	memory.Allocator
	s       *Segment
	m       message
	bytes   int64        // handed out
	buffers atomic.Int64 // that somebody has
}

// lend begins a lease, which lasts until its end is called once more than there are buffers.
func (ls *leases) lend(s *Segment, m message) *lease {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.out++
	ls.given++
	l := &lease{s: s, m: m}
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
		l.s.leases.returned(l)
	}
}

// returned lets go of batches that nobody has any more, a few at once; and of the whole file with its dictionaries when nobody has
// any and all have been given.
func (ls *leases) returned(l *lease) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.out--
	if ls.closed {
		return
	}
	from, to := l.m.meta, l.m.meta+l.m.metaLength+l.m.body
	if ls.bytes == 0 {
		ls.from, ls.to = from, to
	}
	ls.from, ls.to, ls.bytes = min(ls.from, from), max(ls.to, to), ls.bytes+l.bytes
	switch {
	case ls.out == 0 && ls.given >= len(l.s.batches):
		ls.from, ls.to = 0, int64(len(l.s.data))
	case ls.out > 0 && ls.bytes < letGo:
		return
	}
	page := int64(os.Getpagesize())
	unix.Madvise(l.s.data[ls.from/page*page:ls.to], unix.MADV_DONTNEED) // only advice
	ls.bytes = 0
}

// close is called before the file is unmapped.
func (ls *leases) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.closed = true
}
