package funcs

import (
	"math/bits"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/kernels"
)

// Few is what several accumulators can use of a batch whose rows belong to few groups: how many each has, so that only one counts
// them. Of very few also which rows those are, as bits: then whole registers are added at a time, and no addition waits for the one
// before, as it does where most rows belong to the same group.
type Few struct {
	codes  []uint32   // by row
	rows   [][]uint64 // by group, of very few; else nil
	counts []int64
	room   []uint64
	more   []int64
}

const (
	mostCounted = 4 << 10
	countedRows = 8 // of a group, on average, from which on to count apart pays
)

// mostOfBits is how many groups are very few: a column is gone through once for each.
var mostOfBits = func() int {
	if kernels.WideSums() {
		return 8
	}
	return 0
}()

// FewAccumulator is an accumulator that takes rows of few groups at once.
type FewAccumulator interface {
	// TakesFew reports whether UpdateFew may be of use where there are so many groups.
	TakesFew(groups int) bool
	// UpdateFew is Update of the same rows. It reports false, having done nothing, where it is of no use for these columns.
	UpdateFew(f *Few, args []arrow.Array) (bool, error)
}

// IsFew reports whether so many groups of so many rows are few.
func IsFew(groups, rows int) bool {
	return groups <= mostOfBits || groups <= mostCounted && groups*countedRows <= rows
}

// Set says to which group each row belongs, all of them to one below groups. The codes must stay.
func (f *Few) Set(codes []uint32, groups int) {
	f.codes, f.rows = codes, nil
	f.counts = cleared(f.counts, groups)
	if groups > mostOfBits {
		f.more = cleared(f.more, groups)
		counts, more := f.counts, f.more
		for ; len(codes) >= 2; codes = codes[2:] { // in two places, so that a count need not wait for the one before
			counts[codes[0]]++
			more[codes[1]]++
		}
		for _, g := range codes {
			counts[g]++
		}
		for g, n := range more {
			counts[g] += n
		}
		return
	}
	if len(codes) == 0 {
		return
	}
	words := Words(len(codes))
	if cap(f.room) < words*groups {
		f.room = make([]uint64, words*groups)
	}
	for g := range groups {
		rows := f.room[g*words : (g+1)*words]
		kernels.Best.EqualConst32(unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(codes))), len(codes)), int32(g), rows)
		for _, w := range rows {
			f.counts[g] += int64(bits.OnesCount64(w))
		}
		f.rows = append(f.rows, rows)
	}
}

func cleared(s []int64, n int) []int64 {
	if cap(s) < n {
		return make([]int64, n)
	}
	clear(s[:n])
	return s[:n]
}

// TakesFew is always so.
func (c *counts) TakesFew(int) bool { return true }

// UpdateFew counts rows where none is absent.
func (c *counts) UpdateFew(f *Few, args []arrow.Array) (bool, error) {
	if len(c.of) > 0 && (c.only || args[0].NullN() > 0) {
		return false, nil
	}
	addCounts(c.n, f)
	return true, nil
}

func addCounts(to []int64, f *Few) {
	for g, n := range f.counts {
		to[g] += n
	}
}

// TakesFew is so where rows are counted, or whole numbers are added by bits.
func (s *sums) TakesFew(groups int) bool { return s.mean || !s.wide && groups <= mostOfBits }

// UpdateFew adds numbers where none is absent: by bits whole numbers and decimals of up to 64 bits. Floats are added one after the
// other, so that their sums do not depend on how many groups there are.
func (s *sums) UpdateFew(f *Few, args []arrow.Array) (bool, error) {
	a := args[0]
	if a.NullN() > 0 || (s.wide || f.rows == nil) && !s.mean {
		return false, nil
	}
	if s.wide || f.rows == nil {
		switch a := a.(type) {
		case *array.Float64:
			addTo(s.floats, a.Float64Values(), f.codes)
		case *array.Int8:
			addCodes(s, f, a.Int8Values(), 1<<7)
		case *array.Int16:
			addCodes(s, f, a.Int16Values(), 1<<15)
		case *array.Int32:
			addCodes(s, f, a.Int32Values(), 1<<31)
		default:
			return false, nil
		}
		addCounts(s.counts, f)
		return true, nil
	}
	switch a := a.(type) {
	case *array.Int8:
		addFew(s, f, a.Int8Values(), 1<<7, kernels.Best.SumKept8)
	case *array.Int16:
		addFew(s, f, a.Int16Values(), 1<<15, kernels.Best.SumKept16)
	case *array.Int32:
		addFew(s, f, a.Int32Values(), 1<<31, kernels.Best.SumKept32)
	case *array.Int64:
		size := kernels.Best.Size(a.Int64Values())
		if size >= maxSize {
			return false, nil
		}
		addFew(s, f, a.Int64Values(), size, kernels.Best.SumKept64)
	default:
		return false, nil
	}
	if s.mean {
		addCounts(s.counts, f)
	}
	return true, nil
}

func addCodes[T int8 | int16 | int32](s *sums, f *Few, in []T, size uint64) {
	s.room(len(in), size) // which is small enough
	addTo(s.ints, in, f.codes)
}

// fewRows is how many rows are gone through for one group after the other: so many stay in the processor's nearest cache.
const fewRows = 4 << 10

// addFew adds numbers of which none is larger than size, or below -1 - size.
func addFew[T int8 | int16 | int32 | int64](s *sums, f *Few, in []T, size uint64, sum func([]T, []uint64) int64) {
	for from := 0; from < len(in); from += fewRows {
		part := in[from:min(len(in), from+fewRows)]
		s.room(len(part), size)
		for g, rows := range f.rows {
			s.ints[g] += sum(part, rows[from/64:])
		}
	}
}
