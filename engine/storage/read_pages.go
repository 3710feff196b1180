package storage

import (
	"cmp"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"time"
	"unsafe"

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

// letGoAtOnce is how many bytes that were read wait until they are let go of together: each time, all processors that run the process are
// interrupted.
const letGoAtOnce = 8 << 20

type keptPages struct {
	mu      sync.Mutex
	bytes   int64
	batches []keptBatch // the oldest first
	watched bool        // afterCollection is to be called
	own     func() int64

	due       []pageRange
	waiting   int64 // bytes that were read of due
	atOnce    int64
	releasing sync.Mutex // held while pages are let go of; taken after mu
}

// pageRange is pages of a segment, and how many bytes of them were read.
type pageRange struct {
	s              *Segment
	from, to, read int64
}

// readPages are those of all segments: memory is the process's.
var readPages = keptPages{own: ownMemory, atOnce: letGoAtOnce}

type keptBatch struct {
	s     *Segment
	batch int
}

// ownMemory is what this process has that is no page of a file, as it was a moment ago.
func ownMemory() int64 {
	lastOwn.Lock()
	defer lastOwn.Unlock()
	if now := time.Now(); now.Sub(lastOwn.at) > 2*time.Millisecond {
		lastOwn.at, lastOwn.bytes = now, measuredMemory()
	}
	return lastOwn.bytes
}

var lastOwn struct {
	sync.Mutex
	at    time.Time
	bytes int64
}

func measuredMemory() int64 {
	of := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(of)
	return int64(of[0].Value.Uint64() - of[1].Value.Uint64())
}

// returned keeps the pages of a batch that nobody has any more, or lets go of them.
func (k *keptPages) returned(l *lease) {
	k.note(l)
	k.release()
}

func (k *keptPages) note(l *lease) {
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
		k.letGo(s, l.batch, l.bytes)
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
		k.letGo(last.s, last.batch, last.s.leases.kept[last.batch])
	}
}

// letGo lets go of a batch, of which so much was read; and of the whole file with its dictionaries, when nobody has a batch of it, no other
// stays and all were given.
func (k *keptPages) letGo(s *Segment, batch int, read int64) {
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
	k.due, k.waiting = append(k.due, pageRange{s, from, to, read}), k.waiting+read
}

// release lets go of what is due, neighbours together, once it is enough. Others go on reading meanwhile.
func (k *keptPages) release() {
	k.mu.Lock()
	if len(k.due) == 0 || k.waiting < k.atOnce || !k.releasing.TryLock() {
		k.mu.Unlock()
		return
	}
	defer k.releasing.Unlock()
	due := k.due
	k.due, k.waiting = nil, 0
	k.mu.Unlock()
	slices.SortFunc(due, func(a, b pageRange) int {
		return cmp.Or(cmp.Compare(a.s.address(), b.s.address()), cmp.Compare(a.from, b.from))
	})
	for i := 0; i < len(due); {
		r := due[i]
		for i++; i < len(due) && due[i].s == r.s && due[i].from <= r.to; i++ {
			r.to = max(r.to, due[i].to)
		}
		unix.Madvise(r.s.data[r.from:r.to], unix.MADV_DONTNEED) // only advice
	}
}

// address is where the file is mapped.
func (s *Segment) address() uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(s.data))) }

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
	k.due = slices.DeleteFunc(k.due, func(r pageRange) bool {
		if r.s == s {
			k.waiting -= r.read
		}
		return r.s == s
	})
	k.releasing.Lock() // what is being let go of may be the segment's
	k.releasing.Unlock()
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
	k.watched = false
	k.shrink(k.own())
	if k.bytes > 0 {
		k.watch()
	}
	k.mu.Unlock()
	k.release()
}
