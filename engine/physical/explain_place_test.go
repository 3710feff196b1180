package physical

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func TestExplainSaysWhatWasPushedDown(t *testing.T) {
	t.Parallel()
	field := func(name string) types.Field { return types.Field{Name: name, Type: types.Of(types.Int)} }
	f := &udf.Function{Package: "acme/p", Version: "1.0.0", Name: "near", Kind: udf.WASM, Module: "aa", Params: []types.Field{field("x"), field("y")}, Result: types.Of(types.Bool)}
	near := func(x, y string) *logical.Expr {
		return &logical.Expr{Op: logical.OpUDF, T: f.Result, Func: f, Args: []*logical.Expr{column(x), column(y)}}
	}
	named := func(name string, columns ...string) *logical.Table {
		s := table(name, 1)
		for i, c := range columns {
			s.Columns[i].Name = c
		}
		return s
	}
	join := func(kind logical.JoinKind) *logical.Join {
		return &logical.Join{Left: scanOf(table("l", 1)), Right: scanOf(named("r", "c", "d")), Kind: kind, On: []logical.EquiKey{{Left: column("a"), Right: column("c")}}}
	}
	scan := func() *logical.Scan { return scanOf(table("t", 1)) }
	for _, c := range []struct {
		name   string
		node   logical.Node
		pushed bool
		why    string
	}{
		{"over a scan", &logical.Filter{Input: scan(), Pred: near("a", "b")}, true, "right after the scan of t"},
		{"both sides", &logical.Filter{Input: join(logical.JoinMany), Pred: near("a", "d")}, false, "columns of both sides"},
		{"a guard", &logical.Filter{Input: join(logical.JoinOne), Pred: near("a", "b")}, false, "join_one checks what it promises"},
		{"a call that may fail", &logical.Filter{Input: join(logical.JoinMany), Pred: near("a", "b")}, false, "a call that fails would fail the query"},
		{"absent where nothing matches", &logical.Filter{Input: join(logical.JoinLeft), Pred: near("c", "d")}, false, "makes a row absent"},
		{"groups", &logical.Filter{Input: &logical.Aggregate{Input: scan(), Keys: []logical.Named{{Name: "a", Expr: column("a")}, {Name: "b", Expr: column("b")}}}, Pred: near("a", "b")}, false, "what a group has come to"},
		{"a limit", &logical.Filter{Input: &logical.Limit{Input: scan(), Count: 3}, Pred: near("a", "b")}, false, "other rows would be among those that are taken"},
		{"a column", &logical.Project{Input: scan(), Cols: []logical.Named{{Name: "z", Expr: near("a", "b")}}}, true, "in the tasks that read t"},
		{"a column of a join", &logical.Project{Input: join(logical.JoinMany), Cols: []logical.Named{{Name: "z", Expr: near("a", "d")}}}, false, "after the join"},
		{"an order", &logical.Sort{Input: scan(), Keys: []logical.SortKey{{Expr: near("a", "b")}}}, false, "the order is of all rows"},
	} {
		p := lower(t, c.node)
		e := Explain(p, nil, nil, nil)
		if len(e.Functions) != 1 || len(e.Functions[0].Places) == 0 {
			t.Errorf("%s: %+v", c.name, e.Functions)
			continue
		}
		at := e.Functions[0].Places[0]
		if at.Pushed != c.pushed || !strings.Contains(at.Why, c.why) {
			t.Errorf("%s: got %+v", c.name, at)
		}
		ops := e.Stages[at.Stage].Operators
		if o := ops[len(ops)-1-at.Index]; o.Kind != at.Operator || !reflect.DeepEqual(o.Functions, []string{f.ID()}) {
			t.Errorf("%s: the place is not the operator that calls it: %+v, %+v", c.name, at, o)
		}
		if want := map[bool]string{true: ", pushed down: ", false: ", not pushed down: "}[c.pushed] + at.Why; !strings.Contains(e.Text(), want) {
			t.Errorf("%s: no %q in\n%s", c.name, want, e.Text())
		}
	}
	stages := Explain(lower(t, join(logical.JoinMany)), nil, nil, nil).Stages
	last := stages[len(stages)-1]
	for _, o := range last.Operators {
		if o.Kind == "hash_join" && !reflect.DeepEqual(o.Inputs, []int{0}) {
			t.Errorf("the join takes %v, and stage 0 is what it builds from", o.Inputs)
		}
	}
}
