package funcs

import (
	"math"
	"math/bits"

	"github.com/dreamql/dreamql/engine/kernels"
	"github.com/dreamql/dreamql/engine/types"
)

const (
	overflow     = "the result does not fit an int (64 bits)"
	divideByZero = "division by zero"
)

var add = &Func{Name: "+", Kind: Scalar, Family: "operators",
	Doc: "The sum; of strings, one after the other; of a date or timestamp and a duration, the later point in time. Ints and decimals are checked: a sum that does not fit is an error.",
	Overloads: []Overload{
		{Signature: "(a: int, b: int) => int", Fails: true, Kernel: checked(addInts, func(a, b int64) string {
			if s := a + b; (a^s)&(b^s) < 0 {
				return overflow
			}
			return ""
		}), Examples: []Example{{Call: "1 + 2", Result: "3"}, {Call: "9223372036854775807 + 1", Error: "does not fit"}}},
		{Signature: "(a: float, b: float) => float", Kernel: floats2(kernels.Best.Add, kernels.Best.Shift, kernels.Best.Shift), Examples: []Example{{Call: "0.5 + 1", Result: "1.5"}}},
		{Signature: "(a: decimal, b: decimal) => decimal", Result: sumType, Fails: true, Narrows: true, Kernel: decimals(decimalAdd)},
		{Signature: "(a: string, b: string) => string", Costly: true, Kernel: concatKernel, Examples: []Example{{Call: "'a' + 'b'", Result: "'ab'"}}},
		{Signature: "(a: date, b: duration) => date", Fails: true, Kernel: datePlus(1), Examples: []Example{{Call: "d'2024-01-31' + 1mo", Result: "d'2024-02-29'"}}},
		{Signature: "(a: timestamp, b: duration) => timestamp", Fails: true, Kernel: timestampPlus(1),
			Examples: []Example{{Call: "ts'2024-01-31T12:00:00Z' + 36h", Result: "ts'2024-02-02T00:00:00Z'"}}},
		{Signature: "(a: duration, b: duration) => duration", Kernel: each2(durationAdd), Examples: []Example{{Call: "1mo + 3d", Result: "3d + 1mo"}}},
	}}

func addInts(a, b, out []int64) bool {
	b, out = b[:len(a)], out[:len(a)]
	var bad int64
	for i, x := range a {
		s := x + b[i]
		out[i] = s
		bad |= (x ^ s) & (b[i] ^ s)
	}
	return bad < 0
}

var subtract = &Func{Name: "-", Kind: Scalar, Family: "operators",
	Doc: "The difference; of two dates or timestamps, the duration between them in days and what is left of one.",
	Overloads: []Overload{
		{Signature: "(a: int, b: int) => int", Fails: true, Kernel: checked(subtractInts, func(a, b int64) string {
			if s := a - b; (a^b)&(a^s) < 0 {
				return overflow
			}
			return ""
		}), Examples: []Example{{Call: "1 - 2", Result: "-1"}}},
		{Signature: "(a: float, b: float) => float", Kernel: floats2(kernels.Best.Sub, func(a []float64, c float64, out []float64) { kernels.Best.Shift(a, -c, out) }, kernels.Best.From), Examples: []Example{{Call: "1 - 0.25", Result: "0.75"}}},
		{Signature: "(a: decimal, b: decimal) => decimal", Result: sumType, Fails: true, Narrows: true, Kernel: decimals(decimalSubtract)},
		{Signature: "(a: date, b: duration) => date", Fails: true, Kernel: datePlus(-1), Examples: []Example{{Call: "d'1998-12-01' - 90d", Result: "d'1998-09-02'"}}},
		{Signature: "(a: timestamp, b: duration) => timestamp", Fails: true, Kernel: timestampPlus(-1),
			Examples: []Example{{Call: "ts'2024-03-01T00:00:00Z' - 1s", Result: "ts'2024-02-29T23:59:59Z'"}}},
		{Signature: "(a: date, b: date) => duration", Kernel: each2(datesBetween), Examples: []Example{{Call: "d'2024-03-01' - d'2024-02-01'", Result: "29d"}}},
		{Signature: "(a: timestamp, b: timestamp) => duration", Kernel: each2(timestampsBetween),
			Examples: []Example{{Call: "ts'2024-03-01T00:00:00Z' - ts'2024-02-29T23:00:00Z'", Result: "1h"}}},
		{Signature: "(a: duration, b: duration) => duration", Kernel: each2(durationSubtract), Examples: []Example{{Call: "1mo - 3d + 3d", Result: "1mo"}}},
	}}

