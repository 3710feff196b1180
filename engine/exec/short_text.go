package exec

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// shortText is a byte string of at most shortLength bytes, with zeros behind it and its length in the last byte: equal strings
// are equal words.
type shortText struct{ low, high uint64 }

const shortLength = 15

// shortMasks are the bits of a short text, by its length.
var shortMasks = func() (masks [16]shortText) {
	for n := range masks {
		masks[n].low = 1<<(8*min(n, 8)) - 1
		masks[n].high = 1<<(8*max(n-8, 0)) - 1
	}
	return masks
}()

func shortOf(key []byte) shortText {
	var b [16]byte
	copy(b[:], key)
	return shortText{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:]) | uint64(len(key))<<56}
}

// appendTo appends the bytes of the text.
func (k shortText) appendTo(out []byte) []byte {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], k.low)
	binary.LittleEndian.PutUint64(b[8:], k.high)
	return append(out, b[:k.high>>56]...)
}

func (k shortText) hash(seed uint64) uint32 {
	hi, lo := bits.Mul64(k.low^seed, k.high^0x9e3779b97f4a7c15)
	hi, lo = bits.Mul64(hi^lo^seed, 0xd6e8feb86659fd93)
	return uint32(hi ^ lo)
}

// insertAllShort is insertAll until a string is long; it returns how many it has numbered.
func (t *bytesTable) insertAllShort(offsets []int32, data []byte, out []uint32) int {
	var keys [512]shortText
	var hashes [512]uint32
	for done := 0; done < len(out); {
		n := min(len(keys), len(out)-done)
		if n = shortTexts(offsets[done:done+n+1], data, keys[:n]); n == 0 {
			return done
		}
		for i, k := range keys[:n] {
			hashes[i] = k.hash(t.mixed)
		}
		if len(t.slots) == 0 {
			t.rehash()
		}
		to := out[done : done+n]
		t.probe(hashes[:n], to)
		for i, c := range to {
			if c != 0 && t.short[c-1] == keys[i] {
				to[i] = c - 1
			} else {
				to[i] = t.insertShort(keys[i], hashes[i])
			}
		}
		done += n
	}
	return len(out)
}

// probe gives what the first slot of each hash has: a number and one, or 0 where there is none.
func (t *bytesTable) probe(hashes, out []uint32) {
	mask := uint32(len(t.slots) - 1)
	for i, h := range hashes {
		at := h & mask
		s := t.slots[at]
		for s.hash != h && s.code != 0 {
			at = (at + 1) & mask
			s = t.slots[at]
		}
		out[i] = s.code
	}
}

// findAll looks for consecutive strings among the short ones, many at a time; those that are not there get unset.
func (t *bytesTable) findAll(offsets []int32, data []byte, out []uint32) {
	var keys [512]shortText
	var hashes [512]uint32
	for done := 0; done < len(out); {
		n := min(len(keys), len(out)-done)
		n = shortTexts(offsets[done:done+n+1], data, keys[:n])
		if n == 0 { // a long one is not there
			out[done] = unset
			done++
			continue
		}
		for i, k := range keys[:n] {
			hashes[i] = k.hash(t.mixed)
		}
		to := out[done : done+n]
		t.probe(hashes[:n], to)
		for i, c := range to {
			if c != 0 && t.short[c-1] == keys[i] {
				to[i] = c - 1
			} else {
				to[i] = unset
			}
		}
		done += n
	}
}

// shortTexts reads strings up to the first long one, and returns how many these are.
func shortTexts(offsets []int32, data []byte, keys []shortText) int {
	offsets = offsets[:len(keys)+1]
	for i := range keys {
		from := int(offsets[i])
		n := int(offsets[i+1]) - from
		if n > shortLength {
			return i
		}
		if len(data)-from < 16 {
			keys[i] = shortOf(data[from : from+n])
			continue
		}
		at := data[from : from+16]
		m := shortMasks[n]
		keys[i] = shortText{binary.LittleEndian.Uint64(at) & m.low, binary.LittleEndian.Uint64(at[8:])&m.high | uint64(n)<<56}
	}
	return len(keys)
}

func (t *bytesTable) insertShort(k shortText, h uint32) uint32 {
	if len(t.short)*2 >= len(t.slots) {
		t.rehash()
	}
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.code == 0 {
			t.short = append(t.short, k)
			s.hash, s.code = h, uint32(len(t.short))
			return s.code - 1
		}
		if s.hash == h && t.short[s.code-1] == k {
			return s.code - 1
		}
	}
}

func (t *bytesTable) findShort(k shortText) uint32 {
	h := k.hash(t.mixed)
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.code == 0 {
			return none
		}
		if s.hash == h && t.short[s.code-1] == k {
			return s.code - 1
		}
	}
}

// lengthen goes on with strings in data.
func (t *bytesTable) lengthen() {
	t.long = true
	clear(t.slots)
	mask := uint32(len(t.slots) - 1)
	for code, k := range t.short {
		from := len(t.data)
		t.data = k.appendTo(t.data)
		t.ends = append(t.ends, len(t.data))
		h := uint32(maphash.Bytes(t.seed, t.data[from:]))
		i := h & mask
		for t.slots[i].code != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = bytesSlot{h, uint32(code) + 1}
	}
	t.short = nil
}
