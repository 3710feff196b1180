package funcs

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

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
}

var (
	decimalAdd = decimalOp{true, func(a, b decimal128.Num) (decimal128.Num, bool) {
		s := a.Add(b)
		return s, (a.HighBits()^s.HighBits())&(b.HighBits()^s.HighBits()) >= 0
	}}
	decimalSubtract = decimalOp{true, func(a, b decimal128.Num) (decimal128.Num, bool) {
		s := a.Sub(b)
		return s, (a.HighBits()^b.HighBits())&(a.HighBits()^s.HighBits()) >= 0
	}}
	decimalMultiply = decimalOp{false, mulDecimal}
)

func decimals(op decimalOp) Kernel {
	return func(c *Call) error {
		a, b := operandOf[decimal128.Num](c.Args[0], c.N), operandOf[decimal128.Num](c.Args[1], c.N)
		upA, upB := 0, 0
		if op.align {
			upA, upB = c.Out.Type.Scale-c.Args[0].Type.Scale, c.Out.Type.Scale-c.Args[1].Type.Scale
		}
		tight := c.Out.Type.Precision == 38
		for i := 0; i < c.N; i += block {
			j := min(i+block, c.N)
			y := b.at(i, j)
			for k, x := range a.at(i, j) {
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
