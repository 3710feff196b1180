package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
)

// keyCodes numbers distinct rows of key columns: each column's values are numbered, and then pairs of numbers, from left to
// right. So every combination of types takes the same few loops, and dictionary-encoded columns are never decoded.
type keyCodes struct {
	columns []*columnCodes
	pairs   []*intTable // pairs[i] joins column i+1 to those before it
}

// keyCache is one thread's scratch for keyCodes.
type keyCache struct {
	columns []codeCache
	codes   []uint32
}

func newKeyCodes(columns int) *keyCodes {
	k := &keyCodes{}
	for i := range columns {
		k.columns = append(k.columns, newColumnCodes())
		if i > 0 {
			k.pairs = append(k.pairs, &intTable{})
		}
	}
	return k
}

func newKeyCache(columns int) *keyCache { return &keyCache{columns: make([]codeCache, columns)} }

func (k *keyCodes) len() int {
	switch len(k.columns) {
	case 0:
		return 1
	case 1:
		return int(k.columns[0].n)
	}
	return int(k.pairs[len(k.pairs)-1].n)
}

// insert writes the number of each row's key, 0 where there are no key columns. It must not run beside any other call.
func (k *keyCodes) insert(cols []arrow.Array, cache *keyCache, out []uint32) {
	k.run(cols, cache, out, true)
}

// find writes the number of each row's key, or none. Any number may run at a time, each with its cache.
func (k *keyCodes) find(cols []arrow.Array, cache *keyCache, out []uint32) {
	k.run(cols, cache, out, false)
}

func (k *keyCodes) run(cols []arrow.Array, cache *keyCache, out []uint32, add bool) {
	if len(cols) == 0 {
		clear(out)
		return
	}
	k.columns[0].run(cols[0], &cache.columns[0], out, add)
	for c := 1; c < len(cols); c++ {
		if cap(cache.codes) < len(out) {
			cache.codes = make([]uint32, len(out))
		}
		right := cache.codes[:len(out)]
		k.columns[c].run(cols[c], &cache.columns[c], right, add)
		t := k.pairs[c-1]
		for i, r := range right {
			l := out[i]
			switch {
			case l == none || r == none:
				out[i] = none
			case add:
				out[i] = t.insert(uint64(l)<<32 | uint64(r))
			default:
				out[i] = t.find(uint64(l)<<32 | uint64(r))
			}
		}
	}
}

func (k *keyCodes) bytes() int64 {
	var n int64
	for _, c := range k.columns {
		n += c.bytes()
	}
	for _, p := range k.pairs {
		n += p.bytes()
	}
	return n
}
