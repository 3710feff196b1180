package kernels

import "math/bits"

// Plain is the loops that every processor runs, and that define the others.
var Plain = Loops{
	Keep64: keep[uint64], Keep32: keep[uint32], Keep16: keep[uint16], Keep8: keep[uint8],
	LessConst64: lessConst[int64], EqualConst64: equalConst[int64], LessConst32: lessConst[int32], EqualConst32: equalConst[int32],
	LessConst16: lessConst[int16], EqualConst16: equalConst[int16], LessConst8: lessConst[int8], EqualConst8: equalConst[int8],
	LessConst: lessConst[float64], LessEqualConst: lessEqualConst[float64], EqualConst: equalConst[float64],
	Less64: less[int64], Equal64: equal[int64], Less: less[float64], Equal: equal[float64],
	And: and, Or: or, AndNot: andNot,
	Add: add[float64], Sub: sub[float64], Mul: mul[float64], Scale: scale[float64], Shift: shift[float64], From: from[float64],
	Add64: add[int64], Sub64: sub[int64], Mul64: mul[int64], Scale64: scale[int64], Shift64: shift[int64], From64: from[int64],
	Floats: convert[int64, float64], Floats32: convert[int32, float64], Floats16: convert[int16, float64], Floats8: convert[int8, float64],
	Widen32: convert[int32, int64], Widen16: convert[int16, int64], Widen8: convert[int8, int64],
	Bounds: bounds, Sum: sum, Size: size,
	SumKept64: sumKept[int64], SumKept32: sumKept[int32], SumKept16: sumKept[int16], SumKept8: sumKept[int8],
}

type number interface {
	int64 | int32 | int16 | int8 | float64
}

// flag compiles to a move of a flag. Words are filled from their last row, so that each shift is by one.
func flag(x bool) uint64 {
	if x {
		return 1
	}
	return 0
}

// keep has no branch a row: every value is written, and the next one over it where it is not kept.
func keep[T uint64 | uint32 | uint16 | uint8](in, out []T, keep []uint64) int {
	k := 0
	for w := 0; w*64 < len(in); w++ {
		rows := in[w*64 : min(w*64+64, len(in))]
		m := keep[w]
		if len(rows) < 64 {
			m &= 1<<len(rows) - 1
		}
		switch {
		case m == ^uint64(0):
			k += copy(out[k:], rows)
		case bits.OnesCount64(m) < 8:
			for ; m != 0; m &= m - 1 {
				out[k] = rows[bits.TrailingZeros64(m)]
				k++
			}
		default:
			to := out[k : k+bits.OnesCount64(m)+1]
			j := 0
			for _, x := range rows {
				to[j] = x
				j += int(m & 1)
				m >>= 1
			}
			k += j
		}
	}
	return k
}

func lessConst[T number](a []T, c T, out []uint64) {
	for w := 0; w*64 < len(a); w++ {
		rows := a[w*64 : min(w*64+64, len(a))]
		var m uint64
		for i := len(rows) - 1; i >= 0; i-- {
			m = m<<1 | flag(rows[i] < c)
		}
		out[w] = m
	}
}

func lessEqualConst[T number](a []T, c T, out []uint64) {
	for w := 0; w*64 < len(a); w++ {
		rows := a[w*64 : min(w*64+64, len(a))]
		var m uint64
		for i := len(rows) - 1; i >= 0; i-- {
			m = m<<1 | flag(rows[i] <= c)
		}
		out[w] = m
	}
}

func equalConst[T number](a []T, c T, out []uint64) {
	for w := 0; w*64 < len(a); w++ {
		rows := a[w*64 : min(w*64+64, len(a))]
		var m uint64
		for i := len(rows) - 1; i >= 0; i-- {
			m = m<<1 | flag(rows[i] == c)
		}
		out[w] = m
	}
}

func less[T number](a, b []T, out []uint64) {
	for w := 0; w*64 < len(a); w++ {
		x := a[w*64 : min(w*64+64, len(a))]
		y := b[w*64:][:len(x)]
		var m uint64
		for i := len(x) - 1; i >= 0; i-- {
			m = m<<1 | flag(x[i] < y[i])
		}
		out[w] = m
	}
}

func equal[T number](a, b []T, out []uint64) {
	for w := 0; w*64 < len(a); w++ {
		x := a[w*64 : min(w*64+64, len(a))]
		y := b[w*64:][:len(x)]
		var m uint64
		for i := len(x) - 1; i >= 0; i-- {
			m = m<<1 | flag(x[i] == y[i])
		}
		out[w] = m
	}
}

func and(a, b, out []uint64) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x & b[i]
	}
}

func or(a, b, out []uint64) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x | b[i]
	}
}

func andNot(a, b, out []uint64) {
	b, out = b[:len(a)], out[:len(a)]
	for i, x := range a {
		out[i] = x &^ b[i]
	}
}
