package exec

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// recycler gives columns the memory of others that have been released: it need not be cleared first, and is likely to be in the
// processor's cache still. It is for values of fixed width, which nobody reads but through their array; text is shared by those who
// keep some of it. What it holds ready is little, and belongs to no operator.
type recycler struct {
	memory.Allocator
	most  int  // bytes that it holds ready
	spoil bool // what is released, and what is new, is written over, so that nobody relies on either: for tests

	mu     sync.Mutex
	free   [classes][][]byte
	idle   int // bytes of free
	closed bool
}

const (
	leastRecycled = 4 << 10 // bytes; less is soon made
	mostRecycled  = 4 << 20
	mostIdle      = 16 << 20
	classes       = 4 * 10
)

// class is the smallest size of at least n bytes that memory is recycled in, and its number; -1 for none. There are four sizes
// between a power of two and the next.
func class(n int) (size, number int) {
	if n <= leastRecycled || n > mostRecycled {
		return n, -1
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	size = (n + step - 1) &^ (step - 1)
	power := bits.Len(uint(size-1)) - bits.Len(uint(leastRecycled))
	return size, power*4 + (size-1)/step&3
}

// take gives memory of a class, or of any size that has none.
func (r *recycler) take(size, number int) []byte {
	if p := r.ready(size, number); p != nil {
		return p
	}
	p := r.Allocator.Allocate(size) // others need not wait until it is cleared
	r.spoiled(p)
	return p
}

// ready is memory of a class that has been released; nil for none.
func (r *recycler) ready(size, number int) []byte {
	if number < 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	free := r.free[number]
	if len(free) == 0 {
		return nil
	}
	p := free[len(free)-1]
	r.free[number] = free[:len(free)-1]
	r.idle -= size
	return p
}

func (r *recycler) give(p []byte) {
	r.spoiled(p)
	if !r.keep(p) {
		r.Allocator.Free(p)
	}
}

// keep holds memory ready, if it is of a class and not too much.
func (r *recycler) keep(p []byte) bool {
	size, number := class(len(p))
	if number < 0 || size != len(p) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.idle+size > r.most {
		return false
	}
	r.free[number] = append(r.free[number], p)
	r.idle += size
	return true
}

func (r *recycler) spoiled(p []byte) {
	if r.spoil {
		memory.Set(p, 0xdb)
	}
}

// close gives back what is idle, and from then on everything at once: rows outlive the run that made them.
func (r *recycler) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for number, free := range r.free {
		for _, p := range free {
			r.Allocator.Free(p)
		}
		r.free[number] = nil
	}
	r.idle = 0
}

// reused is a budget as an allocator of memory of any content, which is used again when it is released.
type reused struct{ b *budget }

func (b *budget) reused() memory.Allocator { return reused{b} }

// Allocate implements memory.Allocator.
func (r reused) Allocate(n int) []byte {
	size, number := class(n)
	r.b.grow(int64(size))
	return r.b.pool.take(size, number)[:n]
}

// Reallocate implements memory.Allocator.
func (r reused) Reallocate(n int, old []byte) []byte {
	if n <= cap(old) {
		return old[:n]
	}
	p := r.Allocate(n)
	copy(p, old)
	r.Free(old)
	return p
}

// Free implements memory.Allocator.
func (r reused) Free(p []byte) {
	p = p[:cap(p)]
	r.b.grow(-int64(len(p)))
	r.b.pool.give(p)
}
