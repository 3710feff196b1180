package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterBelowAggregate takes rows away before they are grouped, where only keys decide.
var PushFilterBelowAggregate = &Rule{
	Name: "push_filter_below_aggregate",
	Doc:  "filter k > 1 (aggregate {@k, n: count()} (t)) → aggregate {@k, n: count()} (filter k > 1 (t)); not for conditions on aggregates",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		a, ok := f.Input.(*logical.Aggregate)
		if !ok || len(a.Keys) == 0 {
			return nil, false
		}
		keys := map[string]bool{}
		for _, k := range a.Keys {
			keys[k.Name] = true
		}
		down, stay := split(f.Pred, func(e *logical.Expr) bool {
			return reads(e, keys) && small(e, a.Keys) && Total(substitute(e, a.Keys))
		})
		if len(down) == 0 {
			return nil, false
		}
		for i := range down {
			down[i] = substitute(down[i], a.Keys)
		}
		return filtered(a.WithInputs(filtered(a.Input, down)), stay), true
	},
}
