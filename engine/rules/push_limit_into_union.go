package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushLimitIntoUnion takes no more of any input than is taken of all.
var PushLimitIntoUnion = &Rule{
	Name: "push_limit_into_union",
	Doc:  "take n (union (a, b)) → take n (union (take n (a), take n (b))); top n alike; not for skip alone",
	Apply: func(n logical.Node) (logical.Node, bool) {
		switch n := n.(type) {
		case *logical.Limit:
			u, ok := n.Input.(*logical.Union)
			if !ok || n.Count < 0 || n.Offset+n.Count < 0 {
				return nil, false
			}
			return limitEach(n, u, func(x logical.Node) logical.Node {
				if l, ok := x.(*logical.Limit); ok && l.Count >= 0 && l.Count <= n.Offset+n.Count {
					return x
				}
				return &logical.Limit{Input: x, Count: n.Offset + n.Count}
			})
		case *logical.TopN:
			u, ok := n.Input.(*logical.Union)
			if !ok {
				return nil, false
			}
			return limitEach(n, u, func(x logical.Node) logical.Node {
				if t, ok := x.(*logical.TopN); ok && t.N <= n.N {
					return x
				}
				return n.WithInputs(x)
			})
		}
		return nil, false
	},
}

func limitEach(n logical.Node, u *logical.Union, limit func(logical.Node) logical.Node) (logical.Node, bool) {
	out := &logical.Union{}
	changed := false
	for _, x := range u.In {
		y := limit(x)
		changed = changed || y != x
		out.In = append(out.In, y)
	}
	if !changed {
		return nil, false
	}
	return n.WithInputs(out), true
}
