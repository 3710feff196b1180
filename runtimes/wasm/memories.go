package wasm

import (
	"math/bits"
	"sync"

	"github.com/tetratelabs/wazero/experimental"
)

const (
	smallestMemory = 16 // the power of two that is a page of WebAssembly
	largestMemory  = 22 // of memories that are used again
	maxSpare       = 32 << 20
)

// memories are linear memories, in slices that are used again: most instances serve one query, and to get and to clear new
// memory for each takes longer than a small query does. All that is spare is zero.
type memories struct {
	mu    sync.Mutex
	spare [largestMemory + 1][][]byte // by the power of two that they have room for
	bytes int
}

// spareMemories serves all runtimes of the process.
var spareMemories memories

// lender gives an instance its memories, and takes them back when the instance is done with all of them.
type lender struct {
	from *memories
	lent [][]byte
}

// Allocate implements experimental.MemoryAllocator.
func (l *lender) Allocate(_, _ uint64) experimental.LinearMemory { return &linear{lender: l} }

// end takes the memories back. Nothing of the instance may run any more, nor look at what it had.
func (l *lender) end() {
	for _, b := range l.lent {
		l.from.give(b)
	}
	l.lent = nil
}

// linear is a memory of an instance.
type linear struct {
	lender *lender
	bytes  []byte
}

// Reallocate implements experimental.LinearMemory. The engine asks for no more than the module's limit.
func (l *linear) Reallocate(size uint64) []byte {
	if size > uint64(cap(l.bytes)) {
		grown := l.lender.from.take(size)
		copy(grown, l.bytes)
		l.bytes = grown
		l.lender.lent = append(l.lender.lent, grown)
	}
	l.bytes = l.bytes[:size]
	return l.bytes
}

// Free implements experimental.LinearMemory. Whoever closes a module does not know whether it still runs: the lender's end does.
func (*linear) Free() {}

func (m *memories) take(size uint64) []byte {
	power := max(smallestMemory, bits.Len64(size-1))
	if power > largestMemory {
		return make([]byte, size, size+size/4)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.spare[power]); n > 0 {
		b := m.spare[power][n-1]
		m.spare[power] = m.spare[power][:n-1]
		m.bytes -= 1 << power
		return b[:size]
	}
	return make([]byte, size, 1<<power)
}

// give takes memory back, unless there is enough.
func (m *memories) give(b []byte) {
	b = b[:cap(b)]
	power := bits.TrailingZeros(uint(cap(b)))
	if power < smallestMemory || power > largestMemory || len(b) != 1<<power {
		return
	}
	clear(b)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bytes+len(b) <= maxSpare {
		m.spare[power] = append(m.spare[power], b)
		m.bytes += len(b)
	}
}
