package oracle

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
)

var errArgument = errors.New("an argument is out of range")

// mathematics are the functions of numbers beyond the operators.
var mathematics = map[string]function{
	"exp": float1(math.Exp), "ln": float1(math.Log), "log10": float1(math.Log10), "log2": float1(math.Log2),
	"expm1": float1(math.Expm1), "log1p": float1(math.Log1p), "cbrt": float1(math.Cbrt),
	"sin": float1(math.Sin), "cos": float1(math.Cos), "tan": float1(math.Tan), "asin": float1(math.Asin), "acos": float1(math.Acos), "atan": float1(math.Atan),
	"sinh": float1(math.Sinh), "cosh": float1(math.Cosh), "tanh": float1(math.Tanh), "asinh": float1(math.Asinh), "acosh": float1(math.Acosh), "atanh": float1(math.Atanh),
	"cot":     float1(func(x float64) float64 { return math.Cos(x) / math.Sin(x) }),
	"radians": float1(func(x float64) float64 { return x * math.Pi / 180 }), "degrees": float1(func(x float64) float64 { return x * 180 / math.Pi }),
	"atan2": float2(math.Atan2), "pow": float2(math.Pow), "hypot": float2(math.Hypot),
	"log": func(a []any, _ *logical.Expr) (any, error) {
		if len(a) == 1 {
			return math.Log(a[0].(float64)), nil
		}
		return math.Log(a[0].(float64)) / math.Log(a[1].(float64)), nil
	},
	"pi": constant(math.Pi), "e": constant(math.E), "infinity": constant(math.Inf(1)), "nan": constant(math.NaN()),
	"is_finite": func(a []any, _ *logical.Expr) (any, error) {
		return !math.IsNaN(a[0].(float64)) && !math.IsInf(a[0].(float64), 0), nil
	},
	"is_infinite": func(a []any, _ *logical.Expr) (any, error) { return math.IsInf(a[0].(float64), 0), nil },
	"round":       roundPlaces,
	"gcd": func(a []any, _ *logical.Expr) (any, error) {
		x, y := big.NewInt(a[0].(int64)), big.NewInt(a[1].(int64))
		return whole(new(big.Int).GCD(nil, nil, x.Abs(x), y.Abs(y)))
	},
	"lcm": func(a []any, _ *logical.Expr) (any, error) {
		x, y := big.NewInt(a[0].(int64)), big.NewInt(a[1].(int64))
		if x.Sign() == 0 || y.Sign() == 0 {
			return int64(0), nil
		}
		all := new(big.Int).Mul(x, y)
		return whole(all.Quo(all.Abs(all), new(big.Int).GCD(nil, nil, x.Abs(x), y.Abs(y))))
	},
	"factorial": func(a []any, _ *logical.Expr) (any, error) {
		n := a[0].(int64)
		if n < 0 || n > 20 {
			return nil, errArgument
		}
		return whole(new(big.Int).MulRange(1, n))
	},
	"mod": func(a []any, _ *logical.Expr) (any, error) {
		x, y := big.NewInt(a[0].(int64)), big.NewInt(a[1].(int64))
		if y.Sign() == 0 {
			return nil, errZero
		}
		r := new(big.Int).Rem(x, y)
		if r.Sign()*y.Sign() < 0 {
			r.Add(r, y)
		}
		return whole(r)
	},
	"bit_and":   ints2(func(x, y int64) int64 { return x & y }),
	"bit_or":    ints2(func(x, y int64) int64 { return x | y }),
	"bit_xor":   ints2(func(x, y int64) int64 { return x ^ y }),
	"bit_not":   func(a []any, _ *logical.Expr) (any, error) { return -1 - a[0].(int64), nil },
	"bit_count": func(a []any, _ *logical.Expr) (any, error) { return int64(bits.OnesCount64(uint64(a[0].(int64)))), nil },
	"shift_left": func(a []any, _ *logical.Expr) (any, error) {
		x := a[0].(int64)
		for range min(a[1].(int64), 64) {
			x *= 2
		}
		return x, shiftable(a[1])
	},
	"shift_right": func(a []any, _ *logical.Expr) (any, error) {
		x := big.NewInt(a[0].(int64))
		for range min(a[1].(int64), 64) {
			x.Div(x, big.NewInt(2)) // rounds down
		}
		return x.Int64(), shiftable(a[1])
	},
	"width_bucket": func(a []any, _ *logical.Expr) (any, error) {
		x, low, high, n := a[0].(float64), a[1].(float64), a[2].(float64), a[3].(int64)
		if !(low < high) || n < 1 || math.IsInf(high-low, 0) {
			return nil, errArgument
		}
		switch {
		case math.IsNaN(x):
			return nil, nil
		case x < low:
			return int64(0), nil
		case x >= high:
			return n + 1, nil
		}
		return min(int64(math.Floor((x-low)/(high-low)*float64(n)))+1, n), nil
	},
	"to_base": func(a []any, _ *logical.Expr) (any, error) {
		if base := a[1].(int64); base < 2 || base > 36 {
			return nil, errArgument
		}
		return big.NewInt(a[0].(int64)).Text(int(a[1].(int64))), nil
	},
	"from_base": func(a []any, _ *logical.Expr) (any, error) {
		if base := a[1].(int64); base < 2 || base > 36 {
			return nil, errArgument
		}
		n, ok := new(big.Int).SetString(strings.TrimSpace(a[0].(string)), int(a[1].(int64)))
		if !ok || !n.IsInt64() {
			return nil, nil
		}
		return n.Int64(), nil
	},
	"checked_add": checked("+"), "checked_subtract": checked("-"), "checked_multiply": checked("*"), "checked_div": checked("div"), "checked_divide": checked("/"),
}

