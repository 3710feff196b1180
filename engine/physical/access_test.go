package physical

import (
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// TestPaths compares the ways to the rows between two bounds, where the table rises by the column and where it does not.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, rising := range []bool{true, false} {
		zero, top := int64(0), int64(3*65536-1)
		cols := []types.Field{{Name: "k", Type: types.Of(types.Int)}, {Name: "v", Type: types.Of(types.Int)}}
		table := &logical.Table{Name: "t", Rows: top + 1, Columns: cols}
		seg := logical.Segment{Rows: top + 1, Columns: []logical.Column{
			{Range: logical.Range{Min: &logical.Literal{Int: &zero}, Max: &logical.Literal{Int: &top}}, Distinct: top + 1, Rising: rising, Strict: rising}, {}}}
		for i := range int64(3) {
			low, high := i*65536, (i+1)*65536-1
			seg.Batches = append(seg.Batches, logical.Batch{Rows: 65536, Ranges: []logical.Range{{Min: &logical.Literal{Int: &low}, Max: &logical.Literal{Int: &high}}, {}}})
		}
		table.Segments = []logical.Segment{seg}
		compare := func(column, op string, v int64) *logical.Expr {
			return &logical.Expr{Op: logical.OpCall, Name: op, T: types.Of(types.Bool), Args: []*logical.Expr{
				{Op: logical.OpColumn, Name: column, T: types.Of(types.Int)}, {Op: logical.OpLiteral, T: types.Of(types.Int), Lit: &logical.Literal{Int: &v}}}}
		}
		filter := combined("and", []*logical.Expr{compare("k", ">=", 70_000), compare("v", "==", 3), compare("k", "<", 71_000)})
		p, err := Lower(&logical.Scan{Table: table, Columns: cols[1:], Filter: filter}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		scan := p.Stages[0].Root.Scan
		text := Explain(p, nil, nil, nil).Text()
		if !rising {
			if scan.Sorted != nil || !strings.Contains(text, "path zone maps: 65536 rows") || len(scan.Paths) != 2 || !scan.Paths[1].Chosen {
				t.Errorf("not rising: %+v\n%s", scan.Paths, text)
			}
			continue
		}
		x := scan.Sorted
		if x == nil || x.Column != "k" || *x.From.Int != 70_000 || x.Above || *x.To.Int != 71_000 || !x.Below || x.Rest.String() != "v == 3" {
			t.Fatalf("%+v", x)
		}
		if len(scan.Paths) != 3 || !scan.Paths[2].Chosen || scan.Paths[2].Rows < 900 || scan.Paths[2].Rows > 1100 || !strings.Contains(text, "path sorted index") {
			t.Errorf("%+v\n%s", scan.Paths, text)
		}
	}
}
