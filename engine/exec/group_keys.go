package exec

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/pages"
	"github.com/dreamql/dreamql/engine/types"
)

// groupKeys numbers distinct rows of key columns 0, 1, 2, … for one thread, and gives the key columns back. Each column is a
// number of few bits: an integer less the smallest that was seen, or the code of a value. The numbers of a row are packed
// into words, in which keys are looked up: in an array where the bits are few, else in a hash table. When a number does not
// fit its bits, the columns get wider and the keys are packed anew, which doubling makes rare.
type groupKeys struct {
	columns []*keyColumn
	words   int      // a key; 0 where the only column's codes are the groups
	keys    []uint64 // words for each group
	n       int
	width   uint // bits of the one word

	coming int // rows, or groups, that are being inserted

	direct []uint32  // by key: group+1, or 0
	slots  []intSlot // by hash, of keys of one word
	wide   []bytesSlot

	packed []uint64
}

const (
	directBits  = 14 // keys so short are looked up in an array from the start
	directLimit = 26 // and those where it takes no more than a hash table would, or the rows that come are half as many, up to this
)

func newGroupKeys(columns int) *groupKeys {
	k := &groupKeys{}
	for range columns {
		k.columns = append(k.columns, &keyColumn{})
	}
	return k
}

func (k *groupKeys) len() int {
	if len(k.columns) == 0 {
		return min(k.n, 1)
	}
	return k.n
}

// insert writes the number of each row's group, giving new ones the next. Rows that began one are appended to fresh.
func (k *groupKeys) insert(mem *budget, cols []arrow.Array, out []uint32, fresh []int32) []int32 {
	if len(cols) == 0 {
		clear(out)
		if k.n == 0 && len(out) > 0 {
			k.n = 1
			fresh = append(fresh, 0)
		}
		return fresh
	}
	if len(out) == 0 {
		return fresh
	}
	k.coming = len(out)
	done := 0
	if done, fresh = k.insertKnown(mem, cols, out, fresh); done == len(out) {
		return fresh
	}
	for i, c := range k.columns {
		c.load(mem, cols[i])
	}
	if len(cols) == 1 && k.direct != nil {
		if done, fresh = k.insertNumbers(out, fresh); done == len(out) {
			return fresh
		}
	}
	for {
		if len(cols) == 1 && k.columns[0].codes != nil {
			return k.insertCodes(out, fresh)
		}
		if k.words > 0 && k.pack(len(out)) {
			break
		}
		k.widen(mem)
	}
	return k.insertPacked(out, fresh)
}

// insertPacked looks the words up that are packed.
func (k *groupKeys) insertPacked(out []uint32, fresh []int32) []int32 {
	switch {
	case k.words > 1:
		return k.insertWide(out, fresh)
	case k.direct != nil:
		return k.insertDirect(out, fresh)
	}
	return k.insertHashed(out, fresh)
}

// insertNumbers looks numbers of the only column up as they lie, up to the first that does not fit; it returns how many did.
func (k *groupKeys) insertNumbers(out []uint32, fresh []int32) (int, []int32) {
	c := k.columns[0]
	if c.codes != nil || c.strange || c.absent || !c.some {
		return 0, fresh
	}
	switch in := c.ints.(type) {
	case []int32:
		return insertNumbers(k, in, out, fresh)
	case []int16:
		return insertNumbers(k, in, out, fresh)
	case []int8:
		return insertNumbers(k, in, out, fresh)
	case []uint16:
		return insertNumbers(k, in, out, fresh)
	case []uint8:
		return insertNumbers(k, in, out, fresh)
	}
	return insertNumbers(k, c.ints.([]int64), out, fresh)
}

func insertNumbers[T integer](k *groupKeys, in []T, out []uint32, fresh []int32) (int, []int32) {
	base, direct := k.columns[0].base, k.direct[1:] // without the key of absent
	out = out[:len(in)]
	for i, v := range in {
		at := uint64(int64(v)) - base
		if at >= uint64(len(direct)) {
			return i, fresh
		}
		c := direct[at]
		if c == 0 {
			k.keys = append(k.keys, at+1)
			k.n++
			c = uint32(k.n)
			direct[at] = c
			fresh = append(fresh, int32(i))
		}
		out[i] = c - 1
	}
	return len(in), fresh
}

// insertCodes takes the codes of the only column, which are numbered in order.
func (k *groupKeys) insertCodes(out []uint32, fresh []int32) []int32 {
	c := k.columns[0]
	copy(out, c.batch)
	if next := uint32(k.n); int(c.codes.n) > k.n {
		for i, code := range out {
			if code == next {
				fresh = append(fresh, int32(i))
				next++
			}
		}
		k.n = int(next)
	}
	return fresh
}

// room makes room for the words of n rows.
func (k *groupKeys) room(n int) {
	if cap(k.packed) < n*k.words {
		k.packed = make([]uint64, n*k.words)
	}
	k.packed = k.packed[:n*k.words]
	if k.words > 1 {
		clear(k.packed)
	}
}

// number is what stands in the key of a group for a column.
func (k *groupKeys) number(c *keyColumn, g int) uint64 {
	return k.keys[g*k.words+c.word] >> c.shift & (1<<c.bits - 1)
}

// pack writes the words of n rows, row by row; it reports whether every number fits.
func (k *groupKeys) pack(n int) bool {
	k.room(n)
	var over uint64
	for i, c := range k.columns {
		over |= c.pack(k.packed, k.words, i == 0 && k.words == 1)
	}
	return over == 0
}

