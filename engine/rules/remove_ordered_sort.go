package rules

import "github.com/dreamql/dreamql/engine/logical"

// RemoveOrderedSort drops a sort of rows that an earlier one has sorted by the same keys, or by these and more, where all that is
// between the two keeps the order of its rows. What statistics say of the order of a table is package order's.
var RemoveOrderedSort = &Rule{
	Name: "remove_ordered_sort",
	Doc:  "sort k (semi (sort k, m (t), u)) → semi (sort k, m (t), u); likewise through filter, project, take, unnest and the left side of joins; not of join_full, nor where k is of the right side or computed otherwise",
	Apply: func(n logical.Node) (logical.Node, bool) {
		switch n := n.(type) {
		case *logical.Sort:
			if Sorted(n.Input, n.Keys) {
				return n.Input, true
			}
		case *logical.TopN:
			if _, direct := n.Input.(*logical.Sort); !direct && len(n.By) == 0 && Sorted(n.Input, n.Keys) {
				return &logical.Limit{Input: n.Input, Count: n.N}, true
			}
		}
		return nil, false
	},
}

// Sorted reports whether a sort below n has brought its rows into the order of the keys.
func Sorted(n logical.Node, keys []logical.SortKey) bool {
	switch origin(n).(type) {
	case *logical.Sort, *logical.TopN:
	default:
		return false // as of most: nothing needs to be known of the keys
	}
	below, sorted := Ordered(n, keys)
	switch n := below.(type) {
	case *logical.Sort:
		return begins(n.Keys, sorted)
	case *logical.TopN:
		return len(n.By) == 0 && begins(n.Keys, sorted)
	}
	return false
}

// origin is the relation whose order the rows of n are in.
func origin(n logical.Node) logical.Node {
	for {
		in, kept := KeepsOrder(n)
		if !kept {
			return n
		}
		n = in
	}
}

// Ordered goes from n down to the relation whose order its rows are in, and says what the keys are there; nil where there is none, or
// where it cannot be told there.
func Ordered(n logical.Node, keys []logical.SortKey) (logical.Node, []logical.SortKey) {
	for _, k := range keys {
		if volatile(k.Expr) {
			return nil, nil
		}
	}
	for {
		in, kept := KeepsOrder(n)
		if !kept {
			return n, keys
		}
		p, computes := n.(*logical.Project)
		have := names(in.Schema())
		below := make([]logical.SortKey, len(keys))
		for i, k := range keys {
			if computes {
				if !small(k.Expr, p.Cols) {
					return nil, nil
				}
				k.Expr = substitute(k.Expr, p.Cols)
			}
			if !reads(k.Expr, have) || volatile(k.Expr) {
				return nil, nil
			}
			below[i] = k
		}
		n, keys = in, below
	}
}

// KeepsOrder reports whether the rows of n come in the order of those of one of its inputs, and which that is.
func KeepsOrder(n logical.Node) (logical.Node, bool) {
	switch n := n.(type) {
	case *logical.Filter:
		return n.Input, true
	case *logical.Project:
		return n.Input, true
	case *logical.Limit:
		return n.Input, true
	case *logical.Unnest:
		return n.Input, true
	case *logical.Join:
		return n.Left, n.Kind != logical.JoinFull && len(n.On) > 0
	}
	return nil, false
}
