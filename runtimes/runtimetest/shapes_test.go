package runtimetest_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/engine/udf/udftest"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

// TestSuite holds the suite to a runtime of functions in Go.
func TestSuite(t *testing.T) {
	t.Parallel()
	bodies := map[string]func(rows [][]any) (any, error){
		"total": sum, "careful": sum,
		"wmean": func(rows [][]any) (any, error) {
			a, b := 0.0, 0.0
			for _, r := range rows {
				a, b = a+r[0].(float64)*r[1].(float64), b+r[1].(float64)
			}
			if b == 0 {
				return nil, nil
			}
			return a / b, nil
		},
		"chain": func(rows [][]any) (any, error) {
			var parts []string
			for _, r := range rows {
				parts = append(parts, r[0].(string))
			}
			return strings.Join(parts, "-"), nil
		},
		"gaps": func(rows [][]any) (any, error) {
			n := int64(0)
			for _, r := range rows {
				if r[0] == nil {
					n++
				}
			}
			return n, nil
		},
		"upto": func(rows [][]any) (any, error) {
			if rows[0][0].(int64) < 0 {
				return nil, errors.New("negative")
			}
			out := []any{}
			for i := range rows[0][0].(int64) {
				out = append(out, i)
			}
			return out, nil
		},
		"endless": func(rows [][]any) (any, error) { return make([]any, 1<<23), nil },
		"words": func(rows [][]any) (any, error) {
			out := []any{}
			for i, w := range strings.Fields(rows[0][0].(string)) {
				out = append(out, map[string]any{"word": w, "n": i + 1})
			}
			return out, nil
		},
		"again": func(rows [][]any) (any, error) {
			v := rows[0][0]
			switch v {
			case nil:
				v = "-"
			case "":
				v = nil
			}
			return slices.Repeat([]any{v}, int(rows[0][1].(int64))), nil
		},
		"pair": func(rows [][]any) (any, error) {
			a := rows[0][0].(float64)
			return []any{map[string]any{"a": a, "b": a, "c": true}, map[string]any{"a": -a, "b": nil, "c": false}}, nil
		},
		"root": func(rows [][]any) (any, error) {
			if rows[0][0].(float64) < 0 {
				return nil, errors.New("negative")
			}
			return math.Sqrt(rows[0][0].(float64)), nil
		},
		"times": func(rows [][]any) (any, error) {
			if rows[0][1].(int64) < 0 {
				return nil, errors.New("negative")
			}
			return strings.Repeat(rows[0][0].(string), int(rows[0][1].(int64))), nil
		},
		"or_fail": func(rows [][]any) (any, error) {
			if rows[0][1] == false {
				return nil, errors.New("false")
			}
			return rows[0][0], nil
		},
	}
	r := &udftest.Runtime{}
	digest := strings.Repeat("0", 64)
	for _, f := range slices.Concat(runtimetest.AggregateFunctions(udf.WASM, digest), runtimetest.TableFunctions(udf.WASM, digest), runtimetest.RowErrorFunctions(udf.WASM, digest)) {
		g := udftest.Function{Function: *f, Of: bodies[f.Name]}
		if f.Name == "careful" {
			g.Refuse = func(row []any) error {
				if row[0] == int64(13) {
					return errors.New("unlucky")
				}
				return nil
			}
		}
		r.Functions = append(r.Functions, g)
	}
	m := udf.Module{Kind: udf.WASM, Digest: digest, Code: []byte("go")}
	runtimetest.ExerciseShapes(t, runtimetest.Subject{Runtime: r, Aggregates: m, Tables: m, RowErrors: m})
	if n := r.Open(); n != 0 {
		t.Errorf("%d instances or rows were left open", n)
	}
}

func sum(rows [][]any) (any, error) {
	n := int64(0)
	for _, r := range rows {
		n += r[0].(int64)
	}
	return n, nil
}
