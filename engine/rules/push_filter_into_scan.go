package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterIntoScan lets the scan skip batches by their statistics, and read fewer columns of what remains. User-defined
// functions stay above, where explain shows them.
var PushFilterIntoScan = &Rule{
	Name: "push_filter_into_scan",
	Doc:  "filter p (scan t) → scan t where p; not for predicates that call user-defined functions",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		s, ok := f.Input.(*logical.Scan)
		if !ok {
			return nil, false
		}
		down, stay := split(f.Pred, func(e *logical.Expr) bool { return !costly(e) })
		if len(down) == 0 {
			return nil, false
		}
		c := *s
		c.Filter = Conjunction(append(logical.Conjuncts(s.Filter), down...))
		return filtered(&c, stay), true
	},
}
