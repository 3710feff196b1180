package cost

import (
	"runtime"
	"testing"
	"weak"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestLearnedOnce gives programs that are planned one after the other what the segments of a table say, put together once, as long as
// there are those segments; a table of other types, or of other segments, has its own.
func TestLearnedOnce(t *testing.T) {
	statistics := func(low, high int64) []logical.Column {
		return []logical.Column{{Range: logical.Range{Min: &logical.Literal{Int: &low}, Max: &logical.Literal{Int: &high}}, Distinct: high - low}}
	}
	named := func(of *logical.Table, name string) *logical.Table {
		other := *of
		other.Name = name
		return &other
	}
	table := &logical.Table{
		Columns:  []types.Field{{Name: "a", Type: types.Of(types.Int)}},
		Segments: []logical.Segment{{Rows: 10, Columns: statistics(0, 9)}, {Rows: 10, Columns: statistics(5, 19)}},
	}
	asked := func(of *logical.Table) *column { return (&Tables{}).column(of, 0) }
	c := asked(named(table, "t"))
	if c.rows != 20 || *c.min.Int != 0 || *c.max.Int != 19 {
		t.Fatalf("the column has %v rows from %v to %v", c.rows, c.min, c.max)
	}
	if asked(named(table, "u")) != c {
		t.Error("what the segments say is put together again")
	}
	shorter := named(table, "t")
	shorter.Segments = table.Segments[:1]
	if x := asked(shorter); x.rows != 10 || *x.max.Int != 9 {
		t.Errorf("one segment has %v rows up to %d", x.rows, *x.max.Int)
	}
	if x := asked(table); x.rows != 20 {
		t.Errorf("both segments have %v rows then", x.rows)
	}
	optional := named(table, "t")
	optional.Columns = []types.Field{{Name: "a", Type: types.Optional(types.Of(types.Int))}}
	if x := asked(optional); !x.of.IsOption() {
		t.Error("the column of another type is that of the first")
	}

	scan := &logical.Scan{Table: table}
	a := &origin{column: asked(table), scan: scan}
	first, ok := (&Tables{}).precedes(a, a)
	again, okAgain := (&Tables{}).precedes(a, a)
	if want, wantOk := precedes(a.column, a.column); first != want || again != want || ok != wantOk || okAgain != wantOk {
		t.Errorf("a value is below another with %v, then %v, want %v", first, again, want)
	}

	at := weak.Make(&table.Segments[0])
	isKnown := func() bool {
		lessons.mu.Lock()
		defer lessons.mu.Unlock()
		return lessons.of[at] != nil
	}
	if !isKnown() {
		t.Fatal("the segments are not known")
	}
	runtime.KeepAlive(table)
	table, shorter, optional, scan, a = nil, nil, nil, nil, nil
	for i := 0; isKnown(); i++ {
		if i == 100 {
			t.Fatal("the segments are gone, and known")
		}
		runtime.GC()
	}
}
