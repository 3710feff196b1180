package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushLimitIntoJoin joins only so many left rows as are taken, where each of them comes out at least once. A guard must see all of
// its rows, so nothing crosses one.
var PushLimitIntoJoin = &Rule{
	Name: "push_limit_into_join",
	Doc:  "take n (join_left (a, b)) → take n (join_left (take n (a), b)); top n alike, where a alone decides; not across join_many, which may drop rows, nor a guard",
	Apply: func(n logical.Node) (logical.Node, bool) {
		if len(n.Inputs()) != 1 {
			return nil, false
		}
		j, ok := n.Inputs()[0].(*logical.Join)
		if !ok || j.Kind != logical.JoinLeft || j.Unique || j.Residual != nil && !Total(j.Residual) || recurs(j) {
			return nil, false
		}
		switch n := n.(type) {
		case *logical.Limit:
			if n.Count < 0 || n.Offset+n.Count < 0 || atMost(j.Left, n.Offset+n.Count) {
				return nil, false
			}
			return n.WithInputs(j.WithInputs(&logical.Limit{Input: j.Left, Count: n.Offset + n.Count}, j.Right)), true
		case *logical.TopN:
			if atMost(j.Left, n.N) {
				return nil, false
			}
			left := names(j.Left.Schema())
			for _, k := range n.Keys {
				if !reads(k.Expr, left) {
					return nil, false
				}
			}
			for _, e := range n.By {
				if !reads(e, left) {
					return nil, false
				}
			}
			return n.WithInputs(j.WithInputs(n.WithInputs(j.Left), j.Right)), true
		}
		return nil, false
	},
}
