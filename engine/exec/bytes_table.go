package exec

import (
	"bytes"
	"hash/maphash"
)

// bytesTable numbers distinct byte strings 0, 1, 2, … in the order of insertion. The strings lie one after the other in data.
type bytesTable struct {
	seed  maphash.Seed
	slots []bytesSlot
	ends  []int // of string i in data
	data  []byte
}

type bytesSlot struct {
	hash uint32
	code uint32 // code+1; 0 for an empty slot
}

func newBytesTable() *bytesTable { return &bytesTable{seed: maphash.MakeSeed()} }

func (t *bytesTable) value(code uint32) []byte {
	start := 0
	if code > 0 {
		start = t.ends[code-1]
	}
	return t.data[start:t.ends[code]]
}

func (t *bytesTable) insert(key []byte) uint32 {
	if len(t.ends)*2 >= len(t.slots) {
		t.rehash()
	}
	h := uint32(maphash.Bytes(t.seed, key))
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.code == 0 {
			t.data = append(t.data, key...)
			t.ends = append(t.ends, len(t.data))
			s.hash, s.code = h, uint32(len(t.ends))
			return s.code - 1
		}
		if s.hash == h && bytes.Equal(t.value(s.code-1), key) {
			return s.code - 1
		}
	}
}

func (t *bytesTable) find(key []byte) uint32 {
	if len(t.ends) == 0 {
		return none
	}
	h := uint32(maphash.Bytes(t.seed, key))
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.code == 0 {
			return none
		}
		if s.hash == h && bytes.Equal(t.value(s.code-1), key) {
			return s.code - 1
		}
	}
}

func (t *bytesTable) rehash() {
	old := t.slots
	t.slots = make([]bytesSlot, max(64, 2*len(old)))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.code != 0 {
			i := s.hash & mask
			for t.slots[i].code != 0 {
				i = (i + 1) & mask
			}
			t.slots[i] = s
		}
	}
}

func (t *bytesTable) bytes() int64 {
	return int64(len(t.slots))*8 + int64(cap(t.ends))*8 + int64(cap(t.data))
}
