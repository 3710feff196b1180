package exec

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/pages"
)

// joinTable says which build rows have a key, by its word. It does not change while it is probed. Rows that the output may have
// come first; the others are only there for the guard.
type joinTable struct {
	keys *joinKeys
	n    int // rows
	kept int // of them may be in the output

	heads []int32      // the first row of each word, from one: where words are close together
	slots [][]joinSlot // else open addressing, in parts that a key does not leave
	part  uint64       // slots of a part, a power of two
	shift int          // what a hash is shifted by to be a slot of all
	seed  uint64
	next  []int32  // the next row of the same word, from one; nil where all are different
	there []uint64 // a bit for each word that some row has, where there are not too many
	bare  bool     // nobody asks for the rows: there is all that there is
	tags  []uint64 // where there are: of each word some bits, which most other words do not have
	// tagShift is what a hash is shifted by to be a place in tags.
	tagShift int

	columns []*builtColumn
	held    holding
}

type joinSlot struct {
	word uint64
	head int32 // from one; 0 for an empty slot
}

// fewBuildRows are not worth a second thread.
const fewBuildRows = 1 << 14

// index finds the rows of each word, with the threads that are at hand. exists says that only whether there are any will be asked.
func (t *joinTable) index(threads int, words []uint64, exists bool) error {
	t.n = len(words)
	n, span := uint64(t.n), t.keys.words
	if t.n < fewBuildRows {
		threads = 1
	}
	if exists && span <= 256*n+1<<16 {
		t.bare = true
		return t.mark(threads, words)
	}
	t.hold(int64(n) * 4)
	t.next = make([]int32, n)
	var twice atomic.Bool
	var err error
	if span <= 8*n+1<<15 {
		t.hold(int64(span) * 4)
		t.heads = make([]int32, span)
		err = spread(threads, threads, func(_, p int) error {
			low, high := cut(len(t.heads), p, threads)
			pages.Touch(t.heads[low:high])
			if t.address(words, uint64(low), uint64(high)) {
				twice.Store(true)
			}
			return nil
		})
	} else {
		if span > markable {
			t.makeTags()
		}
		if err = t.scatter(threads, words, &twice); err == nil && span <= markable {
			err = t.mark(threads, words)
		}
	}
	if !twice.Load() {
		t.hold(-int64(n) * 4)
		t.next = nil
	}
	return err
}

// markable is how many words may have a bit each: those of 4 MB.
const markable = 1 << 25

// mark sets the bit of each word.
func (t *joinTable) mark(threads int, words []uint64) error {
	bits := make([]uint64, t.keys.words/64+1)
	t.hold(int64(len(bits)) * 8)
	t.there = bits
	return spread(threads, threads, func(_, p int) error {
		low, high := cut(len(bits), p, threads)
		pages.Touch(bits[low:high])
		for _, w := range words {
			if at := int(w / 64); at >= low && at < high {
				bits[at] |= 1 << (w % 64)
			}
		}
		return nil
	})
}

// makeTags makes room for the tags of all rows: a Bloom filter of two bits a word, both in one place, with some 16 bits for each row.
// What is told apart by the first bits of a hash is so here and among the slots: threads that share out these share out those.
func (t *joinTable) makeTags() {
	size := 64
	for size*4 < t.n {
		size *= 2
	}
	t.hold(int64(size) * 8)
	t.tags = make([]uint64, size)
	t.tagShift = 64 - bits.TrailingZeros(uint(size))
}

// tagOf is where the bits of a word with a hash are, and which.
func (t *joinTable) tagOf(hash uint64) (at, set uint64) {
	return hash >> t.tagShift, 1<<(hash&63) | 1<<(hash>>6&63)
}

func (t *joinTable) hold(more int64) { t.held.set(t.held.n + more) }

// cut is part p of n things that are dealt to so many.
func cut(n, p, parts int) (from, to int) { return n * p / parts, n * (p + 1) / parts }

// address chains the rows whose words are from low on and below high, from the last row on, so that chains go up.
func (t *joinTable) address(words []uint64, low, high uint64) (twice bool) {
	for i, w := range slices.Backward(words) {
		if w < low || w >= high {
			continue
		}
		if h := t.heads[w]; h != 0 {
			t.next[i] = h
			twice = true
		}
		t.heads[w] = int32(i + 1)
	}
	return twice
}

