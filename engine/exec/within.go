package exec

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/kernels"
)

// within lists the rows whose number (prefixes) is no larger than border. Absent values are numbered math.MaxUint64. The column may
// be narrow: its numbers are those of the wide one.
func within(a arrow.Array, desc bool, border uint64) []int32 {
	if border == math.MaxUint64 {
		return allRows(a.Len())
	}
	switch a := a.(type) {
	case *array.Int64, *array.Timestamp, *array.Time64:
		return present(a, withinInts(arrow.Int64Traits.CastFromBytes, a, desc, border, kernels.Best.LessConst64))
	case *array.Int32, *array.Date32:
		return present(a, withinInts(arrow.Int32Traits.CastFromBytes, a, desc, border, kernels.Best.LessConst32))
	case *array.Int16:
		return present(a, withinInts(arrow.Int16Traits.CastFromBytes, a, desc, border, kernels.Best.LessConst16))
	case *array.Int8:
		return present(a, withinInts(arrow.Int8Traits.CastFromBytes, a, desc, border, kernels.Best.LessConst8))
	case *array.Float64:
		out := make([]int32, 0, 64)
		for i, v := range a.Float64Values() {
			n := floatNumber(v)
			if desc {
				n = ^n
			}
			if n <= border && a.IsValid(i) {
				out = append(out, int32(i))
			}
		}
		return out
	case *array.Dictionary:
		of := prefixOf(a.Dictionary())
		in := make([]bool, a.Dictionary().Len())
		for i := range in {
			n := of(i)
			if desc {
				n = ^n
			}
			in[i] = n <= border
		}
		out := make([]int32, 0, 64)
		for i := range a.Len() {
			if a.IsValid(i) && in[a.GetValueIndex(i)] {
				out = append(out, int32(i))
			}
		}
		return out
	}
	out := make([]int32, 0, 64)
	for i, n := range prefixes(a, desc) {
		if n <= border {
			out = append(out, int32(i))
		}
	}
	return out
}

// withinInts compares whole numbers as they lie with the one that the border is of: the least that is let through, or the most.
func withinInts[T int8 | int16 | int32 | int64](cast func([]byte) []T, a arrow.Array, desc bool, border uint64, less func([]T, T, []uint64)) []int32 {
	n := a.Len()
	if n == 0 {
		return nil
	}
	if desc {
		border = ^border
	}
	limit := int64(border ^ 1<<63)
	if !desc {
		if limit == math.MaxInt64 {
			return allRows(n)
		}
		limit++ // what is not less is beyond
	}
	values := cast(a.Data().Buffers()[1].Bytes())[a.Data().Offset():][:n]
	if int64(T(limit)) != limit { // of no value here: all are less, or none is
		if limit > 0 == desc {
			return nil
		}
		return allRows(n)
	}
	bits := make([]uint64, (n+63)/64)
	less(values, T(limit), bits)
	if desc {
		for i, w := range bits {
			bits[i] = ^w
		}
		if n&63 != 0 {
			bits[len(bits)-1] &= 1<<(n&63) - 1
		}
	}
	return expr.Rows(bits, n)
}

// present are those of some rows that have a value.
func present(a arrow.Array, rows []int32) []int32 {
	if a.NullN() == 0 {
		return rows
	}
	out := rows[:0]
	for _, r := range rows {
		if a.IsValid(int(r)) {
			out = append(out, r)
		}
	}
	return out
}
