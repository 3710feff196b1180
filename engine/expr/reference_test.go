package expr_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
)

var errRow = errors.New("fails at this row")

// reference evaluates an expression at one row, in the plainest way: values are int64, float64, bool, string, or nil for absent.
func reference(e *logical.Expr, row map[string]any) (any, error) {
	switch e.Op {
	case logical.OpColumn:
		return row[e.Name], nil
	case logical.OpLiteral:
		switch l := e.Lit; {
		case l.Int != nil:
			return *l.Int, nil
		case l.Float != nil:
			return float64(*l.Float), nil
		case l.Bool != nil:
			return *l.Bool, nil
		case l.Text != nil:
			return *l.Text, nil
		}
		return nil, nil
	case logical.OpCase:
		c, err := reference(e.Args[0], row)
		if err != nil {
			return nil, err
		}
		if c == true {
			return reference(e.Args[1], row)
		}
		return reference(e.Args[2], row)
	}
	if e.Name == "and" || e.Name == "or" {
		return referenceChain(e, row)
	}
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		v, err := reference(a, row)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	return referenceCall(e.Name, args)
}

// unclear marks a row where a part of a chain fails and a later one decides: it may fail, or not, by the order of evaluation.
const unclear = "unclear"

// referenceChain goes from left to right to the first side that decides.
func referenceChain(e *logical.Expr, row map[string]any) (any, error) {
	decides := e.Name == "or"
	var failed error
	absent := false
	for _, a := range e.Args {
		v, err := reference(a, row)
		switch {
		case err != nil:
			failed = err
		case v == nil:
			absent = true
		case v == decides:
			if failed != nil {
				row[unclear] = true
			}
			return decides, nil
		}
	}
	if failed != nil {
		return nil, failed
	}
	if absent {
		return nil, nil
	}
	return !decides, nil
}

func referenceCall(name string, a []any) (any, error) {
	switch name {
	case "==", "!=":
		eq := a[0] == a[1]
		if x, ok := a[0].(float64); ok && x != x {
			y, ok := a[1].(float64)
			eq = ok && y != y
		}
		return eq == (name == "=="), nil
	case "is_none":
		return a[0] == nil, nil
	case "??":
		if a[0] != nil {
			return a[0], nil
		}
		return a[1], nil
	case "<", "<=", ">", ">=":
		if a[0] == nil || a[1] == nil {
			return false, nil
		}
		c := referenceOrder(a[0], a[1])
		return map[string]bool{"<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[name], nil
	}
	for _, x := range a {
		if x == nil {
			return nil, nil
		}
	}
	switch x := a[0].(type) {
	case bool:
		return !x, nil // not
	case string:
		switch name {
		case "lower":
			return strings.ToLower(x), nil
		case "+":
			return x + a[1].(string), nil
		case "len":
			return int64(len([]rune(x))), nil
		}
	case float64:
		if name == "neg" {
			return -x, nil
		}
		y := a[1].(float64)
		switch name {
		case "+":
			return x + y, nil
		case "-":
			return x - y, nil
		case "*":
			return x * y, nil
		case "/":
			if y == 0 {
				return nil, errRow
			}
			return x / y, nil
		}
	case int64:
		b, r := big.NewInt(x), new(big.Int)
		if name == "neg" {
			r.Neg(b)
		} else {
			y := big.NewInt(a[1].(int64))
			switch name {
			case "+":
				r.Add(b, y)
			case "-":
				r.Sub(b, y)
			case "*":
				r.Mul(b, y)
			case "div", "%":
				if y.Sign() == 0 {
					return nil, errRow
				}
				if r.Quo(b, y); name == "%" {
					r.Rem(b, y)
				}
			}
		}
		if !r.IsInt64() {
			return nil, errRow
		}
		return r.Int64(), nil
	}
	panic(fmt.Sprintf("the reference does not know %s of %v", name, a))
}

func referenceOrder(a, b any) int {
	switch x := a.(type) {
	case int64:
		return cmp.Compare(x, b.(int64))
	case string:
		return cmp.Compare(x, b.(string))
	case float64:
		y := b.(float64)
		if math.IsNaN(x) || math.IsNaN(y) {
			return cmp.Compare(y2n(x), y2n(y))
		}
		return cmp.Compare(x, y)
	}
	panic("no order")
}

func y2n(x float64) int {
	if math.IsNaN(x) {
		return 1
	}
	return 0
}
