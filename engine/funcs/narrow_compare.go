package funcs

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// mirrored is a comparison with its sides exchanged.
var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

// CompareNarrow writes the bits of a narrow column of type t against a constant, or of the constant against the column if swapped,
// as it lies: it reads a byte where a byte holds a value. It reports false, having done nothing, where this is no such comparison.
func CompareNarrow(name string, a arrow.Array, t types.Type, c *Vec, swapped bool, out []uint64) bool {
	if mirrored[name] == "" || !c.Const || c.Absent() || c.Type.Kind != t.Required().Kind || !IsNarrow(a, t) {
		return false
	}
	var with int64
	switch {
	case len(c.Narrow) == 1:
		with = c.Narrow[0]
	case len(c.Ints) == 1:
		with = c.Ints[0]
	case len(c.Days) == 1:
		with = int64(c.Days[0])
	default:
		return false
	}
	if c.Type.Kind == types.Decimal && c.Type.Scale != t.Required().Scale {
		return false
	}
	if swapped {
		name = mirrored[name]
	}
	equals, negates := name == "==" || name == "!=", name == "!=" || name == ">=" || name == ">"
	always := false
	if name == "<=" || name == ">" { // not less than the next number
		if always = with == math.MaxInt64; !always {
			with++
		}
	}
	switch a := a.(type) {
	case *array.Int8:
		narrowBits(a.Int8Values(), with, math.MinInt8, math.MaxInt8, equals, kernels.Best.LessConst8, kernels.Best.EqualConst8, out)
	case *array.Int16:
		narrowBits(a.Int16Values(), with, math.MinInt16, math.MaxInt16, equals, kernels.Best.LessConst16, kernels.Best.EqualConst16, out)
	case *array.Int32:
		narrowBits(a.Int32Values(), with, math.MinInt32, math.MaxInt32, equals, kernels.Best.LessConst32, kernels.Best.EqualConst32, out)
	case *array.Int64:
		narrowBits(a.Int64Values(), with, math.MinInt64, math.MaxInt64, equals, kernels.Best.LessConst64, kernels.Best.EqualConst64, out)
	default:
		return false
	}
	if always {
		FillBits(out, a.Len())
	}
	if equals && a.NullN() > 0 { // no present constant equals what is absent
		kernels.Best.And(wordsOf(a.NullBitmapBytes(), a.Data().Offset(), a.Len()), out, out)
	}
	if negates {
		flip(out)
	}
	if !equals && a.NullN() > 0 {
		kernels.Best.And(wordsOf(a.NullBitmapBytes(), a.Data().Offset(), a.Len()), out, out)
	}
	return true
}

// narrowBits writes bits of a[i] < c, or of a[i] == c; c may be outside of what T holds.
func narrowBits[T int8 | int16 | int32 | int64](a []T, c, least, most int64, equals bool, less, equal func(a []T, c T, out []uint64), out []uint64) {
	switch {
	case c < least || equals && c > most:
		clear(out)
	case c > most:
		FillBits(out, len(a))
	case equals:
		equal(a, T(c), out)
	default:
		less(a, T(c), out)
	}
}

// FloatsOf returns a way to write rows of a column of whole numbers of type t as floats; nil where it is none, or has absent rows.
func FloatsOf(a arrow.Array, t types.Type) func(from, to int, out []float64) {
	if t.Required().Kind != types.Int || a.NullN() > 0 {
		return nil
	}
	switch a := a.(type) {
	case *array.Int8:
		return convertedRows(a.Int8Values(), kernels.Best.Floats8)
	case *array.Int16:
		return convertedRows(a.Int16Values(), kernels.Best.Floats16)
	case *array.Int32:
		return convertedRows(a.Int32Values(), kernels.Best.Floats32)
	case *array.Int64:
		return convertedRows(a.Int64Values(), kernels.Best.Floats)
	}
	return nil
}

func convertedRows[T int8 | int16 | int32 | int64](in []T, convert func([]T, []float64)) func(from, to int, out []float64) {
	return func(from, to int, out []float64) { convert(in[from:to], out) }
}
