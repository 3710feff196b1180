package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterIntoUnion filters every input.
var PushFilterIntoUnion = &Rule{
	Name: "push_filter_into_union",
	Doc:  "filter p (union (a, b)) → union (filter p (a), filter p (b))",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		u, ok := f.Input.(*logical.Union)
		if !ok || volatile(f.Pred) {
			return nil, false
		}
		in := make([]logical.Node, len(u.In))
		for i, x := range u.In {
			in[i] = &logical.Filter{Input: x, Pred: f.Pred}
		}
		return &logical.Union{In: in}, true
	},
}
