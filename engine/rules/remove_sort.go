package rules

import "github.com/dreamql/dreamql/engine/logical"

// RemoveSort drops a sort that is there already, or whose order nobody sees.
var RemoveSort = &Rule{
	Name: "remove_sort",
	Doc:  "sort k (top n order k (t)) → top n order k (t); sort k (sort m (t)) → sort k (t), ties having no order; not where anything stands between them",
	Apply: func(n logical.Node) (logical.Node, bool) {
		switch n := n.(type) {
		case *logical.Sort:
			switch in := n.Input.(type) {
			case *logical.TopN:
				if len(in.By) == 0 && begins(in.Keys, n.Keys) {
					return in, true
				}
			case *logical.Sort:
				if begins(in.Keys, n.Keys) {
					return in, true
				}
				return n.WithInputs(in.Input), true
			}
		case *logical.TopN:
			if in, ok := n.Input.(*logical.Sort); ok {
				return n.WithInputs(in.Input), true
			}
		}
		return nil, false
	},
}

// begins reports whether rows that are ordered by keys are ordered by the prefix too.
func begins(keys, prefix []logical.SortKey) bool {
	if len(prefix) > len(keys) {
		return false
	}
	for i, k := range prefix {
		if k.Desc != keys[i].Desc || !alike(k.Expr, keys[i].Expr) {
			return false
		}
	}
	return true
}
