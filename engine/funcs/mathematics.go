package funcs

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/types"
)

func float1(name, doc string, f func(float64) float64, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "mathematics", Doc: doc,
		Overloads: []Overload{{Signature: "(x: float) => float", Kernel: each1(f), Examples: ex}}}
}

func float2(name, doc, signature string, f func(a, b float64) float64, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "mathematics", Doc: doc,
		Overloads: []Overload{{Signature: signature, Kernel: each2(f), Examples: ex}}}
}

var (
	squareRoot = float1("sqrt", "The square root; NaN of a negative number.", math.Sqrt, Example{Call: "sqrt(9)", Result: "3.0"})
	exponent   = float1("exp", "e to the power of the number.", math.Exp, Example{Call: "exp(0)", Result: "1.0"})
	logarithm  = float1("ln", "The natural logarithm; -Inf of 0, NaN of a negative number.", math.Log, Example{Call: "ln(1)", Result: "0.0"})
	log10      = float1("log10", "The logarithm to base 10.", math.Log10, Example{Call: "log10(1000)", Result: "3.0"})
	log2       = float1("log2", "The logarithm to base 2.", math.Log2, Example{Call: "log2(8)", Result: "3.0"})
	sine       = float1("sin", "The sine of an angle in radians.", math.Sin, Example{Call: "sin(0)", Result: "0.0"})
	cosine     = float1("cos", "The cosine of an angle in radians.", math.Cos, Example{Call: "cos(0)", Result: "1.0"})
	tangent    = float1("tan", "The tangent of an angle in radians.", math.Tan, Example{Call: "tan(0)", Result: "0.0"})
	arcSine    = float1("asin", "The angle in radians with this sine; NaN outside -1 to 1.", math.Asin, Example{Call: "asin(0)", Result: "0.0"})
	arcCosine  = float1("acos", "The angle in radians with this cosine; NaN outside -1 to 1.", math.Acos, Example{Call: "acos(1)", Result: "0.0"})
	arcTangent = float1("atan", "The angle in radians with this tangent.", math.Atan, Example{Call: "atan(0)", Result: "0.0"})
	radians    = float1("radians", "An angle in degrees, in radians.", func(x float64) float64 { return x * (math.Pi / 180) }, Example{Call: "radians(0)", Result: "0.0"})
	degrees    = float1("degrees", "An angle in radians, in degrees.", func(x float64) float64 { return x * (180 / math.Pi) }, Example{Call: "degrees(0)", Result: "0.0"})
	atan2      = float2("atan2", "The angle in radians of the point (x, y).", "(y: float, x: float) => float", math.Atan2, Example{Call: "atan2(0, 1)", Result: "0.0"})
	log        = &Func{Name: "log", Kind: Scalar, Family: "mathematics", Doc: "The natural logarithm, or the logarithm to a base.", Overloads: []Overload{
		{Signature: "(x: float) => float", Kernel: each1(math.Log), Examples: []Example{{Call: "log(1)", Result: "0.0"}}},
		{Signature: "(x: float, base: float) => float", Kernel: each2(func(x, b float64) float64 { return math.Log(x) / math.Log(b) }), Examples: []Example{{Call: "log(8, 2)", Result: "3.0"}}},
	}}
	pow = float2("pow", "The first number to the power of the second, as a float.", "(x: float, y: float) => float", math.Pow, Example{Call: "pow(2, 0.5) == sqrt(2)", Result: "true"})
)

var absolute = &Func{Name: "abs", Kind: Scalar, Family: "mathematics", Doc: "The number without its sign.", Overloads: []Overload{
	{Signature: "(x: int) => int", Fails: true, Examples: []Example{{Call: "abs(-3)", Result: "3"}}, Kernel: func(c *Call) error {
		a := c.Args[0]
		for i := range c.N {
			x := a.Ints[a.At(i)]
			if x == math.MinInt64 && c.Out.Present(i) {
				return &RowError{i, overflow}
			}
			c.Out.Ints[i] = max(x, -x)
		}
		return nil
	}},
	{Signature: "(x: float) => float", Kernel: each1(math.Abs), Examples: []Example{{Call: "abs(-0.5)", Result: "0.5"}}},
	{Signature: "(x: decimal) => decimal", Result: firstType, Kernel: each1(decimal128.Num.Abs)},
}}

var sign = &Func{Name: "sign", Kind: Scalar, Family: "mathematics", Doc: "-1, 0 or 1, as the number is negative, zero or positive.", Overloads: []Overload{
	{Signature: "(x: int) => int", Kernel: each1(func(x int64) int64 { return x>>63 | int64(uint64(-x)>>63) }), Examples: []Example{{Call: "sign(-3)", Result: "-1"}}},
	{Signature: "(x: float) => float", Kernel: each1(func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}), Examples: []Example{{Call: "sign(2.5)", Result: "1.0"}}},
}}

// rounding builds floor, ceil and trunc, which give an int of a float.
func rounding(name, doc string, f func(float64) float64, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "mathematics", Doc: doc, Overloads: []Overload{
		{Signature: "(x: int) => int", Kernel: each1(func(x int64) int64 { return x })},
		{Signature: "(x: float) => float", Kernel: each1(f), Examples: ex},
	}}
}

var floor = rounding("floor", "The largest whole number that is not larger; of a float, as a float (see int).", math.Floor, Example{Call: "floor(-1.5)", Result: "-2.0"})
var ceil = rounding("ceil", "The smallest whole number that is not smaller; of a float, as a float (see int).", math.Ceil, Example{Call: "ceil(1.2)", Result: "2.0"})

