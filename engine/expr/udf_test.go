package expr_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
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
		Called: func(_ *udf.Function, tier string, rows int, _ time.Duration) { counted += rows }}

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
