package funcs

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

// Decimals are exact. A sum has the larger scale and one more digit, a product the sum of both; precision stops at 38,
// and a value that then does not fit is an error at its row.

func sumType(a []types.Type) (types.Type, error) {
	scale := max(a[0].Scale, a[1].Scale)
	return decimalOf(max(a[0].Precision-a[0].Scale, a[1].Precision-a[1].Scale)+scale+1, scale), nil
}

func productType(a []types.Type) (types.Type, error) {
	if s := a[0].Scale + a[1].Scale; s > 38 {
		return types.Type{}, fmt.Errorf("the product of %s and %s has more than 38 decimal places; round() one of them first", a[0], a[1])
	}
	return decimalOf(a[0].Precision+a[1].Precision, a[0].Scale+a[1].Scale), nil
}

const decimalOverflow = "the result does not fit a decimal of 38 digits"

// decimalOp computes on unscaled integers; with align both have the result's scale.
type decimalOp struct {
	align bool
	apply func(a, b decimal128.Num) (decimal128.Num, bool)
	// block computes rows of the result's scale without a branch, and reports whether all surely have 38 digits at most. Where it
	// cannot say so, apply computes them anew.
	block func(a, b, out []decimal128.Num) bool
	// narrow computes in 64 bits.
	narrow narrowOp
}

var (
	decimalAdd = decimalOp{true, func(a, b decimal128.Num) (decimal128.Num, bool) {
		s := a.Add(b)
		return s, (a.HighBits()^s.HighBits())&(b.HighBits()^s.HighBits()) >= 0
	}, addDecimals, narrowAdd}
	decimalSubtract = decimalOp{true, func(a, b decimal128.Num) (decimal128.Num, bool) {
		s := a.Sub(b)
		return s, (a.HighBits()^b.HighBits())&(a.HighBits()^s.HighBits()) >= 0
	}, subtractDecimals, narrowSubtract}
	decimalMultiply = decimalOp{false, mulDecimal, mulDecimals, narrowMultiply}
)

func decimals(op decimalOp) Kernel {
	return func(c *Call) error {
		begin := op.inNarrow(c)
		if begin >= c.N {
			return nil
		}
		c.Out.Widen()
		a, b := operandOf[decimal128.Num](c.Args[0], c.N), operandOf[decimal128.Num](c.Args[1], c.N)
		upA, upB := 0, 0
		if op.align {
			upA = scaleConstant(a, c.Out.Type.Scale-c.Args[0].Type.Scale)
			upB = scaleConstant(b, c.Out.Type.Scale-c.Args[1].Type.Scale)
		}
		tight := c.Out.Type.Precision == 38
		for i := begin; i < c.N; i += block {
			j := min(i+block, c.N)
			x, y := a.at(i, j), b.at(i, j)
			if upA == 0 && upB == 0 && op.block(x, y, c.Out.Decimals[i:j]) {
				continue
			}
			for k, x := range x {
				x, okA := scaleUp(x, upA)
				z, okB := scaleUp(y[k], upB)
				r, ok := op.apply(x, z)
				if (!ok || !okA || !okB || tight && !r.FitsInPrecision(38)) && c.Out.Present(i+k) {
					return &RowError{Row: i + k, Message: decimalOverflow}
				}
				c.Out.Decimals[i+k] = r
			}
		}
		return nil
	}
}

// scaleConstant scales a constant up once, and returns by how many digits rows are still to be scaled.
func scaleConstant(o operand[decimal128.Num], digits int) int {
	if o.spread == nil || digits == 0 {
		return digits
	}
	n, ok := scaleUp(o.spread[0], digits)
	if !ok {
		return digits
	}
	for i := range o.spread {
		o.spread[i] = n
	}
	return 0
}

// spare has bits where the magnitude of a number may reach 2^125; two numbers below that have a sum below 10^38.
func spare(hi int64) uint64 { return uint64(hi^hi>>63) >> 61 }

