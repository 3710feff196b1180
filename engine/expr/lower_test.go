package expr_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/expr"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// lower reads a scalar expression and types it by the function table: what the tests need of the checker.
func lower(t testing.TB, text string, schema []types.Field) *logical.Expr {
	t.Helper()
	x, ds := syntax.ParseExpr(0, text)
	if len(ds) > 0 {
		t.Fatalf("%s: %v", text, ds)
	}
	return (&lowering{t, text, schema}).expr(x)
}

type lowering struct {
	testing.TB
	text   string
	schema []types.Field
}

func (l *lowering) lit(k types.Kind, lit logical.Literal) *logical.Expr {
	return &logical.Expr{Op: logical.OpLiteral, T: types.Of(k), Lit: &lit}
}

func (l *lowering) int(k types.Kind, v int64) *logical.Expr {
	return l.lit(k, logical.Literal{Int: &v})
}

func (l *lowering) call(name string, args ...*logical.Expr) *logical.Expr {
	l.Helper()
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.T
	}
	r, err := funcs.Resolve(name, ts)
	if err != nil {
		l.Fatalf("%s: %v", l.text, err)
	}
	return &logical.Expr{Op: logical.OpCall, Name: r.Func.Name, T: r.Result, Args: args}
}

func (l *lowering) exprs(xs []syntax.Expr) (out []*logical.Expr) {
	for _, x := range xs {
		out = append(out, l.expr(x))
	}
	return out
}

func (l *lowering) expr(x syntax.Expr) *logical.Expr {
	l.Helper()
	switch x := x.(type) {
	case *syntax.Number:
		if x.Int {
			v, err := strconv.ParseInt(x.Text, 10, 64)
			if err != nil {
				l.Fatal(err)
			}
			return l.int(types.Int, v)
		}
		v, err := strconv.ParseFloat(x.Text, 64)
		if err != nil {
			l.Fatal(err)
		}
		f := logical.Float(v)
		return l.lit(types.Float, logical.Literal{Float: &f})
	case *syntax.String:
		return l.text1(x)
	case *syntax.Bool:
		return l.lit(types.Bool, logical.Literal{Bool: &x.Value})
	case *syntax.None:
		return l.lit(types.None, logical.Literal{})
	case *syntax.DurationLit:
		return l.duration(x)
	case *syntax.Name:
		for _, f := range l.schema {
			if f.Name == x.Name {
				return &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}
			}
		}
		l.Fatalf("%s: no column %s", l.text, x.Name)
	case *syntax.Unary:
		if x.Op == "-" {
			return l.call("neg", l.expr(x.X))
		}
		return l.call(x.Op, l.expr(x.X))
	case *syntax.Binary:
		return l.call(x.Op, l.expr(x.X), l.expr(x.Y))
	case *syntax.In:
		return l.call("in", l.expr(x.X), l.expr(x.Set))
	case *syntax.IsNone:
		return l.call("is_none", l.expr(x.X))
	case *syntax.Call:
		var args []*logical.Expr
		for _, a := range x.Args {
			args = append(args, l.expr(a.Value))
		}
		return l.call(x.Fn.(*syntax.Name).Name, args...)
	case *syntax.List:
		return l.list(l.exprs(x.Items))
	case *syntax.Interp:
		var args []*logical.Expr
		for _, p := range l.exprs(x.Parts) {
			if p.T.Kind != types.String {
				p = l.call("string", p)
			}
			args = append(args, p)
		}
		return l.call("concat", args...)
	case *syntax.If:
		c, a, b := l.expr(x.Cond), l.expr(x.Then), l.expr(x.Else)
		t, ok := funcs.Common(a.T, b.T)
		if !ok {
			l.Fatalf("%s: branches of %s and %s", l.text, a.T, b.T)
		}
		return &logical.Expr{Op: logical.OpCase, T: t, Args: []*logical.Expr{c, a, b}}
	case *syntax.Member:
		r := l.expr(x.X)
		f, ok := r.T.Required().Field(x.Name.Name)
		if !ok {
			l.Fatalf("%s: no field %s", l.text, x.Name.Name)
		}
		return &logical.Expr{Op: logical.OpField, Name: f.Name, T: f.Type, Args: []*logical.Expr{r}}
	case *syntax.Index:
		return l.call("get", l.expr(x.X), l.expr(x.I))
	case *syntax.Braces:
		if x.Kind == syntax.RecordBraces {
			e := &logical.Expr{Op: logical.OpRecord, T: types.Type{Kind: types.Record}}
			for _, en := range x.Entries {
				f, ok := en.(*syntax.FieldEntry)
				if !ok || f.Punned {
					e = nil
					break
				}
				v := l.expr(f.Value)
				e.Names, e.Args = append(e.Names, f.Name.Name), append(e.Args, v)
				e.T.Fields = append(e.T.Fields, types.Field{Name: f.Name.Name, Type: v.T})
			}
			if e != nil {
				return e
			}
		}
		if len(x.Entries) == 1 {
			if e, ok := x.Entries[0].(*syntax.ExprEntry); ok {
				return l.expr(e.X)
			}
			if f, ok := x.Entries[0].(*syntax.FieldEntry); ok && f.Punned {
				return l.expr(f.Value)
			}
		}
	}
	l.Fatalf("%s: the test does not read %T", l.text, x)
	return nil
}

