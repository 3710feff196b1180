package storage

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/sketch"
	"github.com/dreamql/dreamql/engine/types"
)

// longText is the length in bytes from which on a string is not kept as a bound.
const longText = 128

// observe returns the bounds of one column of a batch and adds its values to the sketch of the segment.
func observe(a arrow.Array, s *sketch.Distinct) logical.Range {
	r := logical.Range{Nulls: int64(a.NullN())}
	switch a := a.(type) {
	case *array.Int64:
		r.Min, r.Max = intBounds(a, a.Int64Values(), s)
	case *array.Date32:
		r.Min, r.Max = intBounds(a, a.Date32Values(), s)
	case *array.Time64:
		r.Min, r.Max = intBounds(a, a.Time64Values(), s)
	case *array.Timestamp:
		r.Min, r.Max = intBounds(a, a.TimestampValues(), s)
	case *array.Float64:
		r.Min, r.Max = floatBounds(a, s)
	case *array.Boolean:
		r.Min, r.Max = boolBounds(a, s)
	case *array.String:
		r.Min, r.Max = textBounds(a, s)
	case *array.Decimal128:
		r.Min, r.Max = decimalBounds(a, s)
	}
	return r
}

func decimalBounds(a *array.Decimal128, s *sketch.Distinct) (lo, hi *logical.Literal) {
	first := true
	var least, most decimal128.Num
	for i, v := range a.Values() {
		if a.IsNull(i) {
			continue
		}
		if first {
			least, most, first = v, v, false
		}
		if v.Less(least) {
			least = v
		}
		if most.Less(v) {
			most = v
		}
		s.AddUint(v.LowBits() ^ uint64(v.HighBits())*0x9e3779b97f4a7c15)
	}
	if first {
		return nil, nil
	}
	l, m := least.BigInt().String(), most.BigInt().String()
	return &logical.Literal{Text: &l}, &logical.Literal{Text: &m}
}

func intBounds[T ~int32 | ~int64](a arrow.Array, vs []T, s *sketch.Distinct) (lo, hi *logical.Literal) {
	first, nulls := true, a.NullN() > 0
	var least, most T
	for i, v := range vs {
		if nulls && a.IsNull(i) {
			continue
		}
		if first {
			least, most, first = v, v, false
		}
		least, most = min(least, v), max(most, v)
		s.AddUint(uint64(v))
	}
	if first {
		return nil, nil
	}
	l, m := int64(least), int64(most)
	return &logical.Literal{Int: &l}, &logical.Literal{Int: &m}
}

// floatBounds gives no bounds where there is a NaN, which is equal to itself here and greater than any number.
func floatBounds(a *array.Float64, s *sketch.Distinct) (lo, hi *logical.Literal) {
	least, most := math.Inf(1), math.Inf(-1)
	nan, n := false, 0
	for i, v := range a.Float64Values() {
		if a.IsNull(i) {
			continue
		}
		n++
		nan = nan || v != v
		least, most = min(least, v), max(most, v)
		s.AddUint(math.Float64bits(v + 0)) // -0 and 0 are equal
	}
	if n == 0 || nan {
		return nil, nil
	}
	l, m := logical.Float(least), logical.Float(most)
	return &logical.Literal{Float: &l}, &logical.Literal{Float: &m}
}

func boolBounds(a *array.Boolean, s *sketch.Distinct) (lo, hi *logical.Literal) {
	var seen [2]bool
	for i := range a.Len() {
		if !a.IsNull(i) {
			b := 0
			if a.Value(i) {
				b = 1
			}
			if !seen[b] {
				s.AddUint(uint64(b))
			}
			seen[b] = true
		}
	}
	if !seen[0] && !seen[1] {
		return nil, nil
	}
	l, m := !seen[0], seen[1]
	return &logical.Literal{Bool: &l}, &logical.Literal{Bool: &m}
}

func textBounds(a *array.String, s *sketch.Distinct) (lo, hi *logical.Literal) {
	first := true
	var least, most string
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		v := a.Value(i)
		if first {
			least, most, first = v, v, false
		}
		least, most = min(least, v), max(most, v)
		s.AddString(v)
	}
	if first {
		return nil, nil
	}
	return textBound(least), textBound(most)
}

// textBound keeps its own copy, because v lies in a batch; a long string is no bound.
func textBound(v string) *logical.Literal {
	if len(v) >= longText {
		return nil
	}
	t := string([]byte(v))
	return &logical.Literal{Text: &t}
}

// merge widens r to cover x, a range of another batch of the same column with rows rows, of which some may be absent.
func merge(t types.Type, r *logical.Range, x logical.Range, before, rows int64) {
	present, had := rows > x.Nulls, before > r.Nulls
	r.Nulls += x.Nulls
	switch {
	case !present:
	case !had:
		r.Min, r.Max = x.Min, x.Max
	default:
		r.Min, r.Max = outer(t, r.Min, x.Min, -1), outer(t, r.Max, x.Max, 1)
	}
}

func outer(t types.Type, a, b *logical.Literal, sign int) *logical.Literal {
	if a == nil || b == nil {
		return nil
	}
	if o, ok := logical.CompareAs(t, a, b); ok && o*sign >= 0 {
		return a
	}
	return b
}