func addDecimals(a, b, out []decimal128.Num) bool {
	b, out = b[:len(a)], out[:len(a)]
	large := uint64(0)
	for i, x := range a {
		y := b[i]
		lo, carry := bits.Add64(x.LowBits(), y.LowBits(), 0)
		large |= spare(x.HighBits()) | spare(y.HighBits())
		out[i] = decimal128.New(x.HighBits()+y.HighBits()+int64(carry), lo)
	}
	return large == 0
}

func subtractDecimals(a, b, out []decimal128.Num) bool {
	b, out = b[:len(a)], out[:len(a)]
	large := uint64(0)
	for i, x := range a {
		y := b[i]
		lo, borrow := bits.Sub64(x.LowBits(), y.LowBits(), 0)
		large |= spare(x.HighBits()) | spare(y.HighBits())
		out[i] = decimal128.New(x.HighBits()-y.HighBits()-int64(borrow), lo)
	}
	return large == 0
}

// mulDecimals multiplies numbers of 64 bits, whose products are at most 2^126 and so below 10^38.
func mulDecimals(a, b, out []decimal128.Num) bool {
	b, out = b[:len(a)], out[:len(a)]
	large := int64(0)
	for i, x := range a {
		x, y, highX, highY := int64(x.LowBits()), int64(b[i].LowBits()), x.HighBits(), b[i].HighBits()
		large |= highX ^ x>>63 | highY ^ y>>63
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		out[i] = decimal128.New(int64(hi)-(x>>63)&y-(y>>63)&x, lo)
	}
	return large == 0
}

// lessDecimals writes a[i] < b[i] as bits: what the subtraction borrows, with the signs turned into an order of unsigned numbers.
func lessDecimals(a, b []decimal128.Num, out []uint64) {
	const sign = 1 << 63
	for w := range out {
		x := a[w*64 : min(w*64+64, len(a))]
		y := b[w*64:][:len(x)]
		var m uint64
		for i := len(x) - 1; i >= 0; i-- {
			_, borrow := bits.Sub64(x[i].LowBits(), y[i].LowBits(), 0)
			_, borrow = bits.Sub64(uint64(x[i].HighBits())^sign, uint64(y[i].HighBits())^sign, borrow)
			m = m<<1 | borrow
		}
		out[w] = m
	}
}

// equalDecimals writes a[i] == b[i] as bits.
func equalDecimals(a, b []decimal128.Num, out []uint64) {
	for w := range out {
		x := a[w*64 : min(w*64+64, len(a))]
		y := b[w*64:][:len(x)]
		var m uint64
		for i := len(x) - 1; i >= 0; i-- {
			m = m<<1 | bool01(x[i].LowBits()^y[i].LowBits()|uint64(x[i].HighBits()^y[i].HighBits()) == 0)
		}
		out[w] = m
	}
}

// mulDecimal reports false where the product needs more than 128 bits.
func mulDecimal(a, b decimal128.Num) (decimal128.Num, bool) {
	x, y := int64(a.LowBits()), int64(b.LowBits())
	if a.HighBits() == x>>63 && b.HighBits() == y>>63 {
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		return decimal128.New(int64(hi)-(x>>63)&y-(y>>63)&x, lo), true
	}
	p := new(big.Int).Mul(a.BigInt(), b.BigInt())
	if p.BitLen() > 127 {
		return decimal128.Num{}, false
	}
	return decimal128.FromBigInt(p), true
}

// scaleUp multiplies by 10^digits, or divides by 10^-digits rounding half away from zero.
func scaleUp(n decimal128.Num, digits int) (decimal128.Num, bool) {
	switch {
	case digits == 0:
		return n, true
	case digits > 38:
		return n, n == decimal128.Num{}
	case digits > 0:
		return mulDecimal(n, decimal128.GetScaleMultiplier(digits))
	case digits < -38:
		return decimal128.Num{}, true
	}
	return n.ReduceScaleBy(int32(-digits), true), true
}

func negateDecimals(c *Call) error {
	a := c.Args[0]
	if a.Narrow == nil || a.Most >= unbounded {
		return each1(decimal128.Num.Negate)(c)
	}
	c.Out.toNarrow(a.Most)
	kernels.Best.From64(a.Narrow[:c.N], 0, c.Out.Narrow)
	return nil
}
