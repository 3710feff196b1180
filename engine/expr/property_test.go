package expr_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

var optional = []types.Field{
	{Name: "a", Type: types.Optional(types.Of(types.Int))}, {Name: "b", Type: types.Of(types.Int)},
	{Name: "x", Type: types.Optional(types.Of(types.Float))}, {Name: "y", Type: types.Of(types.Float)},
	{Name: "s", Type: types.Optional(types.Of(types.String))}, {Name: "t", Type: types.Of(types.String)},
	{Name: "p", Type: types.Optional(types.Of(types.Bool))}, {Name: "q", Type: types.Of(types.Bool)},
}

var extremes = []any{int64(0), int64(1), int64(-1), int64(2), int64(math.MaxInt64), int64(math.MinInt64), 0.0, 1.5, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), -2.25,
	"", "a", "A", "äß", "zz", true, false}

// cellOf draws a value of a column's type.
func cellOf(t *rapid.T, f types.Field) any {
	if f.Type.IsOption() && rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		return nil
	}
	var fit []any
	for _, v := range extremes {
		switch v.(type) {
		case int64:
			if f.Type.Required().Kind == types.Int {
				fit = append(fit, v)
			}
		case float64:
			if f.Type.Required().Kind == types.Float {
				fit = append(fit, v)
			}
		case string:
			if f.Type.Required().Kind == types.String {
				fit = append(fit, v)
			}
		case bool:
			if f.Type.Required().Kind == types.Bool {
				fit = append(fit, v)
			}
		}
	}
	return rapid.SampledFrom(fit).Draw(t, "cell")
}

// sliced builds a column that starts inside its buffers; strings may be dictionary-encoded.
func sliced(t *rapid.T, f types.Field, cells []any, before int) arrow.Array {
	dt, _ := types.ToArrow(f.Type)
	encoded := f.Type.Required().Kind == types.String && rapid.Bool().Draw(t, "dictionary")
	if encoded {
		dt = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: dt}
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	for i := -before; i < len(cells); i++ {
		var v any
		if i >= 0 {
			v = cells[i]
		}
		switch b := b.(type) {
		case *array.Int64Builder:
			if x, ok := v.(int64); ok {
				b.Append(x)
				continue
			}
		case *array.Float64Builder:
			if x, ok := v.(float64); ok {
				b.Append(x)
				continue
			}
		case *array.BooleanBuilder:
			if x, ok := v.(bool); ok {
				b.Append(x)
				continue
			}
		case *array.StringBuilder:
			if x, ok := v.(string); ok {
				b.Append(x)
				continue
			}
		case *array.BinaryDictionaryBuilder:
			if x, ok := v.(string); ok {
				if err := b.AppendString(x); err != nil {
					t.Fatal(err)
				}
				continue
			}
		}
		b.AppendNull()
	}
	return array.NewSlice(b.NewArray(), int64(before), int64(before+len(cells)))
}

// scalar draws an expression of a kind.
func scalar(t *rapid.T, k types.Kind, depth int) *logical.Expr {
	if depth == 0 || rapid.IntRange(0, 5).Draw(t, "leaf") == 0 {
		if rapid.IntRange(0, 3).Draw(t, "literal") == 0 {
			v := cellOf(t, types.Field{Type: types.Of(k)})
			e := &logical.Expr{Op: logical.OpLiteral, T: types.Of(k), Lit: &logical.Literal{}}
			switch v := v.(type) {
			case int64:
				e.Lit.Int = &v
			case float64:
				f := logical.Float(v)
				e.Lit.Float = &f
			case bool:
				e.Lit.Bool = &v
			case string:
				e.Lit.Text = &v
			}
			return e
		}
		var fit []types.Field
		for _, f := range optional {
			if f.Type.Required().Kind == k {
				fit = append(fit, f)
			}
		}
		f := rapid.SampledFrom(fit).Draw(t, "column")
		return &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}
	}
	arg := func(k types.Kind) *logical.Expr { return scalar(t, k, depth-1) }
	call := func(name string, args ...*logical.Expr) *logical.Expr {
		ts := make([]types.Type, len(args))
		for i, a := range args {
			ts[i] = a.T
		}
		r, err := funcs.Resolve(name, ts)
		if err != nil {
			t.Fatal(err)
		}
		return &logical.Expr{Op: logical.OpCall, Name: name, T: r.Result, Args: args}
	}
	if rapid.IntRange(0, 4).Draw(t, "case") == 0 {
		a, b := arg(k), arg(k)
		typ, _ := funcs.Common(a.T, b.T)
		return &logical.Expr{Op: logical.OpCase, T: typ, Args: []*logical.Expr{arg(types.Bool), a, b}}
	}
	switch k {
	case types.Int:
		name := rapid.SampledFrom([]string{"+", "-", "*", "div", "%", "neg", "??", "len"}).Draw(t, "op")
		switch name {
		case "neg":
			return call(name, arg(k))
		case "len":
			return call(name, arg(types.String))
		}
		return call(name, arg(k), arg(k))
	case types.Float:
		name := rapid.SampledFrom([]string{"+", "-", "*", "/", "neg", "??"}).Draw(t, "op")
		if name == "neg" {
			return call(name, arg(k))
		}
		return call(name, arg(k), arg(k))
	case types.String:
		if name := rapid.SampledFrom([]string{"+", "lower", "??"}).Draw(t, "op"); name != "lower" {
			return call(name, arg(k), arg(k))
		}
		return call("lower", arg(k))
	}
	of := rapid.SampledFrom([]types.Kind{types.Int, types.Float, types.String}).Draw(t, "compared")
	switch name := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "is_none"}).Draw(t, "op"); name {
	case "and", "or":
		return call(name, arg(k), arg(k))
	case "not":
		return call(name, arg(k))
	case "is_none":
		return call(name, arg(of))
	default:
		return call(name, arg(of), arg(of))
	}
}

