package rules

import (
	"slices"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
)

// OrderPredicates moves only what cannot fail: a predicate that may fail is perhaps guarded by one before it, and those keep their
// order. (Where that costs time, package expr tries a better order and goes back when a row fails.)
var OrderPredicates = &Rule{
	Name: "order_predicates",
	Doc:  "filter slow(a) and b > 1 (t) → filter b > 1 and slow(a) (t), where b > 1 cannot fail; those that cannot are put by (selectivity − 1) / cost",
	Apply: func(n logical.Node) (logical.Node, bool) {
		switch n := n.(type) {
		case *logical.Filter:
			if pred, ok := ordered(n.Pred); ok {
				return &logical.Filter{Input: n.Input, Pred: pred}, true
			}
		case *logical.Scan:
			if pred, ok := ordered(n.Filter); ok {
				out := *n
				out.Filter = pred
				return &out, true
			}
		}
		return nil, false
	},
}

func ordered(pred *logical.Expr) (*logical.Expr, bool) {
	parts := logical.Conjuncts(pred)
	if len(parts) < 2 || !slices.ContainsFunc(parts, costly) {
		return nil, false
	}
	free, bound := split(pred, Total)
	out := append(cost.InOrder(free), bound...)
	if slices.Equal(out, parts) {
		return nil, false
	}
	return Conjunction(out), true
}