func subtractInts(a, b, out []int64) bool {
	b, out = b[:len(a)], out[:len(a)]
	var bad int64
	for i, x := range a {
		s := x - b[i]
		out[i] = s
		bad |= (x ^ b[i]) & (x ^ s)
	}
	return bad < 0
}

var multiply = &Func{Name: "*", Kind: Scalar, Family: "operators",
	Doc: "The product. A product of decimals has the sum of their scales, and at most 38 digits: what does not fit is an error.",
	Overloads: []Overload{
		{Signature: "(a: int, b: int) => int", Fails: true, Kernel: checked(multiplyInts, func(a, b int64) string {
			if _, ok := mulInt(a, b); !ok {
				return overflow
			}
			return ""
		}), Examples: []Example{{Call: "6 * 7", Result: "42"}}},
		{Signature: "(a: float, b: float) => float", Kernel: floats2(kernels.Best.Mul, kernels.Best.Scale, kernels.Best.Scale), Examples: []Example{{Call: "1.5 * 2", Result: "3.0"}}},
		{Signature: "(a: decimal, b: decimal) => decimal", Result: productType, Fails: true, Narrows: true, Kernel: decimals(decimalMultiply)},
		{Signature: "(a: duration, b: int) => duration", Fails: true, Kernel: durationTimes, Examples: []Example{{Call: "2d * 3", Result: "6d"}}},
	}}

func mulInt(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	hi -= uint64(a>>63)&uint64(b) + uint64(b>>63)&uint64(a)
	return int64(lo), hi == uint64(int64(lo)>>63)
}

func multiplyInts(a, b, out []int64) bool {
	b, out = b[:len(a)], out[:len(a)]
	var bad uint64
	for i, x := range a {
		y := b[i]
		hi, lo := bits.Mul64(uint64(x), uint64(y))
		hi -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x)
		out[i] = int64(lo)
		bad |= hi ^ uint64(int64(lo)>>63)
	}
	return bad != 0
}

var divide = &Func{Name: "/", Kind: Scalar, Family: "operators",
	Doc: "The quotient, as a float, for ints and decimals too (see div for whole numbers). Division by zero is an error.",
	Overloads: []Overload{
		{Signature: "(a: float, b: float) => float", Fails: true, Kernel: checked(divideFloats, func(_, b float64) string {
			if b == 0 {
				return divideByZero
			}
			return ""
		}), Examples: []Example{{Call: "7 / 2", Result: "3.5"}, {Call: "1 / 0", Error: "division by zero"}}},
	}}

func divideFloats(a, b, out []float64) bool {
	b, out = b[:len(a)], out[:len(a)]
	zeros := uint64(0)
	for i, x := range a {
		y := b[i]
		out[i] = x / y
		zeros |= bool01(y == 0)
	}
	return zeros != 0
}

var div = &Func{Name: "div", Kind: Scalar, Family: "arithmetic",
	Doc: "The quotient of two ints, rounded towards zero. Division by zero is an error.",
	Overloads: []Overload{{Signature: "(a: int, b: int) => int", Fails: true, Kernel: checked(divideInts, func(a, b int64) string {
		switch {
		case b == 0:
			return divideByZero
		case a == math.MinInt64 && b == -1:
			return overflow
		}
		return ""
	}), Examples: []Example{{Call: "div(7, 2)", Result: "3"}, {Call: "div(-7, 2)", Result: "-3"}}}}}

func divideInts(a, b, out []int64) bool {
	bad := false
	for i, x := range a {
		if y := b[i]; y == 0 || y == -1 {
			out[i] = -x
			bad = bad || y == 0 || x == math.MinInt64
		} else {
			out[i] = x / y
		}
	}
	return bad
}

