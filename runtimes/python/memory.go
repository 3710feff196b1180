package python

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// meter is the linear memory of an interpreter, in a slice that grows, with its size to be read from outside.
type meter struct {
	held  *atomic.Int64
	bytes []byte
}

func (p *interpreter) allocate(capacity, _ uint64) experimental.LinearMemory {
	return &meter{&p.memory, make([]byte, 0, capacity)}
}

// Reallocate implements experimental.LinearMemory. The engine asks for no more than the interpreter's limit.
func (m *meter) Reallocate(size uint64) []byte {
	if size > uint64(cap(m.bytes)) {
		grown := make([]byte, size, max(size, uint64(cap(m.bytes))*5/4))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	m.held.Store(int64(size))
	return m.bytes
}

// Free implements experimental.LinearMemory.
func (m *meter) Free() { m.bytes = nil }
