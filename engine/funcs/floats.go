package funcs

import (
	"math"

	"github.com/dreamql/dreamql/engine/kernels"
)

// Numbers against a constant, which is not spread over a column first.

// floats2 is a kernel of two floats, by loops over two columns, with a constant on the right, and with one on the left.
func floats2(both func(a, b, out []float64), right, left func(a []float64, c float64, out []float64)) Kernel {
	return func(c *Call) error {
		a, b := c.Args[0], c.Args[1]
		switch {
		case a.Const && b.Const:
			for i := range c.N {
				both(a.Floats[:1], b.Floats[:1], c.Out.Floats[i:])
			}
		case b.Const:
			right(a.Floats[:c.N], b.Floats[0], c.Out.Floats)
		case a.Const:
			left(b.Floats[:c.N], a.Floats[0], c.Out.Floats)
		default:
			both(a.Floats[:c.N], b.Floats[:c.N], c.Out.Floats)
		}
		return nil
	}
}

// lessConstant writes a < b where one of them is a constant number, and reports whether it did. NaN is greater than every number,
// so that a constant on the left is less than what is not less than or equal to it.
func lessConstant(a, b *Vec, n int, out []uint64) bool {
	switch {
	case b.Const && !a.Const && b.Floats[0] == b.Floats[0]:
		kernels.Best.LessConst(a.Floats[:n], b.Floats[0], out)
	case a.Const && !b.Const && a.Floats[0] == a.Floats[0]:
		kernels.Best.LessEqualConst(b.Floats[:n], a.Floats[0], out)
		flip(out)
	default:
		return false
	}
	return true
}

// equalConstant writes a == b where one of them is a constant number, and reports whether it did.
func equalConstant(a, b *Vec, n int, out []uint64) bool {
	if a.Const {
		a, b = b, a
	}
	if a.Const || !b.Const || b.Floats[0] != b.Floats[0] {
		return false
	}
	kernels.Best.EqualConst(a.Floats[:n], b.Floats[0], out)
	return true
}

// lessInts writes a < b. A constant on the left is less than what is not less than the number after it.
func lessInts(a, b *Vec, n int, out []uint64) {
	switch {
	case b.Const && !a.Const:
		kernels.Best.LessConst64(a.Ints[:n], b.Ints[0], out)
	case a.Const && !b.Const && a.Ints[0] < math.MaxInt64:
		kernels.Best.LessConst64(b.Ints[:n], a.Ints[0]+1, out)
		flip(out)
	default:
		masks(a, b, n, out, kernels.Best.Less64)
	}
}

func equalInts(a, b *Vec, n int, out []uint64) {
	if a.Const {
		a, b = b, a
	}
	if b.Const && !a.Const {
		kernels.Best.EqualConst64(a.Ints[:n], b.Ints[0], out)
		return
	}
	masks(a, b, n, out, kernels.Best.Equal64)
}

// lessDays and equalDays are the same of dates.
func lessDays(a, b *Vec, n int, out []uint64) {
	switch {
	case b.Const && !a.Const:
		kernels.Best.LessConst32(a.Days[:n], b.Days[0], out)
	case a.Const && !b.Const && a.Days[0] < math.MaxInt32:
		kernels.Best.LessConst32(b.Days[:n], a.Days[0]+1, out)
		flip(out)
	default:
		masks(a, b, n, out, lessBits[int32])
	}
}

func equalDays(a, b *Vec, n int, out []uint64) {
	if a.Const {
		a, b = b, a
	}
	if b.Const && !a.Const {
		kernels.Best.EqualConst32(a.Days[:n], b.Days[0], out)
		return
	}
	masks(a, b, n, out, equalBits[int32])
}

func flip(out []uint64) {
	for i := range out {
		out[i] = ^out[i]
	}
}
