package funcs

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// Comparisons are two-valued: absent equals absent and nothing else, and no order holds with an absent side. NaN equals
// NaN and is greater than every number; -0.0 equals 0.0.

var equal = &Func{Name: "==", Kind: Scalar, Family: "operators",
	Doc: "Whether two values are equal. Absent values equal each other and nothing else; NaN equals NaN.",
	Overloads: []Overload{{Signature: "(a: T, b: T) => bool", Absence: Sees, Kernel: equality(false), Examples: []Example{
		{Call: "1 == 1.0", Result: "true"}, {Call: "none == none", Result: "true"}, {Call: "'a' == 'b'", Result: "false"}}}}}

var notEqual = &Func{Name: "!=", Kind: Scalar, Family: "operators",
	Doc: "Whether two values differ: not (a == b).",
	Overloads: []Overload{{Signature: "(a: T, b: T) => bool", Absence: Sees, Kernel: equality(true), Examples: []Example{
		{Call: "1 != 2", Result: "true"}, {Call: "none != 2", Result: "true"}}}}}

var less = &Func{Name: "<", Kind: Scalar, Family: "operators",
	Doc:       "Whether the first value comes before the second; false where either is absent. NaN comes after every number.",
	Overloads: orderOverload(false, false, Example{Call: "1 < 2.5", Result: "true"}, Example{Call: "none < 1", Result: "false"})}

var lessEqual = &Func{Name: "<=", Kind: Scalar, Family: "operators",
	Doc:       "Whether the first value comes before the second or equals it; false where either is absent.",
	Overloads: orderOverload(true, true, Example{Call: "'a' <= 'b'", Result: "true"})}

var greater = &Func{Name: ">", Kind: Scalar, Family: "operators",
	Doc:       "Whether the first value comes after the second; false where either is absent. NaN comes after every number.",
	Overloads: orderOverload(true, false, Example{Call: "2 > 1", Result: "true"}, Example{Call: "none > 1", Result: "false"})}

var greaterEqual = &Func{Name: ">=", Kind: Scalar, Family: "operators",
	Doc:       "Whether the first value comes after the second or equals it; false where either is absent.",
	Overloads: orderOverload(false, true, Example{Call: "d'2024-01-02' >= d'2024-01-01'", Result: "true"})}

func orderOverload(swap, negate bool, ex ...Example) []Overload {
	return []Overload{{Signature: "(a: O, b: O) => bool", Absence: Sees, Examples: ex, Kernel: func(c *Call) error {
		a, b := c.Args[0], c.Args[1]
		if swap {
			a, b = b, a
		}
		lessMask(a, b, c.N, c.Out.Bits)
		if negate {
			for i := range c.Out.Bits {
				c.Out.Bits[i] = ^c.Out.Bits[i]
			}
		}
		maskAbsent(c.Out.Bits, a, b)
		return nil
	}}}
}

// maskAbsent clears bits where any of vs is absent.
func maskAbsent(out []uint64, vs ...*Vec) {
	for _, v := range vs {
		if v.Valid == nil {
			continue
		}
		for i := range out {
			out[i] &= validWord(v, i)
		}
	}
}

// validWord is word i of the validity of v, as if it were no constant.
func validWord(v *Vec, i int) uint64 { return word(v, v.Valid, i) }

func word(v *Vec, b []uint64, i int) uint64 {
	switch {
	case b == nil:
		return ^uint64(0)
	case v.Const:
		return -(b[0] & 1)
	}
	return b[i]
}

func equality(negate bool) Kernel {
	return func(c *Call) error {
		a, b, out := c.Args[0], c.Args[1], c.Out.Bits
		if a.Type.Kind != types.None && b.Type.Kind != types.None && !a.Absent() && !b.Absent() {
			equalMask(a, b, c.N, out)
		}
		if a.Valid != nil || b.Valid != nil {
			for i := range out {
				x, y := validWord(a, i), validWord(b, i)
				out[i] = out[i]&x&y | ^x&^y
			}
		}
		if negate {
			for i := range out {
				out[i] = ^out[i]
			}
		}
		return nil
	}
}

