package udftest

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/dreamql/dreamql/engine/udf"
)

// All are functions of every shape, whose results show what the engine passed to them and in which order.
func All() []Function {
	root := New("root", "(x: float) => float", udf.Scalar, func(rows [][]any) (any, error) {
		if x := rows[0][0].(float64); x >= 0 {
			return math.Sqrt(x), nil
		}
		return nil, errors.New("negative")
	})
	root.RowErrors = true
	// chain depends on the order of rows.
	chain := New("chain", "(s: string) => string", udf.Aggregate, func(rows [][]any) (any, error) {
		var parts []string
		for _, r := range rows {
			parts = append(parts, r[0].(string))
		}
		return strings.Join(parts, "-"), nil
	})
	chain.Refuse = func(row []any) error {
		if row[0] == "fail" {
			return errors.New("told to fail")
		}
		return nil
	}
	return []Function{
		New("half", "(x: int) => int", udf.Scalar, func(rows [][]any) (any, error) {
			if x := rows[0][0].(int64); x%2 == 0 {
				return x / 2, nil
			}
			return nil, errors.New("odd")
		}),
		root,
		// wmean is absent where no row counts.
		New("wmean", "(x: float, w: float) => float?", udf.Aggregate, func(rows [][]any) (any, error) {
			sum, weights := 0.0, 0.0
			for _, r := range rows {
				sum, weights = sum+r[0].(float64)*r[1].(float64), weights+r[1].(float64)
			}
			if weights == 0 {
				return nil, nil
			}
			return sum / weights, nil
		}),
		chain,
		// gaps is called for absent values too.
		New("gaps", "(x: float?) => int", udf.Aggregate, func(rows [][]any) (any, error) {
			n := int64(0)
			for _, r := range rows {
				if r[0] == nil {
					n++
				}
			}
			return n, nil
		}),
		New("words", "(text: string) => [{word: string, n: int}]", udf.Table, func(rows [][]any) (any, error) {
			if rows[0][0] == "fail" {
				return nil, errors.New("told to fail")
			}
			out := []any{}
			for i, w := range strings.Fields(rows[0][0].(string)) {
				out = append(out, map[string]any{"word": w, "n": int64(i + 1)})
			}
			return out, nil
		}),
		New("upto", "(n: int) => [int]", udf.Table, func(rows [][]any) (any, error) {
			n := rows[0][0].(int64)
			if n < 0 {
				return nil, fmt.Errorf("%d is negative", n)
			}
			out := []any{}
			for i := range n {
				out = append(out, i)
			}
			return out, nil
		}),
	}
}
