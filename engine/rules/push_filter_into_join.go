package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterIntoJoin filters a side before it is joined, where the join cannot tell. A filter does not cross join_one,
// join_maybe or join_some: their guard must see the rows that it would take away. A conjunct that may fail stays, because it
// would see rows that the join leaves out.
var PushFilterIntoJoin = &Rule{
	Name: "push_filter_into_join",
	Doc:  "filter l and r (join_many (a, b)) → join_many (filter l (a), filter r (b)); join_left, semi, anti: the left side only; not across a guard",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		j, ok := f.Input.(*logical.Join)
		if !ok {
			return nil, false
		}
		var left, right bool
		switch j.Kind {
		case logical.JoinMany, logical.JoinCross:
			left, right = true, true
		case logical.JoinLeft, logical.Semi, logical.Anti:
			left = true
		}
		l, r := names(j.Left.Schema()), names(j.Right.Schema())
		toLeft, rest := split(f.Pred, func(e *logical.Expr) bool { return left && reads(e, l) && Total(e) })
		toRight, stay := split(Conjunction(rest), func(e *logical.Expr) bool { return right && reads(e, r) && Total(e) })
		if len(toLeft)+len(toRight) == 0 {
			return nil, false
		}
		return filtered(j.WithInputs(filtered(j.Left, toLeft), filtered(j.Right, toRight)), stay), true
	},
}
