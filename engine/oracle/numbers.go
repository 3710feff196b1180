package oracle

import (
	"errors"
	"math"
	"math/big"

	"github.com/dreamql/dreamql/engine/logical"
)

var errZero = errors.New("division by zero")

var numbers = map[string]function{
	"+": numeric((*big.Int).Add, func(a, b float64) float64 { return a + b }, false),
	"-": numeric((*big.Int).Sub, func(a, b float64) float64 { return a - b }, false),
	"*": numeric((*big.Int).Mul, func(a, b float64) float64 { return a * b }, true),
	"/": func(a []any, _ *logical.Expr) (any, error) {
		x, y := a[0].(float64), a[1].(float64)
		if y == 0 {
			return nil, errZero
		}
		return x / y, nil
	},
	"%": func(a []any, _ *logical.Expr) (any, error) {
		if x, ok := a[0].(float64); ok {
			if a[1] == 0.0 {
				return nil, errZero
			}
			return math.Mod(x, a[1].(float64)), nil
		}
		return divide(a, (*big.Int).Rem)
	},
	"div": func(a []any, _ *logical.Expr) (any, error) { return divide(a, (*big.Int).Quo) },
	"**": func(a []any, _ *logical.Expr) (any, error) {
		if x, ok := a[0].(float64); ok {
			return math.Pow(x, a[1].(float64)), nil
		}
		if a[1].(int64) < 0 {
			return nil, errors.New("an int to a negative int")
		}
		out := big.NewInt(1)
		for range a[1].(int64) {
			out.Mul(out, big.NewInt(a[0].(int64)))
			if out.BitLen() > 128 {
				return nil, errFit
			}
			if out.Sign() == 0 || a[0] == int64(1) {
				break
			}
			if a[0] == int64(-1) {
				return 1 - 2*(a[1].(int64)%2), nil
			}
		}
		return whole(out)
	},
	"neg": sign1((*big.Int).Neg, func(x float64) float64 { return -x }),
	"abs": sign1((*big.Int).Abs, math.Abs),
	"sign": func(a []any, _ *logical.Expr) (any, error) {
		if x, ok := a[0].(float64); ok {
			switch {
			case x > 0:
				return 1.0, nil
			case x < 0:
				return -1.0, nil
			}
			return x, nil // zero, or NaN
		}
		return int64(order(a[0], int64(0))), nil
	},
	"round": rounding(math.Round), "floor": rounding(math.Floor), "ceil": rounding(math.Ceil),
	"trunc": func(a []any, _ *logical.Expr) (any, error) {
		if x, ok := a[0].(float64); ok {
			return math.Trunc(x), nil
		}
		return nil, errOther
	},
	"clamp": func(a []any, _ *logical.Expr) (any, error) {
		out := a[0]
		for _, x := range a {
			if f, ok := x.(float64); ok && math.IsNaN(f) {
				return f, nil
			}
		}
		if order(out, a[1]) < 0 {
			out = a[1]
		}
		if order(out, a[2]) > 0 { // the upper bound wins where they cross
			out = a[2]
		}
		return out, nil
	},
	"is_nan": func(a []any, _ *logical.Expr) (any, error) { return math.IsNaN(a[0].(float64)), nil },
	"sqrt":   func(a []any, _ *logical.Expr) (any, error) { return math.Sqrt(a[0].(float64)), nil },
	"not":    func(a []any, _ *logical.Expr) (any, error) { return !a[0].(bool), nil },
}

// numeric is arithmetic on ints, which must fit, on decimals, which are exact, and on floats.
func numeric(exact func(z, x, y *big.Int) *big.Int, float func(a, b float64) float64, product bool) function {
	return func(a []any, e *logical.Expr) (any, error) {
		switch x := a[0].(type) {
		case int64:
			y, ok := a[1].(int64)
			if !ok {
				return nil, errOther
			}
			return whole(exact(new(big.Int), big.NewInt(x), big.NewInt(y)))
		case float64:
			return float(x, a[1].(float64)), nil
		case Decimal:
			y := a[1].(Decimal)
			scale := e.T.Required().Scale
			if product {
				return fit(Decimal{exact(new(big.Int), x.Unscaled, y.Unscaled), scale})
			}
			return fit(Decimal{exact(new(big.Int), x.at(scale).Unscaled, y.at(scale).Unscaled), scale})
		}
		return nil, errOther
	}
}

func divide(a []any, f func(z, x, y *big.Int) *big.Int) (any, error) {
	if a[1] == int64(0) {
		return nil, errZero
	}
	return whole(f(new(big.Int), big.NewInt(a[0].(int64)), big.NewInt(a[1].(int64))))
}

func whole(n *big.Int) (any, error) {
	if !n.IsInt64() {
		return nil, errFit
	}
	return n.Int64(), nil
}

func sign1(exact func(z, x *big.Int) *big.Int, float func(float64) float64) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		switch x := a[0].(type) {
		case int64:
			return whole(exact(new(big.Int), big.NewInt(x)))
		case float64:
			return float(x), nil
		case Decimal:
			return Decimal{exact(new(big.Int), x.Unscaled), x.Scale}, nil
		case Span:
			return Span{-x[0], -x[1], -x[2]}, nil
		}
		return nil, errOther
	}
}

func rounding(f func(float64) float64) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		if len(a) == 2 {
			return nil, errOther
		}
		if x, ok := a[0].(float64); ok {
			return f(x), nil
		}
		return a[0], nil
	}
}
