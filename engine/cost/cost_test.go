package cost

import (
	"math"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

func lit(v int64) *logical.Expr {
	return &logical.Expr{Op: logical.OpLiteral, T: types.Of(types.Int), Lit: &logical.Literal{Int: &v}}
}

func col(name string) *logical.Expr {
	return &logical.Expr{Op: logical.OpColumn, Name: name, T: types.Of(types.Int)}
}

func call(name string, args ...*logical.Expr) *logical.Expr {
	return &logical.Expr{Op: logical.OpCall, Name: name, T: types.Of(types.Bool), Args: args}
}

// table has a from 0 to 100 (50 distinct, a tenth absent) and b from 0 to 9, in two segments.
func table(rows int64) *logical.Scan {
	cols := []types.Field{{Name: "a", Type: types.Of(types.Int)}, {Name: "b", Type: types.Of(types.Int)}}
	seg := func(from, to int64) logical.Segment {
		bound := func(lo, hi, nulls, distinct int64) logical.Column {
			return logical.Column{Range: logical.Range{Min: &logical.Literal{Int: &lo}, Max: &logical.Literal{Int: &hi}, Nulls: nulls}, Distinct: distinct}
		}
		return logical.Segment{Rows: rows / 2, Columns: []logical.Column{bound(from, to, rows/20, 50), bound(0, 9, 0, 10)}}
	}
	return &logical.Scan{Table: &logical.Table{Rows: rows, Columns: cols, Segments: []logical.Segment{seg(0, 50), seg(40, 100)}}, Columns: cols}
}

func TestRows(t *testing.T) {
	t.Parallel()
	s := table(1000)
	for _, c := range []struct {
		name string
		node logical.Node
		want float64
	}{
		{"scan", s, 1000},
		{"a < 25", &logical.Filter{Input: s, Pred: call("<", col("a"), lit(25))}, 225},
		{"25 < a", &logical.Filter{Input: s, Pred: call("<", lit(25), col("a"))}, 675},
		{"b == 3", &logical.Filter{Input: s, Pred: call("==", col("b"), lit(3))}, 100},
		{"a < 25 and b == 3", &logical.Filter{Input: s, Pred: call("and", call("<", col("a"), lit(25)), call("==", col("b"), lit(3)))}, 22.5},
		{"is_none", &logical.Filter{Input: s, Pred: call("is_none", col("a"))}, 100},
		{"group", &logical.Aggregate{Input: s, Keys: []logical.Named{{Name: "b", Expr: col("b")}}}, 10},
		{"groups", &logical.Aggregate{Input: s, Keys: []logical.Named{{Name: "a", Expr: col("a")}, {Name: "b", Expr: col("b")}}}, 510},
		{"whole", &logical.Aggregate{Input: s}, 1},
		{"join_one", &logical.Join{Left: s, Right: table(50), Kind: logical.JoinOne}, 1000},
		{"join_many", &logical.Join{Left: s, Right: table(100), Kind: logical.JoinMany, On: []logical.EquiKey{{Left: col("b"), Right: col("b")}}}, 10000},
		{"limit", &logical.Limit{Input: s, Offset: 995, Count: 10}, 5},
		{"union", &logical.Union{In: []logical.Node{s, table(50)}}, 1050},
	} {
		if got := Rows(c.node); math.Abs(got-c.want) > 1e-6*c.want {
			t.Errorf("%s: %g rows, want %g", c.name, got, c.want)
		}
	}
}
