package order

import (
	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
)

// total estimates what a plan costs, as far as that depends on how relations are joined: it compares plans of one program.
func total(e *cost.Estimates, n logical.Node) float64 {
	var visit func(n logical.Node) float64
	visit = func(n logical.Node) float64 {
		sum := 0.0
		for _, in := range n.Inputs() {
			sum += visit(in)
		}
		switch n := n.(type) {
		case *logical.Join:
			l, r := e.Rows(n.Left), e.Rows(n.Right)
			if n.Kind == logical.Check {
				return sum + cost.Check(l, r)
			}
			return sum + cost.Join(l, r, e.Rows(n), float64(len(n.Schema())))
		case *logical.Filter:
			return sum + cost.Scan(e.Rows(n.Input), 0, float64(len(logical.Conjuncts(n.Pred))))
		case *logical.Scan:
			return sum + cost.Scan(float64(n.Table.Rows), float64(8*len(n.Columns)), float64(len(logical.Conjuncts(n.Filter))))
		case *logical.Aggregate:
			return sum + cost.Group(e.Rows(n.Input), e.Rows(n))
		}
		return sum
	}
	return visit(n)
}
