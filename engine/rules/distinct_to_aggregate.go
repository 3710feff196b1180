package rules

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// DistinctToAggregate groups by all columns: what is known of groups then holds for distinct rows too.
var DistinctToAggregate = &Rule{
	Name: "distinct_to_aggregate",
	Doc:  "distinct (t {a, b}) → aggregate {@a, @b} (t); not for lists and records, and not of rows that a fix repeats",
	Apply: func(n logical.Node) (logical.Node, bool) {
		d, ok := n.(*logical.Distinct)
		if !ok || recurs(d) || len(d.Schema()) == 0 {
			return nil, false
		}
		a := &logical.Aggregate{Input: d.Input}
		for _, f := range d.Schema() {
			switch f.Type.Required().Kind {
			case types.Bool, types.Int, types.Float, types.Decimal, types.String, types.Date, types.Time, types.Timestamp:
			default:
				return nil, false
			}
			a.Keys = append(a.Keys, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}})
		}
		return a, true
	},
}

// recurs reports whether a relation reads the rows so far of a fix.
func recurs(n logical.Node) bool {
	if _, ok := n.(*logical.Recur); ok {
		return true
	}
	for _, in := range n.Inputs() {
		if recurs(in) {
			return true
		}
	}
	return false
}
