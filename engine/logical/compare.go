package logical

import (
	"bytes"
	"cmp"
	"math"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// Compare orders two present literals of one type, -1, 0 or 1. It is not ok where the literals alone do not say: absent
// values, NaN, decimals (their scale is in the type), durations, and literals of different types.
func Compare(a, b *Literal) (int, bool) {
	switch {
	case a.Absent() || b.Absent():
		return 0, false
	case a.Int != nil && b.Int != nil:
		return cmp.Compare(*a.Int, *b.Int), true
	case a.Float != nil && b.Float != nil:
		x, y := float64(*a.Float), float64(*b.Float)
		return cmp.Compare(x, y), !math.IsNaN(x) && !math.IsNaN(y)
	case a.Text != nil && b.Text != nil:
		return strings.Compare(*a.Text, *b.Text), true
	case a.Bytes != nil && b.Bytes != nil:
		return bytes.Compare(a.Bytes, b.Bytes), true
	case a.Bool != nil && b.Bool != nil:
		x, y := *a.Bool, *b.Bool
		switch {
		case x == y:
			return 0, true
		case y:
			return -1, true
		}
		return 1, true
	}
	return 0, false
}

// CompareAs is Compare of two literals of type t: of two decimals of one scale as well.
func CompareAs(t types.Type, a, b *Literal) (int, bool) {
	if t.Required().Kind != types.Decimal || a == nil || b == nil || a.Text == nil || b.Text == nil {
		return Compare(a, b)
	}
	x, y := *a.Text, *b.Text
	below := strings.HasPrefix(x, "-")
	switch other := strings.HasPrefix(y, "-"); {
	case below && !other:
		return -1, true
	case other && !below:
		return 1, true
	case below:
		x, y = y[1:], x[1:]
	}
	if o := cmp.Compare(len(x), len(y)); o != 0 {
		return o, true // without leading zeros the longer one is the greater
	}
	return strings.Compare(x, y), true
}
