package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// topFilter leaves out rows that cannot be among the first of their group: for each group it knows the least numbers of the first key
// that one thread has seen. It gives up where it costs more than it saves.
type topFilter struct {
	n       int // rows of a group
	keys    *groupKeys
	codes   []uint32
	fresh   []int32
	numbers []uint64
	best    []uint64 // n a group, ascending; the largest number where there are fewer
	last    []uint64 // of those, by group: what every row is compared with
	in, out int
}

// topMarks are the groups of rows that were let through, and their numbers.
type topMarks struct {
	codes   []uint32
	numbers []uint64
}

const (
	maxFilterRows   = 16      // of a group: more are found by sorting alone
	maxFilterGroups = 1 << 22 // of one thread
)

func newTopFilter(by int, n int64) *topFilter {
	if n < 1 || n > maxFilterRows || by == 0 {
		return nil
	}
	return &topFilter{n: int(n), keys: newGroupKeys(by)}
}

// worth reports whether the filter is to be asked again.
func (f *topFilter) worth() bool {
	return f.keys.len() < maxFilterGroups && (f.in < groupRows || f.out < f.in/2)
}

// rows lists the rows of a batch that may be among the first.
func (f *topFilter) rows(mem *budget, by []arrow.Array, key arrow.Array, desc bool) ([]int32, topMarks) {
	n := key.Len()
	if cap(f.codes) < n {
		f.codes, f.numbers = make([]uint32, n), make([]uint64, n)
	}
	codes, numbers := f.codes[:n], f.numbers[:n]
	f.fresh = f.keys.insert(mem, by, codes, f.fresh[:0])
	numbersOf(key, desc, numbers)
	f.best, f.last = endless(f.best, f.keys.len()*f.n), endless(f.last, f.keys.len())
	out := make([]int32, 0, n/8)
	for i, g := range codes {
		v := numbers[i]
		if v > f.last[g] {
			continue
		}
		best := f.best[int(g)*f.n : int(g+1)*f.n]
		at := f.n - 1
		for ; at > 0 && best[at-1] > v; at-- {
			best[at] = best[at-1]
		}
		best[at] = v
		f.last[g] = best[f.n-1]
		out = append(out, int32(i))
	}
	f.in, f.out = f.in+n, f.out+len(out)
	m := topMarks{make([]uint32, len(out)), make([]uint64, len(out))}
	for i, r := range out {
		m.codes[i], m.numbers[i] = codes[r], numbers[r]
	}
	return out, m
}

// still lists which of the rows that were let through may be among the first by what is known now, and keeps their marks.
func (f *topFilter) still(m *topMarks) []int32 {
	out := make([]int32, 0, len(m.codes))
	for i, g := range m.codes {
		if v := m.numbers[i]; v <= f.last[g] {
			m.codes[len(out)], m.numbers[len(out)] = g, v
			out = append(out, int32(i))
		}
	}
	m.codes, m.numbers = m.codes[:len(out)], m.numbers[:len(out)]
	return out
}

// endless makes room for n numbers, the new ones the largest that there are.
func endless(s []uint64, n int) []uint64 {
	from := len(s)
	s = slices.Grow(s, max(0, n-from))[:max(n, from)]
	for i := range s[from:] {
		s[from+i] = ^uint64(0)
	}
	return s
}

func (f *topFilter) bytes() int64 { return f.keys.bytes() + int64(cap(f.best)+cap(f.last))*8 }

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
