package physical

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func integer(v int64) *logical.Literal { return &logical.Literal{Int: &v} }

func literal(v int64) *logical.Expr {
	return &logical.Expr{Op: logical.OpLiteral, T: types.Of(types.Int), Lit: integer(v)}
}

func column(name string) *logical.Expr {
	return &logical.Expr{Op: logical.OpColumn, Name: name, T: types.Of(types.Int)}
}

func compare(op string, l, r *logical.Expr) *logical.Expr {
	return &logical.Expr{Op: logical.OpCall, Name: op, T: types.Of(types.Bool), Args: []*logical.Expr{l, r}}
}

// table has segments of 4 batches of 100 rows; column a counts up from 0.
func table(name string, segments int) *logical.Table {
	t := &logical.Table{Name: name, Version: "1", Columns: []types.Field{{Name: "a", Type: types.Of(types.Int)}, {Name: "b", Type: types.Of(types.Int)}}}
	for range segments {
		s := logical.Segment{Key: fmt.Sprint("s", len(t.Segments)), Rows: 400, Columns: make([]logical.Column, 2)}
		for range 4 {
			s.Batches = append(s.Batches, logical.Batch{Rows: 100, Ranges: []logical.Range{{Min: integer(t.Rows), Max: integer(t.Rows + 99)}, {}}})
			t.Rows += 100
		}
		t.Segments = append(t.Segments, s)
	}
	return t
}

func scanOf(t *logical.Table) *logical.Scan { return &logical.Scan{Table: t, Columns: t.Columns} }

