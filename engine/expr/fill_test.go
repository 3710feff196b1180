package expr_test

import (
	"context"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// tripler is an instance that triples ints and adds what else it is given, into memory that it is given.
type tripler struct{ given int }

func (r *tripler) Close(context.Context) error { return nil }

func (r *tripler) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	return r.Fill(ctx, f, args, n, make([]byte, 8*n))
}

func (r *tripler) Fill(_ context.Context, _ *udf.Function, args []arrow.Array, n int, values []byte) (arrow.Array, error) {
	r.given++
	out := arrow.Int64Traits.CastFromBytes(values)[:n]
	for i, x := range args[0].(*array.Int64).Int64Values() {
		out[i] = 3 * x
		for _, more := range args[1:] {
			out[i] += more.(*array.Int64).Value(i)
		}
	}
	data := array.NewData(arrow.PrimitiveTypes.Int64, n, []*memory.Buffer{nil, memory.NewBufferBytes(values[:8*n])}, nil, 0, 0)
	return array.NewInt64Data(data), nil
}

func ints(n, from int) (arrow.RecordBatch, []int64) {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range n {
		b.Append(int64(from + i))
	}
	a := b.NewInt64Array()
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "a", Type: a.DataType()}}, nil), []arrow.Array{a}, int64(n)), a.Int64Values()
}

// TestFill evaluates batches of different sizes: what was given out stays as it is, unless it was taken briefly.
func TestFill(t *testing.T) {
	t.Parallel()
	schema := []types.Field{{Name: "a", Type: types.Of(types.Int)}}
	f := &udf.Function{Package: "a/b", Version: "1.0.0", Name: "thrice", Kind: udf.WASM, Shape: udf.Scalar, Params: schema, Result: types.Of(types.Int)}
	thrice := func(e *logical.Expr) *logical.Expr {
		return &logical.Expr{Op: logical.OpUDF, T: f.Result, Func: f, Args: []*logical.Expr{e}}
	}
	g := *f
	g.Name, g.Params = "and_more", append(schema, types.Field{Name: "b", Type: types.Of(types.Int)})
	call := func(op string, t types.Kind, args ...*logical.Expr) *logical.Expr {
		return &logical.Expr{Op: logical.OpCall, Name: op, T: types.Of(t), Args: args}
	}
	a := lower(t, "a", schema)
	for name, c := range map[string]struct {
		e    *logical.Expr
		want func(a int64) int64
	}{
		"the root":     {thrice(a), func(a int64) int64 { return 3 * a }},
		"of its own":   {thrice(thrice(a)), func(a int64) int64 { return 9 * a }},
		"a constant":   {&logical.Expr{Op: logical.OpUDF, T: g.Result, Func: &g, Args: []*logical.Expr{a, lower(t, "7", nil)}}, func(a int64) int64 { return 3*a + 7 }},
		"below others": {call("+", types.Int, call("*", types.Int, thrice(a), thrice(lower(t, "a + 1", schema))), thrice(a)), func(a int64) int64 { return 9*a*(a+1) + 3*a }},
		"some rows":    {&logical.Expr{Op: logical.OpCase, T: f.Result, Args: []*logical.Expr{lower(t, "a % 3 == 0", schema), thrice(a), thrice(thrice(a))}}, func(a int64) int64 { return map[bool]int64{true: 3, false: 9}[a%3 == 0] * a }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &tripler{}
			p, err := expr.Compile(c.e, schema, expr.Env{Instance: func(context.Context, *udf.Function) (udf.Instance, string, error) { return r, "test", nil }})
			if err != nil {
				t.Fatal(err)
			}
			var kept []arrow.Array
			var inputs [][]int64
			memories := map[*int64]int{}
			check := func(out arrow.Array, in []int64) {
				t.Helper()
				for i, got := range out.(*array.Int64).Int64Values() {
					if want := c.want(in[i]); got != want {
						t.Fatalf("row %d of %d is %d, not %d", i, len(in), got, want)
					}
				}
			}
			for k, n := range []int{1000, 1000, 700, 300, 5, 1000, 1001, 900} {
				batch, in := ints(n, 1+10*k)
				out, err := p.Eval(t.Context(), batch)
				if err != nil {
					t.Fatal(err)
				}
				check(out, in)
				kept, inputs = append(kept, out), append(inputs, in)
				for range 2 { // the second time in the memory of the first; the next Eval keeps what there is
					brief, err := p.EvalBriefly(t.Context(), batch)
					if err != nil {
						t.Fatal(err)
					}
					check(brief, in)
					memories[unsafe.SliceData(brief.(*array.Int64).Int64Values())]++
				}
			}
			for i, out := range kept {
				check(out, inputs[i])
			}
			if r.given == 0 {
				t.Error("no memory was given")
			}
			if name != "some rows" && len(memories) == 16 {
				t.Error("no memory was used again") // the branches of a case are put together in memory of their own
			}
		})
	}
}
