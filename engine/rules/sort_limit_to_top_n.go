package rules

import "github.com/dreamql/dreamql/engine/logical"

// SortLimitToTopN keeps only the rows that can be among the first.
var SortLimitToTopN = &Rule{
	Name: "sort_limit_to_top_n",
	Doc:  "take n (sort k (t)) → top n order k (t); skip m take n: skip m take n (top m+n …); not for skip alone",
	Apply: func(n logical.Node) (logical.Node, bool) {
		l, ok := n.(*logical.Limit)
		if !ok || l.Count < 0 {
			return nil, false
		}
		s, ok := l.Input.(*logical.Sort)
		if !ok || l.Offset > 1<<31 || l.Count > 1<<31 {
			return nil, false
		}
		top := &logical.TopN{Input: s.Input, Keys: s.Keys, N: l.Offset + l.Count}
		if l.Offset == 0 {
			return top, true
		}
		return l.WithInputs(top), true
	},
}