func lower(t *testing.T, n logical.Node) *Plan {
	t.Helper()
	p, err := Lower(n, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSplits(t *testing.T) {
	t.Parallel()
	s := scanOf(table("t", 3))
	for _, c := range []struct {
		n      int
		filter *logical.Expr
		want   string
	}{
		{1, nil, "[[{0 0 4} {1 0 4} {2 0 4}]]"},
		{2, nil, "[[{0 0 4} {1 0 2}] [{1 2 4} {2 0 4}]]"},
		{3, nil, "[[{0 0 4}] [{1 0 4}] [{2 0 4}]]"},
		{0, nil, "[[{0 0 4} {1 0 4} {2 0 4}]]"},
		{2, compare("<", column("a"), literal(250)), "[[{0 0 2}] [{0 2 3}]]"},
		{2, compare("<", literal(950), column("a")), "[[{2 1 3}] [{2 3 4}]]"},
		{9, compare("==", column("a"), literal(555)), "[[{1 1 2}]]"},
		{2, compare(">", column("a"), literal(5000)), "[[]]"},
		{1, compare("==", column("b"), literal(5)), "[[{0 0 4} {1 0 4} {2 0 4}]]"},
	} {
		scan := *s
		scan.Filter = c.filter
		if got := fmt.Sprint(Splits(&lower(t, &scan).Stages[0], c.n)); got != c.want {
			t.Errorf("%d tasks, %v:\n got %s\nwant %s", c.n, c.filter, got, c.want)
		}
	}
}

func TestSplitsAreEven(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 3, 5, 7, 12, 50} {
		tasks := Splits(&lower(t, scanOf(table("t", 3))).Stages[0], n)
		if len(tasks) != min(n, 12) {
			t.Errorf("%d tasks for %d", len(tasks), n)
		}
		batches := 0
		for _, task := range tasks {
			own := 0
			for _, s := range task {
				own += s.To - s.From
			}
			if own == 0 || own > 12/min(n, 12)+1 {
				t.Errorf("of %d tasks, one has %d of 12 batches", n, own)
			}
			batches += own
		}
		if batches != 12 {
			t.Errorf("%d tasks read %d of 12 batches", n, batches)
		}
	}
}

func shape(p *Plan) string {
	var parts []string
	for _, s := range p.Stages {
		kind := "gather"
		if s.Table != nil {
			kind = s.Table.Name
		}
		var ops []string
		for o := s.Root; o != nil; o = o.Input {
			k := o.Kind()
			if o.Aggregate != nil {
				k = string(o.Aggregate.Mode)
			}
			ops = append([]string{k}, ops...)
		}
		parts = append(parts, fmt.Sprintf("%s%v: %s", kind, s.Inputs, strings.Join(ops, " ")))
	}
	return strings.Join(parts, "; ")
}

func TestLower(t *testing.T) {
	t.Parallel()
	a, b := scanOf(table("a", 1)), scanOf(table("b", 1))
	count := []logical.Agg{{Name: "n", Func: "count", Type: types.Of(types.Int)}}
	key := []logical.SortKey{{Expr: column("a")}}
	filter := func(n logical.Node) logical.Node {
		return &logical.Filter{Input: n, Pred: compare(">", column("a"), literal(1))}
	}
	renamed := &logical.Project{Input: b, Cols: []logical.Named{{Name: "x", Expr: column("a")}}}
	join := &logical.Join{Left: a, Right: renamed, Kind: logical.JoinOne, On: []logical.EquiKey{{Left: column("a"), Right: column("x")}}}
	full := *join
	full.Kind = logical.JoinFull
	for _, c := range []struct {
		node logical.Node
		want string
	}{
		{filter(a), "a[]: scan filter"},
		{&logical.Aggregate{Input: filter(a), Aggs: count}, "a[]: scan filter partial; gather[0]: input final"},
		{&logical.Sort{Input: &logical.Aggregate{Input: a, Aggs: count, Keys: []logical.Named{{Name: "a", Expr: column("a")}}}, Keys: key}, "a[]: scan partial; gather[0]: input final sort"},
		{&logical.Limit{Input: a, Offset: 1, Count: 2}, "a[]: scan limit; gather[0]: input limit"},
		{&logical.Limit{Input: a, Offset: 1, Count: -1}, "a[]: scan; gather[0]: input limit"},
		{&logical.TopN{Input: a, Keys: key, N: 3}, "a[]: scan top_n; gather[0]: input top_n"},
		{filter(&logical.Distinct{Input: a}), "a[]: scan distinct; gather[0]: input distinct filter"},
		{filter(join), "b[]: scan project; a[0]: scan hash_join filter"},
		{&full, "a[]: scan; b[]: scan project; gather[0 1]: input hash_join"},
		{&logical.Union{In: []logical.Node{a, b}}, "a[]: scan; b[]: scan; gather[0 1]: union"},
		{&logical.Values{Columns: a.Columns}, "gather[]: values"},
	} {
		p := lower(t, c.node)
		if got := shape(p); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again Plan
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		twice, _ := json.Marshal(&again)
		if string(twice) != string(text) || !reflect.DeepEqual(shape(&again), shape(p)) {
			t.Errorf("%s changes on its way through JSON:\n%s\n%s", c.want, text, twice)
		}
	}
}

func TestExplainFunctions(t *testing.T) {
	t.Parallel()
	f := func(kind udf.Kind, name, module string) *udf.Function {
		return &udf.Function{Package: "acme/p", Version: "1.0.0", Name: name, Kind: kind, Module: module, Params: []types.Field{{Name: "x", Type: types.Of(types.Int)}}, Result: types.Of(types.Int)}
	}
	wasm, inlined, unused := f(udf.WASM, "fast", "aa"), f(udf.Expression, "twice", ""), f(udf.Python, "gone", "bb")
	scan := scanOf(table("t", 2))
	scan.Filter = compare("<", column("a"), literal(100))
	n := &logical.Project{Input: scan, Cols: []logical.Named{{Name: "y", Expr: &logical.Expr{Op: logical.OpUDF, T: types.Of(types.Int), Func: wasm, Args: []*logical.Expr{column("a")}}}}}
	p := lower(t, n)
	if want := []Module{{Kind: udf.WASM, Digest: "aa"}}; !reflect.DeepEqual(p.Modules, want) {
		t.Errorf("modules %v, want %v", p.Modules, want)
	}
	text := Explain(p, []*udf.Function{inlined, unused}, []string{"some_rule: x → y"}, nil).Text()
	for _, want := range []string{
		"stage 0: source over t, 800 rows in 8 batches, 7 ruled out by statistics",
		"function acme/p@1.0.0.fast: executor of stage 0 (wasm)",
		"function acme/p@1.0.0.twice: inlined (kernels)",
		"function acme/p@1.0.0.gone: nowhere",
		"rule some_rule: x → y",
		"fast(a)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestExplainSaysWhichMechanism(t *testing.T) {
	t.Parallel()
	x := []types.Field{{Name: "x", Type: types.Of(types.Int)}}
	f := func(name, tier string, shape udf.Shape, result types.Type) *udf.Function {
		return &udf.Function{Package: "acme/p", Version: "1.0.0", Name: name, Kind: udf.WASM, Shape: shape, Module: "aa", Params: x, Result: result, Tier: tier}
	}
	fast, slow := f("fast", "wasm-batch", udf.Scalar, types.Of(types.Bool)), f("slow", "cpython-wasi", udf.Scalar, types.Of(types.Bool))
	fast.Cost, fast.Selectivity, slow.Cost = 3.14, 0.25, 900
	total := f("total", "", udf.Aggregate, types.Of(types.Int))
	call := func(g *udf.Function) *logical.Expr {
		return &logical.Expr{Op: logical.OpUDF, T: g.Result, Func: g, Args: []*logical.Expr{column("a")}}
	}
	both := &logical.Expr{Op: logical.OpCall, Name: "and", T: types.Of(types.Bool), Args: []*logical.Expr{call(slow), call(fast)}}
	n := &logical.Aggregate{Input: &logical.Filter{Input: scanOf(table("t", 1)), Pred: both},
		Aggs: []logical.Agg{{Name: "t", Func: total.ID(), User: total, Args: []*logical.Expr{column("a")}, Type: total.Result}}}
	p := lower(t, n)
	if len(p.Stages) != 2 || len(p.Stages[1].Functions()) != 1 {
		t.Fatalf("the stage that merges states must know the aggregate: %+v", p.Stages)
	}
	e := Explain(p, nil, nil, nil)
	text := e.Text()
	for _, want := range []string{
		"filter acme/p@1.0.0.fast(a) and acme/p@1.0.0.slow(a)", // as they are tried, not as they were written
		"function acme/p@1.0.0.fast: executor of stage 0 (wasm-batch); its WebAssembly module exports a form for batches: whole columns go in and out of one call; about 3.14 ns a row, true for 25 % of rows\n",
		"function acme/p@1.0.0.slow: executor of stage 0 (cpython-wasi); it is Python that is not of the subset which is compiled",
		"about 900 ns a row\n",
		"function acme/p@1.0.0.total: executor of stage 0, stage 1 (wasm); it is a WebAssembly function of one row",
		"the states of parts of a group are merged in the order of their rows",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if e.Stages[0].Operators[1].Estimate != 33 { // 400 rows, a quarter of them for fast, a third for slow
		t.Errorf("the filter is expected to give %d rows", e.Stages[0].Operators[1].Estimate)
	}
	if got := Explain(p, nil, nil, func(*udf.Function) (string, string) { return "wasm-interpreted", "" }).Functions[0]; got.Tier != "wasm-interpreted" || !strings.Contains(got.Why, "until its compiled code is ready") {
		t.Errorf("got %+v", got)
	}
}
