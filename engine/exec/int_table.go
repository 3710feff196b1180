package exec

import (
	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/pages"
)

// none is the code of a value that a table does not hold.
const none = ^uint32(0)

// intTable numbers distinct 64-bit values 0, 1, 2, … in the order of insertion. Open addressing with linear probing, at
// most half full.
type intTable struct {
	slots []intSlot // length a power of two, or nil
	n     uint32
}

type intSlot struct {
	key  uint64
	code uint32 // code+1; 0 for an empty slot
}

func hashInt(x uint64) uint64 {
	return kernels.Mix(x)
}

// insert returns the number of key, giving it the next if it is new.
func (t *intTable) insert(key uint64) uint32 {
	if int(t.n)*2 >= len(t.slots) {
		t.rehash()
	}
	mask := uint64(len(t.slots) - 1)
	for i := hashInt(key) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.code == 0 {
			t.n++
			s.key, s.code = key, t.n
			return t.n - 1
		}
		if s.key == key {
			return s.code - 1
		}
	}
}

// find returns the number of key, or none.
func (t *intTable) find(key uint64) uint32 {
	if t.n == 0 {
		return none
	}
	mask := uint64(len(t.slots) - 1)
	for i := hashInt(key) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.code == 0 {
			return none
		}
		if s.key == key {
			return s.code - 1
		}
	}
}

func (t *intTable) rehash() {
	old := t.slots
	t.slots = pages.Make[intSlot](max(64, 2*len(old)))
	mask := uint64(len(t.slots) - 1)
	for _, s := range old {
		if s.code != 0 {
			i := hashInt(s.key) & mask
			for t.slots[i].code != 0 {
				i = (i + 1) & mask
			}
			t.slots[i] = s
		}
	}
}

func (t *intTable) bytes() int64 { return int64(len(t.slots)) * 16 }
