package rules

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// FactorDisjunctions takes out what every alternative asks for, so that it can be pushed down and is evaluated once.
var FactorDisjunctions = &Rule{
	Name: "factor_disjunctions",
	Doc:  "filter a and b or a and c (t) → filter a and (b or c) (t); a and b or a → a; not where a part may fail, which another one before it perhaps guards",
	Apply: func(n logical.Node) (logical.Node, bool) {
		return eachCondition(n, func(e *logical.Expr) []*logical.Expr {
			alternatives := Disjuncts(e)
			if len(alternatives) < 2 || !Total(e) {
				return nil
			}
			var common []*logical.Expr
			for _, c := range logical.Conjuncts(alternatives[0]) {
				if everywhere(c, alternatives[1:]) {
					common = append(common, c)
				}
			}
			if len(common) == 0 {
				return nil
			}
			var rest []*logical.Expr
			for _, a := range alternatives {
				_, left := split(a, func(c *logical.Expr) bool { return contains(common, c) })
				if len(left) == 0 {
					return common // an alternative that asks for no more makes the others idle
				}
				rest = append(rest, Conjunction(left))
			}
			return append(common, disjunction(rest))
		})
	},
}

// eachCondition rewrites the conjuncts of a filter or of a scan's filter; f gives what takes the place of one, nil for itself.
func eachCondition(n logical.Node, f func(*logical.Expr) []*logical.Expr) (logical.Node, bool) {
	var pred *logical.Expr
	switch n := n.(type) {
	case *logical.Filter:
		pred = n.Pred
	case *logical.Scan:
		pred = n.Filter
	}
	var out []*logical.Expr
	changed := false
	for _, c := range logical.Conjuncts(pred) {
		if x := f(c); x != nil {
			out, changed = append(out, x...), true
		} else {
			out = append(out, c)
		}
	}
	if !changed {
		return nil, false
	}
	return withPredicate(n, Conjunction(out)), true
}

func withPredicate(n logical.Node, pred *logical.Expr) logical.Node {
	if s, ok := n.(*logical.Scan); ok {
		out := *s
		out.Filter = pred
		return &out
	}
	return &logical.Filter{Input: n.(*logical.Filter).Input, Pred: pred}
}

// Disjuncts splits a predicate at its top-level "or".
func Disjuncts(e *logical.Expr) []*logical.Expr {
	if e.Op == logical.OpCall && e.Name == "or" && len(e.Args) == 2 {
		return append(Disjuncts(e.Args[0]), Disjuncts(e.Args[1])...)
	}
	return []*logical.Expr{e}
}

func disjunction(es []*logical.Expr) *logical.Expr {
	out := es[0]
	for _, e := range es[1:] {
		out = &logical.Expr{Op: logical.OpCall, Name: "or", T: types.Of(types.Bool), Args: []*logical.Expr{out, e}, Span: out.Span.Join(e.Span)}
	}
	return out
}

func everywhere(c *logical.Expr, alternatives []*logical.Expr) bool {
	for _, a := range alternatives {
		if !contains(logical.Conjuncts(a), c) {
			return false
		}
	}
	return true
}

// contains reports whether one of es is written as e is; texts that were cut are taken to differ.
func contains(es []*logical.Expr, e *logical.Expr) bool {
	for _, x := range es {
		if x == e || alike(x, e) {
			return true
		}
	}
	return false
}

// alike reports whether two expressions are the same.
func alike(a, b *logical.Expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Op != b.Op || a.Name != b.Name || !types.Equal(a.T, b.T) || len(a.Args) != len(b.Args) || a.Op == logical.OpUDF || a.Body != nil || b.Body != nil {
		return false
	}
	if a.Op == logical.OpLiteral && a.Lit.Format(a.T) != b.Lit.Format(b.T) {
		return false
	}
	if a.Op == logical.OpRecord {
		for i := range a.Names {
			if a.Names[i] != b.Names[i] {
				return false
			}
		}
	}
	for i := range a.Args {
		if !alike(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}
