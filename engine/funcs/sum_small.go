package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// addSmall adds whole numbers of few bits as they lie, without looking at their sizes first; it reports whether they are such,
// and all there.
func (s *sums) addSmall(groups []uint32, a arrow.Array) bool {
	if s.wide || a.NullN() > 0 {
		return false
	}
	switch a := a.(type) {
	case *array.Int8:
		addWithin(s, a.Int8Values(), 1<<7, groups)
	case *array.Int16:
		addWithin(s, a.Int16Values(), 1<<15, groups)
	case *array.Int32:
		addWithin(s, a.Int32Values(), 1<<31, groups)
	default:
		return false
	}
	return true
}

func addWithin[T int8 | int16 | int32](s *sums, in []T, size uint64, groups []uint32) {
	s.room(len(in), size) // which is small enough
	if s.mean {
		addCounted(s.ints, s.counts, in, groups)
	} else {
		addTo(s.ints, in, groups)
	}
}

type addend interface {
	int8 | int16 | int32 | int64 | float64
}

// addTo adds every value to the sum of its group. NoGroup is past all groups.
func addTo[S int64 | float64, T addend](sums []S, in []T, groups []uint32) {
	groups = groups[:len(in)]
	for i, x := range in {
		if g := groups[i]; uint64(g) < uint64(len(sums)) {
			sums[g] += S(x)
		}
	}
}

// addCounted also counts the values.
func addCounted[S int64 | float64, T addend](sums []S, counts []int64, in []T, groups []uint32) {
	groups, counts = groups[:len(in)], counts[:len(sums)]
	for i, x := range in {
		if g := groups[i]; uint64(g) < uint64(len(sums)) {
			sums[g] += S(x)
			counts[g]++
		}
	}
}