var round = &Func{Name: "round", Kind: Scalar, Family: "mathematics", Doc: "The nearest number with so many decimal places (0 if not given), halves away from zero. A float stays a float; see int.",
	Overloads: []Overload{
		{Signature: "(x: int) => int", Kernel: each1(func(x int64) int64 { return x })},
		{Signature: "(x: float) => float", Kernel: each1(math.Round), Examples: []Example{{Call: "round(2.5)", Result: "3.0"}}},
		{Signature: "(x: float, places: int) => float", Kernel: each2(roundTo), Examples: []Example{{Call: "round(3.14159, 2)", Result: "3.14"}, {Call: "round(1234.0, -2)", Result: "1200.0"}}},
		{Signature: "(x: decimal, places: int) => decimal", Result: firstType, Fails: true, Kernel: roundDecimals},
	}}

func roundTo(x float64, places int64) float64 {
	switch {
	case places > 300 || math.IsInf(x, 0):
		return x
	case places < -300:
		return 0
	case places < 0:
		p := math.Pow10(int(-places))
		return math.Round(x/p) * p
	}
	p := math.Pow10(int(places))
	if y := x * p; math.Abs(y) < 1<<53 {
		return math.Round(y) / p
	}
	return x // has no digits that far
}

func roundDecimals(c *Call) error {
	a, k := c.Args[0], c.Args[1]
	for i := range c.N {
		drop := int64(a.Type.Scale) - k.Ints[k.At(i)]
		x := a.Decimal(i)
		switch {
		case drop > 38:
			x = decimal128.Num{}
		case drop > 0:
			x, _ = scaleUp(x, int(-drop))
			y, ok := scaleUp(x, int(drop))
			if (!ok || !y.FitsInPrecision(int32(a.Type.Precision))) && c.Out.Present(i) {
				return &RowError{i, fmt.Sprintf("the rounded number does not fit %s", a.Type)}
			}
			x = y
		}
		c.Out.Decimals[i] = x
	}
	return nil
}

// best picks the first present argument that comes before all others in the order; absent arguments do not count.
func best(larger bool) Kernel {
	return func(c *Call) error {
		which := make([]int, c.N)
		for i := range which {
			which[i] = -1
		}
		mask := make([]uint64, Words(c.N))
		cur := absentVec(c.Out.Type, c.N)
		for k, a := range c.Args {
			if a.Type.Kind == types.None {
				continue
			}
			if larger {
				lessMask(cur, a, c.N, mask)
			} else {
				lessMask(a, cur, c.N, mask)
			}
			for i := range c.N {
				if a.Present(i) && (which[i] < 0 || bit(mask, i)) {
					which[i] = k
				}
			}
			next := NewVec(c.Out.Type, c.N)
			if err := next.pick(c.Args, c.N, func(i int) (int, int) { return which[i], i }); err != nil {
				return err
			}
			cur = next
		}
		out := *cur
		if cur.Const {
			out = *cur.Repeat(c.N)
		}
		*c.Out = out
		return nil
	}
}

func bestFunc(name, doc string, larger bool, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "mathematics", Doc: doc,
		Overloads: []Overload{{Signature: "(x: O…) => O", Absence: Sees, Kernel: best(larger), Examples: ex}}}
}

var least = bestFunc("least", "The smallest of the present arguments; absent if none is.", false, Example{Call: "least(3, 1, 2)", Result: "1"}, Example{Call: "least(none, 2)", Result: "2"})
var greatest = bestFunc("greatest", "The largest of the present arguments; absent if none is.", true, Example{Call: "greatest('a', 'b')", Result: "'b'"})

var clamp = &Func{Name: "clamp", Kind: Scalar, Family: "mathematics", Doc: "The value, or the nearer bound where it lies outside of them.", Overloads: []Overload{
	{Signature: "(x: int, low: int, high: int) => int", Examples: []Example{{Call: "clamp(12, 0, 10)", Result: "10"}}, Kernel: func(c *Call) error {
		a, l, h := c.Args[0], c.Args[1], c.Args[2]
		for i := range c.N {
			c.Out.Ints[i] = min(max(a.Ints[a.At(i)], l.Ints[l.At(i)]), h.Ints[h.At(i)])
		}
		return nil
	}},
	{Signature: "(x: float, low: float, high: float) => float", Examples: []Example{{Call: "clamp(-0.5, 0, 1)", Result: "0.0"}}, Kernel: func(c *Call) error {
		a, l, h := c.Args[0], c.Args[1], c.Args[2]
		for i := range c.N {
			c.Out.Floats[i] = min(max(a.Floats[a.At(i)], l.Floats[l.At(i)]), h.Floats[h.At(i)])
		}
		return nil
	}},
}}

var isNaN = &Func{Name: "is_nan", Kind: Scalar, Family: "mathematics", Doc: "Whether the float is NaN, the result of 0.0 × ∞ and the like.",
	Overloads: []Overload{{Signature: "(x: float) => bool", Examples: []Example{{Call: "is_nan(sqrt(-1))", Result: "true"}}, Kernel: func(c *Call) error {
		a := c.Args[0]
		eachBit(c.N, c.Out.Bits, func(i int) bool { x := a.Floats[a.At(i)]; return x != x })
		return nil
	}}}}
