package physical

import (
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestNarrow makes a table only of rows whose keys the left ones have where these are few, which both then read from one stage.
func TestNarrow(t *testing.T) {
	t.Parallel()
	scan := func(name, key string, rows int64) *logical.Scan {
		top := rows - 1
		c := logical.Column{Range: logical.Range{Min: integer(0), Max: integer(top)}, Distinct: rows, Rising: true, Strict: true}
		fields := []types.Field{{Name: key, Type: types.Of(types.Int)}, {Name: key + "2", Type: types.Of(types.Int)}}
		return &logical.Scan{Columns: fields, Table: &logical.Table{Name: name, Version: "1", Rows: rows, Columns: fields, Segments: []logical.Segment{
			{Key: name, Rows: rows, Columns: []logical.Column{c, c}, Batches: []logical.Batch{{Rows: rows}}}}}}
	}
	few, some, many := scan("few", "a", 1000), scan("some", "b", 600_000), scan("many", "c", 1_000_000)
	join := func(kind logical.JoinKind, l, r *logical.Scan) *logical.Join {
		a, b := column(l.Columns[0].Name), column(r.Columns[0].Name)
		return &logical.Join{Left: l, Right: r, Kind: kind, On: []logical.EquiKey{{Left: a, Right: b}}}
	}
	residual := join(logical.Anti, few, many)
	residual.Residual = compare("<", column("a2"), column("c2"))
	unique := join(logical.JoinLeft, few, many)
	unique.Unique = true
	for _, c := range []struct {
		name    string
		n       *logical.Join
		narrows bool
	}{
		{"anti with a condition on pairs", residual, true},
		{"left", join(logical.JoinLeft, few, many), true},
		{"one, whose other right rows match nothing", join(logical.JoinOne, few, many), true},
		{"as many left rows", join(logical.JoinLeft, some, many), false},
		{"few right rows", join(logical.JoinLeft, many, few), false},
		{"both sides of many may be built", join(logical.JoinMany, few, many), false},
		{"full gives rows without a match", join(logical.JoinFull, few, many), false},
		{"right keys that must differ, matched or not", unique, false},
	} {
		p, err := Lower(c.n, Options{})
		if err != nil {
			t.Fatal(err)
		}
		last := p.Stages[len(p.Stages)-1]
		table := p.Stages[last.Root.HashJoin.Build]
		if narrows := table.Root.HashJoin != nil; narrows != c.narrows {
			t.Errorf("%s: %v, of %d stages", c.name, narrows, len(p.Stages))
		}
		if !c.narrows {
			continue
		}
		if j := table.Root.HashJoin; j.Kind != logical.Semi || j.Build != last.Root.Input.Read.Stages[0] || len(j.Prunes) == 0 {
			t.Errorf("%s: the table is made of %+v", c.name, table.Root)
		}
	}
}
