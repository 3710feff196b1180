package cost

import (
	"math"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

func text(v string) *logical.Expr {
	return &logical.Expr{Op: logical.OpLiteral, T: types.Of(types.String), Lit: &logical.Literal{Text: &v}}
}

// skewed has n, half of whose rows are 7 and the others from 0 to 1000, lying as the square of an even spread, and the word w, of
// which three in four are "often" and the rest from "a" to "z".
func skewed() *logical.Scan {
	cols := []types.Field{{Name: "n", Type: types.Of(types.Int)}, {Name: "w", Type: types.Of(types.String)}}
	seven, often := int64(7), "often"
	n := logical.Column{Distinct: 1000, Common: []logical.Common{{Value: &logical.Literal{Int: &seven}, Share: 0.5}}}
	w := logical.Column{Distinct: 27, Common: []logical.Common{{Value: &logical.Literal{Text: &often}, Share: 0.75}}}
	for i := range 11 {
		v := int64(i * i * 10)
		n.Histogram = append(n.Histogram, &logical.Literal{Int: &v})
	}
	for i := range 26 {
		s := string(rune('a'+i)) + "x"
		w.Histogram = append(w.Histogram, &logical.Literal{Text: &s})
	}
	n.Min, n.Max, w.Min, w.Max = n.Histogram[0], n.Histogram[10], w.Histogram[0], w.Histogram[25]
	return &logical.Scan{Table: &logical.Table{Rows: 1000, Columns: cols, Segments: []logical.Segment{{Rows: 1000, Columns: []logical.Column{n, w}}}}, Columns: cols}
}

func TestSelectivity(t *testing.T) {
	t.Parallel()
	s := skewed()
	n, w := col("n"), &logical.Expr{Op: logical.OpColumn, Name: "w", T: types.Of(types.String)}
	list := func(es ...*logical.Expr) *logical.Expr {
		return &logical.Expr{Op: logical.OpList, Args: es, T: types.Type{Kind: types.List, Elem: &es[0].T}}
	}
	for _, c := range []struct {
		name string
		pred *logical.Expr
		want float64
	}{
		{"common value", call("==", n, lit(7)), 0.5},
		{"rare value", call("==", n, lit(90)), 0.5 / 999},
		{"out of range", call("==", n, lit(5000)), 0},
		{"above the common value", call(">", n, lit(250)), 0.25},
		{"an interval", call("and", call(">", n, lit(250)), call("<", n, lit(490))), 0.1},
		{"the same, apart", call("and", call("<", n, lit(490)), call(">", n, lit(250))), 0.1},
		{"nothing between", call("and", call(">", n, lit(600)), call("<", n, lit(400))), 0.5 * 0.001},
		{"in", call("in", n, list(lit(7), lit(5000))), 0.5},
		{"either value", call("or", call("==", n, lit(7)), call("==", n, lit(5000))), 0.5},
		{"not the common value", call("!=", n, lit(7)), 0.5},
		{"starts_with", call("starts_with", w, text("o")), 0.75 + 0.25/25},
		{"contains", call("contains", w, text("ften")), 0.75 + 0.25*10*0.05/36},
		{"two columns", call("and", call("==", n, lit(7)), call("==", w, text("often"))), 0.375},
	} {
		if got := Selectivity(c.pred, s); math.Abs(got-c.want) > 0.003 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

// TestJoins holds estimates against what must come out where one table refers to another.
func TestJoins(t *testing.T) {
	t.Parallel()
	facts, dims := keyed("f", 10_000, 100, false), keyed("d", 100, 100, true)
	on := []logical.EquiKey{{Left: col("f"), Right: col("d")}}
	half := &logical.Filter{Input: dims, Pred: call("<", col("d"), lit(50))}
	for _, c := range []struct {
		name string
		node logical.Node
		want float64
	}{
		{"all match", &logical.Join{Left: facts, Right: dims, Kind: logical.JoinMany, On: on}, 10_000},
		{"half of the keys", &logical.Join{Left: facts, Right: half, Kind: logical.JoinMany, On: on}, 5000},
		{"semi", &logical.Join{Left: facts, Right: half, Kind: logical.Semi, On: on}, 5000},
		{"anti", &logical.Join{Left: facts, Right: half, Kind: logical.Anti, On: on}, 5000},
		{"left", &logical.Join{Left: facts, Right: half, Kind: logical.JoinLeft, On: on}, 10_000},
		{"other way round", &logical.Join{Left: dims, Right: facts, Kind: logical.JoinMany, On: []logical.EquiKey{{Left: col("d"), Right: col("f")}}}, 10_000},
		{"groups of all keys", &logical.Aggregate{Input: facts, Keys: []logical.Named{{Name: "f", Expr: col("f")}}}, 100},
		{"groups of a unique key", &logical.Aggregate{Input: dims, Keys: []logical.Named{{Name: "d", Expr: col("d")}}}, 100},
	} {
		if got := Rows(c.node); math.Abs(got-c.want) > 0.05*c.want {
			t.Errorf("%s: %g rows, want %g", c.name, got, c.want)
		}
	}
}

// TestHaving holds the share of groups within a bound against chance: of groups of ten rows half have more, and hardly any 25.
func TestHaving(t *testing.T) {
	t.Parallel()
	groups := &logical.Aggregate{Input: keyed("k", 1000, 100, false), Keys: []logical.Named{{Name: "k", Expr: col("k")}},
		Aggs: []logical.Agg{{Name: "n", Func: "count", Type: types.Of(types.Int)}}}
	for _, c := range []struct {
		bound     int64
		low, high float64
	}{{10, 0.4, 0.6}, {14, 0.05, 0.15}, {25, 0, 0.001}} {
		if got := Selectivity(call(">", col("n"), lit(c.bound)), groups); got < c.low || got > c.high {
			t.Errorf("more than %d rows: a share of %g, want %g to %g", c.bound, got, c.low, c.high)
		}
	}
}

// keyed is a table of one column from 0 to distinct.
func keyed(name string, rows, distinct int64, unique bool) *logical.Scan {
	zero, top := int64(0), distinct-1
	c := logical.Column{Range: logical.Range{Min: &logical.Literal{Int: &zero}, Max: &logical.Literal{Int: &top}}, Distinct: distinct, Rising: unique, Strict: unique}
	cols := []types.Field{{Name: name, Type: types.Of(types.Int)}}
	return &logical.Scan{Table: &logical.Table{Name: name, Rows: rows, Columns: cols, Segments: []logical.Segment{{Rows: rows, Columns: []logical.Column{c}}}}, Columns: cols}
}

// TestPassed asks again for what a scan has asked for in part: of the rows that are 7 or 90, nearly all are 7.
func TestPassed(t *testing.T) {
	t.Parallel()
	s := skewed()
	s.Filter = call("or", call("==", col("n"), lit(7)), call("==", col("n"), lit(90)))
	if got := Selectivity(call("==", col("n"), lit(7)), s); got < 0.95 {
		t.Errorf("a share of %g is 7", got)
	}
	s.Filter = call("<", col("n"), lit(250))
	if got := Selectivity(call("<", col("n"), lit(490)), s); got != 1 {
		t.Errorf("a share of %g is below what all are below", got)
	}
}
