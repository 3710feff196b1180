package order

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// known drops sorts of rows that statistics prove to lie in that order, as those of a table written in the order of its key do:
//
//	sort id (filter p (t)), where id rises from the first row of t to the last → filter p (t)
//	top 9 order id (t)                                                        → take 9 (t)
//
// Where id has no value twice, keys after it decide nothing. It comes last, because joins are not ordered by who asks for an order.
func (o *orderer) known(n logical.Node) logical.Node {
	switch n.(type) {
	case *logical.Bounded, *logical.Fix:
		return n
	}
	n = withInputs(n, o.known)
	out := n
	switch n := n.(type) {
	case *logical.Sort:
		if o.rises(n.Input, n.Keys) {
			out = n.Input
		}
	case *logical.TopN:
		if len(n.By) == 0 && o.rises(n.Input, n.Keys) {
			out = &logical.Limit{Input: n.Input, Count: n.N}
		}
	}
	if out != n {
		o.steps = append(o.steps, rules.Step{Rule: "known_order", Before: logical.Describe(n), After: logical.Describe(out)})
	}
	return out
}

// rises reports whether the rows of n are in the order of the keys because those of a table are.
func (o *orderer) rises(n logical.Node, keys []logical.SortKey) bool {
	if keys[0].Desc {
		return false
	}
	below, sorted := rules.Ordered(n, keys)
	s, ok := below.(*logical.Scan)
	if !ok || sorted[0].Expr.Op != logical.OpColumn {
		return false
	}
	column := sorted[0].Expr
	switch column.T.Kind {
	case types.Int, types.Date, types.Time, types.Timestamp, types.String:
	default:
		return false // floats have values that statistics do not order
	}
	return o.cost.Rising(s, column.Name) && (len(sorted) == 1 || o.cost.Unique(s, column.Name) && once(n))
}

// once reports whether no row of the relation that n's order is from comes more than once.
func once(n logical.Node) bool {
	for {
		switch x := n.(type) {
		case *logical.Unnest:
			return false
		case *logical.Join:
			if !x.Kind.LeftOnly() {
				return false
			}
		}
		in, kept := rules.KeepsOrder(n)
		if !kept {
			return true
		}
		n = in
	}
}