func shiftable(places any) error {
	if k := places.(int64); k < 0 || k > 63 {
		return errArgument
	}
	return nil
}

// checked is absent where the operator fails.
func checked(operator string) function {
	return func(a []any, e *logical.Expr) (any, error) {
		v, err := numbers[operator](a, e)
		if err != nil {
			return nil, nil
		}
		return v, nil
	}
}

func constant(x float64) function { return func([]any, *logical.Expr) (any, error) { return x, nil } }

func float1(f func(float64) float64) function {
	return func(a []any, _ *logical.Expr) (any, error) { return f(a[0].(float64)), nil }
}

func float2(f func(x, y float64) float64) function {
	return func(a []any, _ *logical.Expr) (any, error) { return f(a[0].(float64), a[1].(float64)), nil }
}

func ints2(f func(x, y int64) int64) function {
	return func(a []any, _ *logical.Expr) (any, error) { return f(a[0].(int64), a[1].(int64)), nil }
}

// roundPlaces rounds to so many decimal places: decimals exactly, floats by scaling.
func roundPlaces(a []any, e *logical.Expr) (any, error) {
	places := a[1].(int64)
	if x, ok := a[0].(float64); ok {
		switch {
		case math.IsNaN(x) || math.IsInf(x, 0) || places > 300:
			return x, nil
		case places < -300:
			return 0.0, nil
		case places < 0:
			p := math.Pow(10, float64(-places))
			return math.Round(x/p) * p, nil
		}
		p := math.Pow(10, float64(places))
		if math.Abs(x*p) >= 1<<53 {
			return x, nil
		}
		return math.Round(x*p) / p, nil
	}
	x, ok := a[0].(Decimal)
	if !ok {
		return nil, errOther
	}
	drop := int64(x.Scale) - places
	if drop <= 0 {
		return x, nil
	}
	if drop > 39 {
		return Decimal{new(big.Int), x.Scale}, nil
	}
	unit := pow10(int(drop))
	half := new(big.Int).Quo(unit, big.NewInt(2))
	n := new(big.Int).Add(new(big.Int).Abs(x.Unscaled), half)
	n.Mul(n.Quo(n, unit), unit)
	if x.Unscaled.Sign() < 0 {
		n.Neg(n)
	}
	if n.CmpAbs(pow10(e.T.Required().Precision)) >= 0 {
		return nil, errFit
	}
	return Decimal{n, x.Scale}, nil
}

// vectors are the functions of two lists of floats.
func vector(f func(x, y []float64) (float64, bool)) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		var v [2][]float64
		for i := range v {
			for _, x := range a[i].([]any) {
				if x == nil {
					return nil, nil
				}
				v[i] = append(v[i], x.(float64))
			}
		}
		if len(v[0]) != len(v[1]) {
			return nil, errArgument
		}
		out, ok := f(v[0], v[1])
		if !ok {
			return nil, nil
		}
		return out, nil
	}
}

func dot(x, y []float64) (s float64, ok bool) {
	for i := range x {
		s += x[i] * y[i]
	}
	return s, true
}

var vectors = map[string]function{
	"dot": vector(dot),
	"cosine_similarity": vector(func(x, y []float64) (float64, bool) {
		xy, _ := dot(x, y)
		xx, _ := dot(x, x)
		yy, _ := dot(y, y)
		size := math.Sqrt(xx) * math.Sqrt(yy)
		return xy / size, size != 0
	}),
	"euclidean_distance": vector(func(x, y []float64) (float64, bool) {
		d := slices.Clone(x)
		for i := range d {
			d[i] -= y[i]
		}
		s, _ := dot(d, d)
		return math.Sqrt(s), true
	}),
	"cumulative_sum": list(func(l []any, _ any) any {
		out, s := []any{}, 0.0
		for _, x := range l {
			if x != nil {
				s += x.(float64)
			}
			out = append(out, s)
		}
		return out
	}),
}
