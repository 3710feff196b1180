package rules

import "github.com/dreamql/dreamql/engine/logical"

// RemoveFilter drops filters that decide nothing.
var RemoveFilter = &Rule{
	Name: "remove_filter",
	Doc:  "filter true (t) → t; filter false or none (t) → no rows",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok || f.Pred.Op != logical.OpLiteral {
			return nil, false
		}
		if isBool(f.Pred, true) {
			return f.Input, true
		}
		return &logical.Values{Columns: n.Schema()}, true
	},
}
