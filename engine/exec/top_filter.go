package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// topFilter leaves out rows that cannot be among the first of their group: for each group it knows the least numbers of the first key
// that one thread has seen. It gives up where it costs more than it saves.
type topFilter struct {
	n       int // rows of a group
	keys    *keyCodes
	cache   *keyCache
	codes   []uint32
	numbers []uint64
	best    []uint64 // n a group, ascending
	have    []uint32 // so many of them are set
	in, out int
}

const (
	maxFilterRows   = 16      // of a group: more are found by sorting alone
	maxFilterGroups = 1 << 22 // of one thread
)

func newTopFilter(by int, n int64) *topFilter {
	if n < 1 || n > maxFilterRows || by == 0 {
		return nil
	}
	return &topFilter{n: int(n), keys: newKeyCodes(by), cache: newKeyCache(by)}
}

// worth reports whether the filter is to be asked again.
func (f *topFilter) worth() bool {
	return len(f.have) < maxFilterGroups && (f.in < groupRows || f.out < f.in/2)
}

// rows lists the rows of a batch that may be among the first.
func (f *topFilter) rows(by []arrow.Array, key arrow.Array, desc bool) []int32 {
	n := key.Len()
	if cap(f.codes) < n {
		f.codes, f.numbers = make([]uint32, n), make([]uint64, n)
	}
	codes, numbers := f.codes[:n], f.numbers[:n]
	f.keys.insert(by, f.cache, codes)
	numbersOf(key, desc, numbers)
	groups := f.keys.len()
	for len(f.have) < groups {
		f.have = append(f.have, make([]uint32, max(groups-len(f.have), len(f.have)))...)
		f.best = append(f.best, make([]uint64, len(f.have)*f.n-len(f.best))...)
	}
	out := make([]int32, 0, n/8)
	for i, g := range codes {
		best := f.best[int(g)*f.n : int(g+1)*f.n]
		have, v := int(f.have[g]), numbers[i]
		if have == f.n {
			if v > best[have-1] {
				continue
			}
			have--
		} else {
			f.have[g]++
		}
		at := have
		for ; at > 0 && best[at-1] > v; at-- {
			best[at] = best[at-1]
		}
		best[at] = v
		out = append(out, int32(i))
	}
	f.in, f.out = f.in+n, f.out+len(out)
	return out
}

func (f *topFilter) bytes() int64 {
	return f.keys.bytes() + int64(cap(f.best))*8 + int64(cap(f.have))*4
}

// numbersOf is prefixes, with loops of their own for the types that are sorted by most.
func numbersOf(a arrow.Array, desc bool, out []uint64) {
	switch a := a.(type) {
	case *array.Int64:
		for i, v := range a.Int64Values() {
			out[i] = signed(v)
		}
	case *array.Float64:
		for i, v := range a.Float64Values() {
			out[i] = floatNumber(v)
		}
	case *array.Timestamp:
		for i, v := range a.TimestampValues() {
			out[i] = signed(int64(v))
		}
	default:
		copy(out, prefixes(a, desc))
		return
	}
	if desc {
		for i, v := range out {
			out[i] = ^v
		}
	}
	if a.NullN() > 0 {
		valid, from := a.NullBitmapBytes(), a.Data().Offset()
		for i := range out {
			if bitutil.BitIsNotSet(valid, from+i) {
				out[i] = ^uint64(0)
			}
		}
	}
}
