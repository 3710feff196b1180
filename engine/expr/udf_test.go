package expr_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/engine/udf/udftest"
)

// doubler is an instance that doubles ints and fails at 13.
type doubler struct{ rows []int }

func (d *doubler) Call(_ context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	d.rows = append(d.rows, n)
	b := array.NewInt64Builder(memory.DefaultAllocator)
	in := args[0].(*array.Int64)
	for i := range n {
		if in.Value(i) == 13 {
			return nil, &udf.CallError{Function: f.ID(), Row: i, Message: "unlucky"}
		}
		b.Append(2 * in.Value(i))
	}
	return b.NewArray(), nil
}

func (d *doubler) Close(context.Context) error { return nil }

func TestUDF(t *testing.T) {
	t.Parallel()
	schema := []types.Field{{Name: "a", Type: types.Of(types.Int)}}
	f := &udf.Function{Package: "a/b", Version: "1.0.0", Name: "twice", Kind: udf.WASM, Shape: udf.Scalar, Params: schema, Result: types.Of(types.Int)}
	twice := &logical.Expr{Op: logical.OpUDF, T: f.Result, Func: f, Args: []*logical.Expr{{Op: logical.OpColumn, Name: "a", T: schema[0].Type}}}
	small := lower(t, "a < 10", schema)
	guarded := &logical.Expr{Op: logical.OpCase, T: f.Result, Args: []*logical.Expr{small, twice, lower(t, "0", nil)}}
	both := &logical.Expr{Op: logical.OpCall, Name: "+", T: f.Result, Args: []*logical.Expr{guarded, guarded}}

	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues([]int64{1, 13, 3}, nil)
	col := b.NewArray()
	batch := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "a", Type: col.DataType()}}, nil), []arrow.Array{col}, 3)
	var counted int
	d := &doubler{}
	env := expr.Env{Instance: func(context.Context, *udf.Function) (udf.Instance, string, error) { return d, "test", nil },
		Called: func(c expr.Call) { counted += c.Rows }}

	p, err := expr.Compile(both, schema, env)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Eval(context.Background(), batch)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != "[4 0 12]" || counted != 2 || len(d.rows) != 1 {
		t.Errorf("got %s after calls over %v rows, %d counted; want one call over the two rows that reach it", got, d.rows, counted)
	}

	p, err = expr.Compile(twice, schema, env)
	if err != nil {
		t.Fatal(err)
	}
	var call *udf.CallError
	if _, err = p.Eval(context.Background(), batch); !errors.As(err, &call) || call.Row != 1 {
		t.Errorf("error %v, want the function's own at row 1", err)
	}
}

// TestPredicatesAreTriedByRank: of two functions the one that excludes more rows for less is asked first, although it was written
// last; but where it fails for a row that the first one excludes, the written order decides.
func TestPredicatesAreTriedByRank(t *testing.T) {
	t.Parallel()
	var asked []string
	positive := udftest.New("positive", "(x: int) => bool", udf.Scalar, func(rows [][]any) (any, error) {
		asked = append(asked, "positive")
		return rows[0][0].(int64) > 0, nil
	})
	even := udftest.New("even", "(x: int) => bool", udf.Scalar, func(rows [][]any) (any, error) {
		asked = append(asked, "even")
		if rows[0][0].(int64) < 0 {
			return nil, errors.New("negative")
		}
		return rows[0][0].(int64)%2 == 0, nil
	})
	positive.Cost, positive.Selectivity, even.Cost, even.Selectivity = 1000, 0.9, 5, 0.5
	schema := []types.Field{{Name: "a", Type: types.Of(types.Int)}}
	call := func(f udftest.Function) *logical.Expr {
		return &logical.Expr{Op: logical.OpUDF, T: f.Result, Func: &f.Function, Args: []*logical.Expr{{Op: logical.OpColumn, Name: "a", T: schema[0].Type}}}
	}
	chain := func(op string, parts ...*logical.Expr) *logical.Expr {
		return &logical.Expr{Op: logical.OpCall, Name: op, T: types.Of(types.Bool), Args: parts}
	}
	run := func(e *logical.Expr, values ...int64) (string, error) {
		t.Helper()
		r := &udftest.Runtime{Functions: []udftest.Function{positive, even}}
		program, err := r.Load(t.Context(), udf.Module{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := program.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p, err := expr.Compile(e, schema, expr.Env{Instance: func(context.Context, *udf.Function) (udf.Instance, string, error) { return instance, "go", nil }})
		if err != nil {
			t.Fatal(err)
		}
		b := array.NewInt64Builder(memory.DefaultAllocator)
		b.AppendValues(values, nil)
		col := b.NewArray()
		asked = nil
		got, err := p.Eval(t.Context(), array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "a", Type: col.DataType()}}, nil), []arrow.Array{col}, int64(len(values))))
		if err != nil {
			return "", err
		}
		return got.String(), nil
	}
	for _, c := range []struct {
		name, want, asked string
		e                 *logical.Expr
		values            []int64
	}{
		{"by rank", "[false true]", "even even positive", chain("and", call(positive), call(even)), []int64{1, 2}},
		{"a guard", "[false true]", "even positive positive even", chain("and", call(positive), call(even)), []int64{-1, 2}},
		{"or", "[true true]", "even even positive", chain("or", call(positive), call(even)), []int64{2, 1}},
		{"in a try", "[false true]", "positive positive even", chain("try", chain("and", call(positive), call(even))), []int64{-1, 2}},
	} {
		if c.name == "in a try" { // what a row error marks would stay, although the row is excluded
			even.RowErrors = true
		}
		got, err := run(c.e, c.values...)
		if s := strings.Join(asked, " "); err != nil || got != c.want || s != c.asked {
			t.Errorf("%s: %s, %v after asking %s; want %s after %s", c.name, got, err, s, c.want, c.asked)
		}
	}
	volatile := positive
	volatile.Volatile = true
	if _, err := run(chain("and", call(volatile), call(even)), 1, 2); err != nil || strings.Join(asked, " ") != "positive positive even even" {
		t.Errorf("what varies was asked out of its turn: %v, %v", asked, err)
	}
}
