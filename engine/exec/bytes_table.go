package exec

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/pages"
)

// bytesTable numbers distinct byte strings 0, 1, 2, … in the order of insertion. As long as all are short, each is two words;
// from the first long one on they lie one after the other in data.
type bytesTable struct {
	seed  maphash.Seed
	mixed uint64 // a seed of the short ones' hashes
	slots []bytesSlot
	short []shortText
	long  bool  // short is not used any more
	ends  []int // of string i in data
	data  []byte
}

type bytesSlot struct {
	hash uint32
	code uint32 // code+1; 0 for an empty slot
}

func newBytesTable() *bytesTable {
	t := &bytesTable{seed: maphash.MakeSeed()}
	t.mixed = maphash.Bytes(t.seed, nil)
	return t
}

func (t *bytesTable) len() int {
	if t.long {
		return len(t.ends)
	}
	return len(t.short)
}

func (t *bytesTable) value(code uint32) []byte {
	start := 0
	if code > 0 {
		start = t.ends[code-1]
	}
	return t.data[start:t.ends[code]]
}

func (t *bytesTable) insert(key []byte) uint32 {
	if !t.long {
		if len(key) <= shortLength {
			k := shortOf(key)
			return t.insertShort(k, k.hash(t.mixed))
		}
		t.lengthen()
	}
	return t.insertHashed(key, uint32(maphash.Bytes(t.seed, key)))
}

// insertAll numbers consecutive strings. It hashes many before it looks for any, and looks for many before it compares, so
// that waiting for memory overlaps.
func (t *bytesTable) insertAll(offsets []int32, data []byte, out []uint32) {
	if !t.long {
		done := t.insertAllShort(offsets, data, out)
		if done == len(out) {
			return
		}
		offsets, out = offsets[done:], out[done:]
		t.lengthen()
	}
	var hashes [512]uint32
	for len(out) > 0 {
		n := min(len(hashes), len(out))
		for i := range n {
			hashes[i] = uint32(maphash.Bytes(t.seed, data[offsets[i]:offsets[i+1]]))
		}
		if len(t.slots) == 0 {
			t.rehash()
		}
		mask := uint32(len(t.slots) - 1)
		for i, h := range hashes[:n] {
			s := &t.slots[h&mask]
			if out[i] = s.code; s.hash != h {
				out[i] = 0
			}
		}
		for i, h := range hashes[:n] {
			key := data[offsets[i]:offsets[i+1]]
			if c := out[i]; c != 0 && equalBytes(t.value(c-1), key) {
				out[i] = c - 1
			} else {
				out[i] = t.insertHashed(key, h)
			}
		}
		offsets, out = offsets[n:], out[n:]
	}
}

// equalBytes is bytes.Equal without a call for keys of usual lengths.
func equalBytes(a, b []byte) bool {
	n := len(a)
	if n != len(b) {
		return false
	}
	if n < 8 || n > 16 {
		return bytes.Equal(a, b)
	}
	return binary.LittleEndian.Uint64(a) == binary.LittleEndian.Uint64(b) &&
		binary.LittleEndian.Uint64(a[n-8:]) == binary.LittleEndian.Uint64(b[n-8:])
}

func (t *bytesTable) insertHashed(key []byte, h uint32) uint32 {
	if len(t.ends)*2 >= len(t.slots) {
		t.rehash()
	}
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
	if t.len() == 0 {
		return none
	}
	if !t.long {
		if len(key) > shortLength {
			return none
		}
		return t.findShort(shortOf(key))
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
	t.slots = pages.Make[bytesSlot](max(64, 2*len(old)))
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

// strings gives all as a column, in the order of their numbers; ok is false where they are too long for one.
func (t *bytesTable) strings(mem memory.Allocator) (column *array.String, ok bool) {
	text, ends := t.data, t.ends
	for _, k := range t.short {
		text = k.appendTo(text)
		ends = append(ends, len(text))
	}
	if len(text) > math.MaxInt32 {
		return nil, false
	}
	offsets, values := allocate(mem, 4*(len(ends)+1)), allocate(mem, len(text))
	defer offsets.Release()
	defer values.Release()
	copy(values.Bytes(), text)
	to := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	to[0] = 0
	for i, end := range ends {
		to[i+1] = int32(end)
	}
	data := array.NewData(arrow.BinaryTypes.String, len(ends), []*memory.Buffer{nil, offsets, values}, nil, 0, 0)
	defer data.Release()
	return array.NewStringData(data), true
}

func (t *bytesTable) bytes() int64 {
	return int64(len(t.slots))*8 + int64(cap(t.short))*16 + int64(cap(t.ends))*8 + int64(cap(t.data))
}
