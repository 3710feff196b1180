package rules

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
)

// RemoveFilter drops filters that decide nothing.
var RemoveFilter = &Rule{
	Name: "remove_filter",
	Doc:  "filter true (t) → t; filter false or none (t) → no rows; not over a join whose guard would then not be checked",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok || f.Pred.Op != logical.OpLiteral {
			return nil, false
		}
		if isBool(f.Pred, true) {
			return f.Input, true
		}
		if guarded(f.Input) {
			return nil, false
		}
		return &logical.Values{Columns: n.Schema()}, true
	},
}

// guarded reports whether a join below n promises something of its matches.
func guarded(n logical.Node) bool {
	if j, ok := n.(*logical.Join); ok && j.Kind.Guards() {
		return true
	}
	return slices.ContainsFunc(n.Inputs(), guarded)
}