var remainder = &Func{Name: "%", Kind: Scalar, Family: "operators",
	Doc: "The remainder of the division, with the sign of the first number. A remainder by zero is an error.",
	Overloads: []Overload{
		{Signature: "(a: int, b: int) => int", Fails: true, Kernel: checked(remainderInts, func(_, b int64) string {
			if b == 0 {
				return divideByZero
			}
			return ""
		}), Examples: []Example{{Call: "7 % 3", Result: "1"}, {Call: "-7 % 3", Result: "-1"}}},
		{Signature: "(a: float, b: float) => float", Fails: true, Costly: true, Kernel: checked(remainderFloats, func(_, b float64) string {
			if b == 0 {
				return divideByZero
			}
			return ""
		}), Examples: []Example{{Call: "7.5 % 2", Result: "1.5"}}},
	}}

func remainderInts(a, b, out []int64) bool {
	bad := false
	for i, x := range a {
		if y := b[i]; y == 0 || y == -1 {
			out[i] = 0
			bad = bad || y == 0
		} else {
			out[i] = x % y
		}
	}
	return bad
}

func remainderFloats(a, b, out []float64) bool {
	bad := false
	for i, x := range a {
		out[i] = math.Mod(x, b[i])
		bad = bad || b[i] == 0
	}
	return bad
}

var power = &Func{Name: "**", Kind: Scalar, Family: "operators",
	Doc: "The first number to the power of the second. An int to a negative int is an error: write 2.0 ** -1.",
	Overloads: []Overload{
		{Signature: "(a: int, b: int) => int", Fails: true, Costly: true, Kernel: checked(powerInts, func(a, b int64) string {
			if b < 0 {
				return "an int to a negative power is no int; make the base a float, as in 2.0 ** -1"
			}
			if _, ok := powInt(a, b); !ok {
				return overflow
			}
			return ""
		}), Examples: []Example{{Call: "2 ** 10", Result: "1024"}, {Call: "2 ** 63", Error: "does not fit"}}},
		{Signature: "(a: float, b: float) => float", Costly: true, Kernel: each2(math.Pow), Examples: []Example{{Call: "2.0 ** -1", Result: "0.5"}}},
	}}

func powerInts(a, b, out []int64) bool {
	bad := false
	for i, x := range a {
		v, ok := powInt(x, b[i])
		out[i] = v
		bad = bad || !ok
	}
	return bad
}

func powInt(x, n int64) (int64, bool) {
	if n < 0 {
		return 0, false
	}
	r, ok := int64(1), true
	for {
		if n&1 != 0 {
			if r, ok = mulInt(r, x); !ok {
				return 0, false
			}
		}
		if n >>= 1; n == 0 {
			return r, true
		}
		if x, ok = mulInt(x, x); !ok {
			return 0, false
		}
	}
}

var negate = &Func{Name: "neg", Kind: Scalar, Family: "operators",
	Doc: "The number or duration with the other sign; written -x.",
	Overloads: []Overload{
		{Signature: "(a: int) => int", Fails: true, Kernel: func(c *Call) error {
			a, out := operandOf[int64](c.Args[0], c.N), c.Out.Ints
			for i := 0; i < c.N; i += block {
				for k, x := range a.at(i, min(i+block, c.N)) {
					if out[i+k] = -x; x == math.MinInt64 && c.Out.Present(i+k) {
						return &RowError{Row: i + k, Message: overflow}
					}
				}
			}
			return nil
		}, Examples: []Example{{Call: "-(1 + 2)", Result: "-3"}}},
		{Signature: "(a: float) => float", Kernel: each1(func(a float64) float64 { return -a }), Examples: []Example{{Call: "-(0.5)", Result: "-0.5"}}},
		{Signature: "(a: decimal) => decimal", Result: firstType, Kernel: negateDecimals},
		{Signature: "(a: duration) => duration", Kernel: each1(durationNegate), Examples: []Example{{Call: "-(3d) + 4d", Result: "1d"}}},
	}}

func firstType(args []types.Type) (types.Type, error) { return args[0], nil }
