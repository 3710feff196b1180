package funcs

// Columns of floats against a constant, which is not spread over a column first. On amd64 four rows at a time
// (floats_amd64.s), with the same results to the bit.

// comparison of a number with a constant, as IEEE 754 has it: none holds of NaN.
type comparison byte

const (
	isLess comparison = iota
	isLessEqual
	isEqual
)

// scaleFloats writes a[i] * c.
func scaleFloats(a []float64, c float64, out []float64) {
	out = out[:len(a)]
	for i := scaleWide(a, c, out); i < len(a); i++ {
		out[i] = a[i] * c
	}
}

// shiftFloats writes a[i] + c.
func shiftFloats(a []float64, c float64, out []float64) {
	out = out[:len(a)]
	for i := shiftWide(a, c, out); i < len(a); i++ {
		out[i] = a[i] + c
	}
}

// bitsAgainst writes the bits of a[i] against c.
func bitsAgainst(kind comparison, a []float64, c float64, out []uint64) {
	for from := compareWide(kind, a, c, out); from < len(a); from += 64 {
		rows := a[from:min(from+64, len(a))]
		var m uint64
		switch kind {
		case isLess:
			for i, x := range rows {
				m |= bool01(x < c) << (i & 63)
			}
		case isLessEqual:
			for i, x := range rows {
				m |= bool01(x <= c) << (i & 63)
			}
		default:
			for i, x := range rows {
				m |= bool01(x == c) << (i & 63)
			}
		}
		out[from/64] = m
	}
}

// withConstant is a kernel of two floats that treats a constant operand by itself: on the right, and on either side where the
// operation commutes.
func withConstant(general Kernel, right func(a []float64, c float64, out []float64), commutes bool) Kernel {
	return func(c *Call) error {
		a, b := c.Args[0], c.Args[1]
		if commutes && a.Const && !b.Const {
			a, b = b, a
		}
		if a.Const || !b.Const {
			return general(c)
		}
		right(a.Floats[:c.N], b.Floats[0], c.Out.Floats)
		return nil
	}
}

// lessConstant writes a < b where one of them is a constant number, and reports whether it did. NaN is greater than every number,
// so that a constant on the left is less than what is not less than or equal to it.
func lessConstant(a, b *Vec, n int, out []uint64) bool {
	switch {
	case b.Const && !a.Const && b.Floats[0] == b.Floats[0]:
		bitsAgainst(isLess, a.Floats[:n], b.Floats[0], out)
	case a.Const && !b.Const && a.Floats[0] == a.Floats[0]:
		bitsAgainst(isLessEqual, b.Floats[:n], a.Floats[0], out)
		for i := range out {
			out[i] = ^out[i]
		}
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
	bitsAgainst(isEqual, a.Floats[:n], b.Floats[0], out)
	return true
}
