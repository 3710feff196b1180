package exec

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// within lists the rows whose number (prefixes) is no larger than border. Absent values are numbered math.MaxUint64.
func within(a arrow.Array, desc bool, border uint64) []int32 {
	if border == math.MaxUint64 {
		return allRows(a.Len())
	}
	out := make([]int32, 0, 64)
	switch a := a.(type) {
	case *array.Int64:
		return withinInts(out, a, a.Int64Values(), desc, border)
	case *array.Timestamp:
		return withinInts(out, a, a.TimestampValues(), desc, border)
	case *array.Date32:
		return withinInts(out, a, a.Date32Values(), desc, border)
	case *array.Float64:
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
		for i := range a.Len() {
			if a.IsValid(i) && in[a.GetValueIndex(i)] {
				out = append(out, int32(i))
			}
		}
		return out
	}
	for i, n := range prefixes(a, desc) {
		if n <= border {
			out = append(out, int32(i))
		}
	}
	return out
}

func withinInts[T int32 | ~int64 | arrow.Date32](out []int32, a arrow.Array, values []T, desc bool, border uint64) []int32 {
	if desc {
		least := int64(^border ^ 1<<63)
		for i, v := range values {
			if int64(v) >= least && a.IsValid(i) {
				out = append(out, int32(i))
			}
		}
		return out
	}
	most := int64(border ^ 1<<63)
	for i, v := range values {
		if int64(v) <= most && a.IsValid(i) {
			out = append(out, int32(i))
		}
	}
	return out
}
