package rules

import "github.com/dreamql/dreamql/engine/logical"

// MergeFilters keeps the inner predicate first: the outer one was written for rows that passed it.
var MergeFilters = &Rule{
	Name: "merge_filters",
	Doc:  "filter b (filter a (t)) → filter a and b (t)",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		g, ok := f.Input.(*logical.Filter)
		if !ok {
			return nil, false
		}
		return filtered(g.Input, append(logical.Conjuncts(g.Pred), logical.Conjuncts(f.Pred)...)), true
	},
}
