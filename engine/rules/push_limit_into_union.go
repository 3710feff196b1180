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
				if atMost(x, n.Offset+n.Count) {
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
				if atMost(x, n.N) {
					return x
				}
				return n.WithInputs(x)
			})
		}
		return nil, false
	},
}

// atMost reports whether a node gives no more rows than so many, by a limit that other rules may have moved below its columns.
func atMost(n logical.Node, rows int64) bool {
	switch n := n.(type) {
	case *logical.Limit:
		return n.Count >= 0 && n.Count <= rows
	case *logical.TopN:
		return n.N <= rows
	case *logical.Project:
		return atMost(n.Input, rows)
	}
	return false
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