// equalMask writes a == b of present rows.
func equalMask(a, b *Vec, n int, out []uint64) {
	switch a.Type.Kind {
	case types.Bool:
		for i := range out {
			out[i] = ^(word(a, a.Bits, i) ^ word(b, b.Bits, i))
		}
	case types.Int, types.Time, types.Timestamp:
		equalInts(a, b, n, out)
	case types.Date:
		equalDays(a, b, n, out)
	case types.Float:
		if !equalConstant(a, b, n, out) {
			masks(a, b, n, out, equalFloats)
		}
	case types.Decimal:
		if a.Narrow != nil && b.Narrow != nil {
			masks(a.units(), b.units(), n, out, equalBits[int64])
		} else {
			masks(a, b, n, out, equalDecimals)
		}
	case types.Duration:
		masks(a, b, n, out, equalAny[arrow.MonthDayNanoInterval])
	case types.UUID:
		masks(a, b, n, out, equalAny[[16]byte])
	case types.String, types.Bytes, types.JSON:
		eachBit(n, out, func(i int) bool { return a.Str(i) == b.Str(i) })
	default:
		eachBit(n, out, func(i int) bool {
			return a.Present(i) && b.Present(i) && arrayEqual(a.Array, a.At(i), b.Array, b.At(i))
		})
	}
}

// lessMask writes a < b of present rows.
func lessMask(a, b *Vec, n int, out []uint64) {
	if a.Absent() || b.Absent() {
		clear(out)
		return
	}
	switch a.Type.Kind {
	case types.Bool:
		for i := range out {
			out[i] = ^word(a, a.Bits, i) & word(b, b.Bits, i)
		}
	case types.Int, types.Time, types.Timestamp:
		lessInts(a, b, n, out)
	case types.Date:
		lessDays(a, b, n, out)
	case types.Float:
		if !lessConstant(a, b, n, out) {
			masks(a, b, n, out, lessFloats)
		}
	case types.Decimal:
		if a.Narrow != nil && b.Narrow != nil {
			masks(a.units(), b.units(), n, out, lessBits[int64])
		} else {
			masks(a, b, n, out, lessDecimals)
		}
	case types.UUID:
		masks(a, b, n, out, func(a, b [][16]byte, out []uint64) {
			eachBit(len(a), out, func(i int) bool { return string(a[i][:]) < string(b[i][:]) })
		})
	case types.String, types.Bytes, types.JSON:
		eachBit(n, out, func(i int) bool { return a.Str(i) < b.Str(i) })
	default:
		clear(out)
	}
}

func masks[T cell](a, b *Vec, n int, out []uint64, loop func(a, b []T, out []uint64)) {
	x, y := operandOf[T](a, n), operandOf[T](b, n)
	for i := 0; i < n; i += block {
		j := min(i+block, n)
		loop(x.at(i, j), y.at(i, j), out[i/64:Words(j)])
	}
}

func equalFloats(a, b []float64, out []uint64) {
	kernels.Best.Equal(a, b, out)
	if hasNaN(a) && hasNaN(b) {
		for i, x := range a {
			if x != x && b[i] != b[i] {
				setBit(out, i)
			}
		}
	}
}

func lessFloats(a, b []float64, out []uint64) {
	kernels.Best.Less(a, b, out)
	if hasNaN(b) {
		for i, y := range b {
			if y != y && a[i] == a[i] {
				setBit(out, i)
			}
		}
	}
}

// hasNaN reports whether any value is NaN, without a branch a row.
func hasNaN(a []float64) bool {
	bad := uint64(0)
	for _, x := range a {
		bad |= bool01(x != x)
	}
	return bad != 0
}

func equalAny[T cell](a, b []T, out []uint64) {
	eachBit(len(a), out, func(i int) bool { return a[i] == b[i] })
}

// eachBit writes f(i) for 0 ≤ i < n.
func eachBit(n int, out []uint64, f func(i int) bool) {
	for w := range out {
		var m uint64
		for i := w * 64; i < min(w*64+64, n); i++ {
			m |= bool01(f(i)) << (i & 63)
		}
		out[w] = m
	}
}

// eachSet calls f for every set bit below n.
func eachSet(b []uint64, n int, f func(i int)) {
	for w := range Words(n) {
		for m := b[w]; m != 0; m &= m - 1 {
			if i := w*64 + bits.TrailingZeros64(m); i < n {
				f(i)
			}
		}
	}
}
