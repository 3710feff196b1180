package order

import (
	"context"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// tables are a shop: sales refer to customers by a dense key, which proves itself, and to parcels by one that has gaps; customers
// live in towns, towns lie in lands.
type tables struct{ catalog.Catalog }

type column struct {
	name     string
	distinct int64
	least    int64
	most     int64
	strict   bool
}

var shop = map[string]struct {
	rows    int64
	columns []column
}{
	"sales":     {1_000_000, []column{{"sale", 1_000_000, 1, 1_000_000, true}, {"buyer", 50_000, 1, 50_000, false}, {"parcel", 300_000, 1, 900_000, false}, {"price", 1000, 1, 1000, false}}},
	"customers": {50_000, []column{{"customer", 50_000, 1, 50_000, true}, {"lives", 500, 1, 500, false}, {"age", 80, 10, 90, false}}},
	"parcels":   {300_000, []column{{"number", 300_000, 1, 900_000, true}, {"weight", 100, 1, 100, false}, {"sender", 500, 1, 500, false}}},
	"towns":     {500, []column{{"town", 500, 1, 500, true}, {"land", 20, 1, 20, false}}},
	"lands":     {20, []column{{"id", 20, 1, 20, true}, {"size", 20, 1, 1000, false}}},
	"returns":   {5000, []column{{"returned", 5000, 1, 1_000_000, true}}},
}

func (tables) Table(_ context.Context, name string) (*logical.Table, error) {
	s, ok := shop[name]
	if !ok {
		return nil, catalog.ErrNotFound
	}
	t := &logical.Table{Name: name, Rows: s.rows}
	seg := logical.Segment{Rows: s.rows}
	for _, c := range s.columns {
		t.Columns = append(t.Columns, types.Field{Name: c.name, Type: types.Of(types.Int)})
		seg.Columns = append(seg.Columns, logical.Column{
			Range:    logical.Range{Min: &logical.Literal{Int: &c.least}, Max: &logical.Literal{Int: &c.most}},
			Distinct: c.distinct, Rising: c.strict, Strict: c.strict,
		})
	}
	t.Segments = []logical.Segment{seg}
	return t, nil
}

func (tables) TableNames(context.Context) ([]string, error)   { return nil, nil }
func (tables) PackageNames(context.Context) ([]string, error) { return nil, nil }

// TestOrder shows plans before and after, and the steps of this package.
func TestOrder(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			p, diags := syntax.Parse(0, d.Input)
			if diags.HasErrors() {
				d.Fatalf(t, "%v", diags)
			}
			res, diags := check.Check(t.Context(), tables{}, check.Program{Sources: []*syntax.Program{p}}, nil)
			if diags.HasErrors() {
				d.Fatalf(t, "%v", diags)
			}
			before, _ := rules.Rewrite(res.Plan)
			after, steps := Plan(before, Options{Always: d.Cmd == "always"})
			var b strings.Builder
			for _, s := range steps {
				if s.Rejected != "" {
					d.Fatalf(t, "%s: %s", s, s.Rejected)
				}
				if s.Rule == "prove_guard" || s.Rule == "check_apart" || s.Rule == "reduce_aggregate" || s.Rule == "push_semi_below_aggregate" || s.Rule == "order_joins" || s.Rule == "known_order" || s.Rule == "aggregate_below_join" {
					b.WriteString(s.String() + "\n")
				}
			}
			if err := rules.SameSchema(before.Schema(), after.Schema()); err != nil {
				d.Fatalf(t, "%v", err)
			}
			return b.String() + logical.Format(after)
		})
	})
}
