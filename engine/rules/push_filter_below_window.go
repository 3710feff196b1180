package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterBelowWindow takes whole partitions away.
var PushFilterBelowWindow = &Rule{
	Name: "push_filter_below_window",
	Doc:  "filter k > 1 (window by(k) (t)) → window by(k) (filter k > 1 (t)); not for other columns, which would thin out partitions",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		w, ok := f.Input.(*logical.Window)
		if !ok {
			return nil, false
		}
		keys := map[string]bool{}
		for _, e := range w.By {
			if e.Op == logical.OpColumn {
				keys[e.Name] = true
			}
		}
		down, stay := split(f.Pred, func(e *logical.Expr) bool { return reads(e, keys) && Total(e) })
		if len(down) == 0 {
			return nil, false
		}
		return filtered(w.WithInputs(filtered(w.Input, down)), stay), true
	},
}
