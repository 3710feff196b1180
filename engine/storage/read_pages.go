package storage

import (
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// Pages of a mapped file are memory that the process has from when they are first read until somebody lets go of them. Finding them
// again takes time, about as much as reading them does in a small query. So they stay for the next query while the process is small,
// and are let go of behind the reader when it is not. They remain in the system's cache of the file, and whoever reads such a page
// after all has it back: this says nothing of what may be read, and when.
//
// What is there first stays. Queries read tables from end to end, over and over: of a table with more pages than may stay, keeping the
// newest would mean that each is let go of just before it is read again.

// smallProcess is how much memory the process may have, of its own and as pages that stay.
const smallProcess = 176 << 20

type keptPages struct {
	mu      sync.Mutex
	bytes   int64
	batches []keptBatch // the oldest first
	watched bool        // afterCollection is to be called
	own     func() int64
}

// readPages are those of all segments: memory is the process's.
var readPages = keptPages{own: ownMemory}

type keptBatch struct {
	s     *Segment
	batch int
}

// ownMemory is what this process has that is no page of a file.
func ownMemory() int64 {
	of := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(of)
	return int64(of[0].Value.Uint64() - of[1].Value.Uint64())
}

// returned keeps the pages of a batch that nobody has any more, or lets go of them.
func (k *keptPages) returned(l *lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := l.s
	s.leases.out--
	if s.leases.closed || l.bytes == 0 {
		return
	}
	if s.leases.kept == nil {
		s.leases.kept = make([]int64, len(s.batches))
	}
	own, known := k.own(), &s.leases.kept[l.batch]
	more := max(0, l.bytes-*known)
	switch {
	case more == 0:
	case own+k.bytes+more > smallProcess:
		k.letGo(s, l.batch)
	default:
		if *known == 0 {
			k.batches = append(k.batches, keptBatch{s, l.batch})
		}
		k.bytes, *known = k.bytes+more, l.bytes
		k.watch()
	}
	k.shrink(own)
}

// shrink lets go of pages until the process is small.
func (k *keptPages) shrink(own int64) {
	for len(k.batches) > 0 && own+k.bytes > smallProcess {
		last := k.batches[len(k.batches)-1]
		k.letGo(last.s, last.batch)
	}
}

// letGo lets go of a batch; and of the whole file with its dictionaries, when nobody has a batch of it, no other stays and all were given.
func (k *keptPages) letGo(s *Segment, batch int) {
	ls := &s.leases
	if ls.kept[batch] > 0 {
		k.bytes -= ls.kept[batch]
		ls.kept[batch] = 0
		at := len(k.batches) - 1
		for k.batches[at] != (keptBatch{s, batch}) {
			at--
		}
		k.batches = slices.Delete(k.batches, at, at+1)
	}
	m, page := s.batches[batch], int64(os.Getpagesize())
	from, to := m.meta/page*page, m.meta+m.metaLength+m.body
	if ls.out == 0 && ls.given >= len(s.batches) && slices.Max(ls.kept) == 0 {
		from, to, ls.given = 0, int64(len(s.data)), 0
	}
	unix.Madvise(s.data[from:to], unix.MADV_DONTNEED) // only advice
}

// forget is called before a segment is unmapped.
func (k *keptPages) forget(s *Segment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s.leases.closed = true
	for _, n := range s.leases.kept {
		k.bytes -= n
	}
	s.leases.kept = nil
	k.batches = slices.DeleteFunc(k.batches, func(b keptBatch) bool { return b.s == s })
}

// watch has pages let go of when the heap grows while nothing is read: after the next collection, for as long as there are any.
func (k *keptPages) watch() {
	if k.watched {
		return
	}
	k.watched = true
	runtime.AddCleanup(&struct{ _ *keptPages }{}, func(k *keptPages) { k.afterCollection() }, k)
}

func (k *keptPages) afterCollection() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.watched = false
	k.shrink(k.own())
	if k.bytes > 0 {
		k.watch()
	}
}
