package funcs

import (
	"math/bits"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/kernels"
)

// Few says which rows of a batch belong to which of a few groups, as bits: then whole registers are added at a time, and no
// addition waits for the one before, as it does where most rows belong to the same group.
type Few struct {
	rows   [][]uint64 // by group
	counts []int64
	room   []uint64
}

// MostFew is how many groups are a few: a column is gone through once for each.
const MostFew = 8

// FewAccumulator is an accumulator that takes rows of a few groups at once.
type FewAccumulator interface {
	// UpdateFew is Update of the same rows. It reports false, having done nothing, where it is of no use for these columns.
	UpdateFew(f *Few, args []arrow.Array) (bool, error)
}

// Set says to which group each row belongs, all of them to one below groups.
func (f *Few) Set(codes []uint32, groups int) {
	words := Words(len(codes))
	if cap(f.room) < words*groups {
		f.room = make([]uint64, words*groups)
	}
	f.rows, f.counts = f.rows[:0], f.counts[:0]
	if len(codes) == 0 {
		groups = 0
	}
	for g := range groups {
		rows := f.room[g*words : (g+1)*words]
		kernels.Best.EqualConst32(unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(codes))), len(codes)), int32(g), rows)
		n := 0
		for _, w := range rows {
			n += bits.OnesCount64(w)
		}
		f.rows, f.counts = append(f.rows, rows), append(f.counts, int64(n))
	}
}

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

// UpdateFew adds whole numbers and decimals of up to 64 bits where none is absent. Floats are added one after the other, so that
// their sums do not depend on how many groups there are.
func (s *sums) UpdateFew(f *Few, args []arrow.Array) (bool, error) {
	a := args[0]
	if s.wide || a.NullN() > 0 {
		return false, nil
	}
	switch a := a.(type) {
	case *array.Int8:
		addFew(s, f, a.Int8Values(), 1<<7, kernels.Best.SumKept8)
	case *array.Int16:
		addFew(s, f, a.Int16Values(), 1<<15, kernels.Best.SumKept16)
	case *array.Int32:
		addFew(s, f, a.Int32Values(), 1<<31, kernels.Best.SumKept32)
	case *array.Int64:
		if size := kernels.Best.Size(a.Int64Values()); size >= maxSize {
			return false, nil
		} else {
			addFew(s, f, a.Int64Values(), size, kernels.Best.SumKept64)
		}
	default:
		return false, nil
	}
	if s.mean {
		addCounts(s.counts, f)
	}
	return true, nil
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