// TestAgainstReference compares columns with one row at a time, over several batches by one program.
func TestAgainstReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := scalar(t, rapid.SampledFrom([]types.Kind{types.Int, types.Float, types.String, types.Bool}).Draw(t, "kind"), rapid.IntRange(1, 4).Draw(t, "depth"))
		p, err := expr.Compile(e, optional, expr.Env{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			compareBatch(t, p, e, rapid.SampledFrom([]int{0, 1, 7, 64, 65, 300}).Draw(t, "rows"))
		}
	})
}

func compareBatch(t *rapid.T, p *expr.Program, e *logical.Expr, n int) {
	distinct := 1 + min(n, 12)
	rows := make([]map[string]any, n)
	var cols []arrow.Array
	var fields []arrow.Field
	for i := range rows {
		rows[i] = map[string]any{}
	}
	before := rapid.IntRange(0, 9).Draw(t, "offset")
	for _, f := range optional {
		few := make([]any, distinct)
		for i := range few {
			few[i] = cellOf(t, f)
		}
		cells := make([]any, n)
		for i := range cells {
			cells[i] = few[(i*7+i/5)%distinct]
			rows[i][f.Name] = cells[i]
		}
		c := sliced(t, f, cells, before)
		cols = append(cols, c)
		fields = append(fields, arrow.Field{Name: f.Name, Type: c.DataType(), Nullable: true})
	}
	batch := array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(n))
	got, err := p.Eval(context.Background(), batch)
	wants, fails := make([]any, n), make([]bool, n)
	some := false
	for i, r := range rows {
		v, err := reference(e, r)
		wants[i], fails[i] = v, err != nil
		some = some || err != nil
	}
	if err != nil || some {
		var at *expr.RunError
		if !errors.As(err, &at) || at.Row < 0 || at.Row >= n || !fails[at.Row] && rows[at.Row][unclear] == nil {
			t.Fatalf("error %v; the reference fails at %v", err, fails)
		}
		return
	}
	if got.Len() != n {
		t.Fatalf("%d results for %d rows", got.Len(), n)
	}
	v, err := funcs.FromArrow(got, e.T)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if g := cellAt(v, i); !same(g, wants[i]) {
			t.Fatalf("row %d %v: got %v, want %v", i, rows[i], g, wants[i])
		}
	}
	if e.T.Required().Kind == types.Bool {
		bits, count, err := p.EvalBool(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, w := range wants {
			if w == true {
				want++
			}
		}
		if count != want || len(expr.Rows(bits, n)) != want {
			t.Fatalf("%d rows are selected, want %d", count, want)
		}
	}
}

func cellAt(v *funcs.Vec, i int) any {
	if !v.Present(i) {
		return nil
	}
	switch v.Type.Kind {
	case types.Int:
		return v.Ints[i]
	case types.Float:
		return v.Floats[i]
	case types.Bool:
		return v.Bool(i)
	}
	return v.Str(i)
}

func same(a, b any) bool {
	x, ok := a.(float64)
	y, ok2 := b.(float64)
	if ok && ok2 {
		return x == y && math.Signbit(x) == math.Signbit(y) || x != x && y != y
	}
	return a == b
}
