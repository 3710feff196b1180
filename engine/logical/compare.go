package logical

import (
	"bytes"
	"cmp"
	"math"
	"strings"
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