// scatter is for words that are far apart.
func (t *joinTable) scatter(threads int, words []uint64, twice *atomic.Bool) error {
	parts := 1
	for parts*2 <= min(threads, 16) {
		parts *= 2
	}
	t.part = 64
	for t.part*uint64(parts)*2 < uint64(len(words))*3 {
		t.part *= 2
	}
	t.seed = rand.Uint64()
	for {
		size := t.part * uint64(parts)
		t.hold(int64(size) * 16)
		t.slots, t.shift = make([][]joinSlot, parts), 64-bits.TrailingZeros64(size)
		var full atomic.Bool
		err := spread(threads, parts, func(_, p int) error {
			t.slots[p] = pages.Make[joinSlot](int(t.part)) // here, because so much memory takes time to clear
			low, high := cut(len(t.tags), p, parts)
			pages.Touch(t.tags[low:high])
			double, fits := t.fill(words, uint64(p))
			if double {
				twice.Store(true)
			}
			if !fits {
				full.Store(true)
			}
			return nil
		})
		if err != nil || !full.Load() {
			return err
		}
		t.hold(-int64(size) * 16)
		clear(t.next)
		t.part *= 2
	}
}

func (t *joinTable) hash(word uint64) uint64 {
	hi, lo := bits.Mul64(word^t.seed, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// fill chains the rows of a part, and tags their words. A part that gets nearly full does not fit.
func (t *joinTable) fill(words []uint64, part uint64) (twice, fits bool) {
	slots, from, mask, room := t.slots[part], part*t.part, t.part-1, t.part-t.part/8
	for i, w := range slices.Backward(words) {
		hash := t.hash(w)
		at := hash >> t.shift
		if at&^mask != from {
			continue
		}
		if t.tags != nil {
			to, set := t.tagOf(hash)
			t.tags[to] |= set
		}
		for {
			s := &slots[at&mask]
			if s.head == 0 {
				if room == 0 {
					return twice, false
				}
				room--
				s.word, s.head = w, int32(i+1)
				break
			}
			if s.word == w {
				t.next[i] = s.head
				s.head = int32(i + 1)
				twice = true
				break
			}
			at++
		}
	}
	return twice, true
}

// find writes the first row of each word, or -1. Where rows are not kept apart it is row 0.
func (t *joinTable) find(words []uint64, out []int32) {
	switch {
	case t.bare:
		for i, w := range words {
			out[i] = -1
			if w != miss && t.there[w/64]>>(w%64)&1 != 0 {
				out[i] = 0
			}
		}
	case t.heads != nil:
		for i, w := range words {
			out[i] = -1
			if w < uint64(len(t.heads)) {
				out[i] = t.heads[w] - 1
			}
		}
	case t.there != nil:
		for i, w := range words {
			out[i] = -1
			if w != miss && t.there[w/64]>>(w%64)&1 != 0 {
				out[i] = t.findOne(w, t.hash(w))
			}
		}
	default:
		for i, w := range words {
			out[i] = -1
			if w == miss {
				continue
			}
			hash := t.hash(w)
			if at, set := t.tagOf(hash); t.tags[at]&set == set {
				out[i] = t.findOne(w, hash)
			}
		}
	}
}

// hasAll reports, in the simplest case, whether the table has every key: that of one column of words that have a bit each. It is
// false too where that is not the case.
func (t *joinTable) hasAll(keys []arrow.Array) bool {
	key := t.keys.columns[0]
	if len(keys) != 1 || !t.bare || !key.some || key.absent || key.text != nil || key.ints != nil || key.fold != nil {
		return false
	}
	ints, ok := keys[0].(*array.Int64)
	if !ok || ints.NullN() > 0 {
		return false
	}
	all := uint64(1)
	for _, v := range ints.Int64Values() {
		w := uint64(v) - uint64(key.least)
		if w > key.most {
			return false
		}
		all &= t.there[w/64] >> (w % 64)
	}
	return all == 1
}

// findOne is the first row of a word with a hash, or -1.
func (t *joinTable) findOne(w, hash uint64) int32 {
	at := hash >> t.shift
	slots, mask := t.slots[at/t.part], t.part-1
	for {
		s := &slots[at&mask]
		if s.head == 0 || s.word == w {
			return s.head - 1
		}
		at++
	}
}

// after is the next row of the same key, or -1.
func (t *joinTable) after(row int32) int32 {
	if t.next == nil {
		return -1
	}
	return t.next[row] - 1
}

// count is how many rows the chain has that begins at a row; -1 begins none.
func (t *joinTable) count(row int32) int {
	n := 0
	for ; row >= 0; row = t.after(row) {
		n++
	}
	return n
}

func (t *joinTable) close() {
	for _, c := range t.columns {
		c.close()
	}
	t.held.set(0)
}