// widen gives each column the bits that it needs by now, and packs the keys anew.
func (k *groupKeys) widen(mem *budget) {
	numbers := make([]func(g int) uint64, len(k.columns))
	for i, c := range k.columns {
		old := *c
		if c.measure() {
			numbers[i] = func(g int) uint64 {
				v := k.number(&old, g)
				if c.codes == nil && v != 0 {
					v += old.base - c.base
				}
				return v
			}
			continue
		}
		codes := c.encode(mem, k)
		numbers[i] = func(g int) uint64 { return uint64(codes[g]) }
		c.measure()
	}
	if len(k.columns) == 1 && k.columns[0].codes != nil {
		k.words, k.keys, k.direct, k.slots = 0, nil, nil, nil
		return
	}
	words, used := 1, uint(0)
	for _, c := range k.columns {
		if used+c.bits > 64 {
			words++
			used = 0
		}
		c.word, c.shift = words-1, used
		used += c.bits
	}
	keys := make([]uint64, k.n*words, max(k.n*words, min(cap(k.keys), 2*k.n*words)))
	for i, c := range k.columns {
		for g := range k.n {
			keys[g*words+c.word] |= numbers[i](g) << c.shift
		}
	}
	k.words, k.width, k.keys = words, used, keys
	k.rebuild()
}

// rebuild makes a table for the keys.
func (k *groupKeys) rebuild() {
	k.direct, k.slots, k.wide = nil, nil, nil
	switch {
	case k.words > 1:
		k.wide = pages.Make[bytesSlot](tableSize(k.n))
		mask := uint64(len(k.wide) - 1)
		for g := range k.n {
			h := hashWords(k.keys[g*k.words : (g+1)*k.words])
			i := h & mask
			for k.wide[i].code != 0 {
				i = (i + 1) & mask
			}
			k.wide[i] = bytesSlot{uint32(h >> 32), uint32(g + 1)}
		}
	case k.width <= directBits || k.width <= directLimit && 1<<k.width <= max(8*k.n, 2*k.coming):
		k.direct = pages.Make[uint32](1 << k.width)
		for g, key := range k.keys {
			k.direct[key] = uint32(g + 1)
		}
	default:
		k.slots = pages.Make[intSlot](tableSize(k.n))
		mask := uint64(len(k.slots) - 1)
		for g, key := range k.keys {
			i := hashInt(key) & mask
			for k.slots[i].code != 0 {
				i = (i + 1) & mask
			}
			k.slots[i] = intSlot{key, uint32(g + 1)}
		}
	}
}

// tableSize is for n keys and as many again, at most five eighths full.
func tableSize(n int) int {
	return max(1024, 1<<bits.Len(uint(n*2*8/5)))
}

func (k *groupKeys) full(slots int) bool { return k.n*8 >= slots*5 }

func (k *groupKeys) insertDirect(out []uint32, fresh []int32) []int32 {
	direct := k.direct
	for i, key := range k.packed {
		c := direct[key]
		if c == 0 {
			k.keys = append(k.keys, key)
			k.n++
			c = uint32(k.n)
			direct[key] = c
			fresh = append(fresh, int32(i))
		}
		out[i] = c - 1
	}
	return fresh
}

func (k *groupKeys) insertHashed(out []uint32, fresh []int32) []int32 {
	slots := k.slots
	mask := uint64(len(slots) - 1)
	for i, key := range k.packed {
		at := hashInt(key) & mask
		for {
			s := &slots[at]
			if s.code != 0 {
				if s.key == key {
					out[i] = s.code - 1
					break
				}
				at = (at + 1) & mask
				continue
			}
			k.keys = append(k.keys, key)
			out[i] = uint32(k.n)
			k.n++
			s.key, s.code = key, uint32(k.n)
			fresh = append(fresh, int32(i))
			if k.full(len(slots)) {
				k.rebuild()
				if k.direct != nil {
					k.packed = k.packed[i+1:]
					shifted := k.insertDirect(out[i+1:], nil)
					for _, r := range shifted {
						fresh = append(fresh, r+int32(i)+1)
					}
					return fresh
				}
				slots = k.slots
				mask = uint64(len(slots) - 1)
			}
			break
		}
	}
	return fresh
}

func (k *groupKeys) insertWide(out []uint32, fresh []int32) []int32 {
	w := k.words
	for i := range out {
		key := k.packed[i*w : (i+1)*w]
		h := hashWords(key)
		mask := uint64(len(k.wide) - 1)
		at := h & mask
		for {
			s := &k.wide[at]
			if s.code == 0 {
				k.keys = append(k.keys, key...)
				out[i] = uint32(k.n)
				k.n++
				s.hash, s.code = uint32(h>>32), uint32(k.n)
				fresh = append(fresh, int32(i))
				if k.full(len(k.wide)) {
					k.rebuild()
				}
				break
			}
			if s.hash == uint32(h>>32) && equalWords(k.keys[int(s.code-1)*w:int(s.code)*w], key) {
				out[i] = s.code - 1
				break
			}
			at = (at + 1) & mask
		}
	}
	return fresh
}

func hashWords(key []uint64) uint64 {
	h := uint64(0)
	for _, w := range key {
		h = hashInt(h ^ w)
	}
	return h
}

func equalWords(a, b []uint64) bool {
	for i, x := range b {
		if a[i] != x {
			return false
		}
	}
	return true
}

func (k *groupKeys) bytes() int64 {
	n := int64(cap(k.keys)+cap(k.packed))*8 + int64(len(k.direct))*4 + int64(len(k.slots))*16 + int64(len(k.wide))*8
	for _, c := range k.columns {
		n += c.bytes()
	}
	return n
}

// column gives back key column c, a row for each group.
func (k *groupKeys) column(mem *budget, c int, t types.Type) (arrow.Array, error) {
	return k.columns[c].column(mem, k, t)
}

func (k *groupKeys) release() {
	for _, c := range k.columns {
		releaseAll(c.values)
		c.values = nil
	}
}