func (l *lowering) list(items []*logical.Expr) *logical.Expr {
	t := types.Of(types.None)
	for i, a := range items {
		var ok bool
		if t, ok = funcs.Common(t, a.T); i == 0 {
			t, ok = a.T, true
		}
		if !ok {
			l.Fatalf("%s: a list of %s", l.text, a.T)
		}
	}
	return &logical.Expr{Op: logical.OpList, T: types.ListOf(t), Args: items}
}

func (l *lowering) text1(x *syntax.String) *logical.Expr {
	ok := true
	var v int64
	var day int32
	switch x.Prefix {
	case "", "r":
		return l.lit(types.String, logical.Literal{Text: &x.Value})
	case "d":
		day, ok = funcs.ParseDate(x.Value)
		if ok {
			return l.int(types.Date, int64(day))
		}
	case "t":
		if v, ok = funcs.ParseTime(x.Value); ok {
			return l.int(types.Time, v)
		}
	case "ts":
		if v, ok = funcs.ParseTimestamp(x.Value); ok {
			return l.int(types.Timestamp, v)
		}
	}
	l.Fatalf("%s: bad literal %s'%s'", l.text, x.Prefix, x.Value)
	return nil
}

func (l *lowering) duration(x *syntax.DurationLit) *logical.Expr {
	n, err := strconv.ParseInt(x.Count, 10, 64)
	if err != nil {
		l.Fatal(err)
	}
	unit := map[string][3]int64{"ns": {0, 0, 1}, "us": {0, 0, 1000}, "ms": {0, 0, 1e6}, "s": {0, 0, 1e9}, "m": {0, 0, 60e9}, "h": {0, 0, 3600e9},
		"d": {0, 1, 0}, "w": {0, 7, 0}, "mo": {1, 0, 0}, "q": {3, 0, 0}, "y": {12, 0, 0}}[x.Unit]
	for i := range unit {
		unit[i] *= n
	}
	return l.lit(types.Duration, logical.Literal{Interval: &unit})
}

// oneRow is a batch of one row without columns.
func oneRow() arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
}

// TestExamples runs every example of the library.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, f := range funcs.All {
		if f.Kind != funcs.Scalar {
			continue
		}
		for i := range f.Overloads {
			for _, ex := range f.Overloads[i].Examples {
				t.Run(f.Name+"/"+ex.Call, func(t *testing.T) {
					if ex.Error != "" {
						_, err := value(t, ex.Call)
						if err == nil || !strings.Contains(err.Error(), ex.Error) {
							t.Errorf("%s: got error %v, want …%s…", ex.Call, err, ex.Error)
						}
						return
					}
					check(t, ex.Call, ex.Result)
				})
			}
		}
	}
}

func value(t testing.TB, text string) (arrow.Array, error) {
	t.Helper()
	p, err := expr.Compile(lower(t, text, nil), nil, expr.Env{})
	if err != nil {
		return nil, err
	}
	return p.Eval(context.Background(), oneRow())
}

// check compares two expressions, by type and by ==.
func check(t testing.TB, call, want string) {
	t.Helper()
	a, b := lower(t, call, nil), lower(t, want, nil)
	if b.T.Kind != types.None && a.T.Required().String() != b.T.Required().String() && a.T.Required().Kind != types.List {
		t.Errorf("%s is of type %s, not %s", call, a.T, b.T)
	}
	l := &lowering{t, call, nil}
	p, err := expr.Compile(l.call("==", a, b), nil, expr.Env{})
	if err != nil {
		t.Fatalf("%s == %s: %v", call, want, err)
	}
	r, err := p.Eval(context.Background(), oneRow())
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	if !r.(*array.Boolean).Value(0) {
		v, _ := value(t, call)
		t.Errorf("%s gives %v, want %s", call, v, want)
	}
}
