package cluster

import (
	"slices"
	"testing"

	"github.com/dreamql/dreamql/engine/executor/executortest"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestFix has a fix whose inputs are computed by tasks of their own, and read by its rounds again and again.
func TestFix(t *testing.T) {
	eachRedis(t, func(f *fixture) {
		f.worker("a", executortest.Goroutines)
		f.worker("b", executortest.Processes)
		numbers := f.numbers(manyRows)
		whole := types.Of(types.Int)
		col := func(name string) *logical.Expr { return &logical.Expr{Op: logical.OpColumn, T: whole, Name: name} }
		lit := func(v int64) *logical.Expr {
			return &logical.Expr{Op: logical.OpLiteral, T: whole, Lit: &logical.Literal{Int: &v}}
		}
		call := func(name string, t types.Type, args ...*logical.Expr) *logical.Expr {
			return &logical.Expr{Op: logical.OpCall, T: t, Name: name, Args: args}
		}
		scan := &logical.Scan{Table: numbers, Columns: numbers.Columns}
		below := func(limit int64) logical.Node {
			return &logical.Filter{Input: scan, Pred: call("<", types.Of(types.Bool), col("n"), lit(limit))}
		}
		edges := &logical.Project{Input: below(300), Cols: []logical.Named{
			{Name: "from", Expr: col("n")}, {Name: "to", Expr: call("+", whole, col("n"), lit(1))},
		}}
		reached := &logical.Fix{ID: 1, Seed: below(1), Step: &logical.Project{
			Input: &logical.Join{Left: &logical.Recur{ID: 1, Columns: numbers.Columns}, Right: edges, Kind: logical.JoinMany,
				On: []logical.EquiKey{{Left: col("n"), Right: col("from")}}},
			Cols: []logical.Named{{Name: "n", Expr: col("to")}},
		}}
		plan, err := physical.Lower(reached, physical.Options{})
		if err != nil {
			f.t.Fatal(err)
		}
		res, err := f.k.Submit(f.t.Context(), f.job("1", plan))
		if err != nil {
			f.t.Fatal(err)
		}
		got := f.values(res)
		slices.Sort(got)
		if len(got) != 301 || got[0] != 0 || got[300] != 300 {
			f.t.Errorf("%d numbers are reached: %v", len(got), got)
		}
		if len(res.Stats.Tasks) < 3 {
			f.t.Errorf("seed and edges have tasks of their own: %+v", res.Stats.Tasks)
		}
		rounds := int64(0)
		for _, o := range res.Stats.Operators {
			rounds += o.Rounds
		}
		if rounds != 300 {
			f.t.Errorf("%d rounds, want 300", rounds)
		}
	})
}
