package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterBelowSort sorts, or compares, fewer rows. A limit or a top-n is another matter: it counts the rows.
var PushFilterBelowSort = &Rule{
	Name: "push_filter_below_sort",
	Doc:  "filter p (sort k (t)) → sort k (filter p (t)); likewise distinct; not below take",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok || volatile(f.Pred) {
			return nil, false
		}
		switch in := f.Input.(type) {
		case *logical.Sort:
			return in.WithInputs(&logical.Filter{Input: in.Input, Pred: f.Pred}), true
		case *logical.Distinct:
			return in.WithInputs(&logical.Filter{Input: in.Input, Pred: f.Pred}), true
		}
		return nil, false
	},
}
