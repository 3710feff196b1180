package rules

import "github.com/dreamql/dreamql/engine/logical"

// JoinToSemi asks only whether there is a match where nobody sees which, nor how many.
var JoinToSemi = &Rule{
	Name: "join_to_semi",
	Doc:  "aggregate {@a} (join_many (t, u)) → aggregate {@a} (semi (t, u)), a of t; so for min, max and the like; not where columns of u are read or matches are counted",
	Apply: func(n logical.Node) (logical.Node, bool) {
		a, ok := n.(*logical.Aggregate)
		if !ok {
			return nil, false
		}
		for _, x := range a.Aggs {
			if x.User != nil || !idempotent[x.Func] {
				return nil, false
			}
		}
		j, rebuild := joinBelow(a.Input)
		if j == nil || j.Kind != logical.JoinMany || j.Unique || j.Residual != nil && !Total(j.Residual) || recurs(j) {
			return nil, false
		}
		left := names(j.Left.Schema())
		used := map[string]bool{}
		note := func(e *logical.Expr) *logical.Expr {
			logical.ColumnsOf(e, used)
			return e
		}
		mapExprs(a, note)
		if p, ok := a.Input.(*logical.Project); ok {
			used = map[string]bool{}
			mapExprs(p, note)
		}
		for c := range used {
			if !left[c] {
				return nil, false
			}
		}
		semi := *j
		semi.Kind = logical.Semi
		return a.WithInputs(rebuild(&semi)), true
	},
}

// idempotent are the aggregates to which a row that comes twice is no news.
var idempotent = map[string]bool{"min": true, "max": true, "bool_and": true, "bool_or": true, "count_distinct": true}

// joinBelow is the join under a node, through a projection of columns, and how to put another in its place.
func joinBelow(n logical.Node) (*logical.Join, func(logical.Node) logical.Node) {
	if j, ok := n.(*logical.Join); ok {
		return j, func(x logical.Node) logical.Node { return x }
	}
	p, ok := n.(*logical.Project)
	if !ok {
		return nil, nil
	}
	j, ok := p.Input.(*logical.Join)
	if !ok {
		return nil, nil
	}
	for _, c := range p.Cols {
		if !Total(c.Expr) {
			return nil, nil
		}
	}
	return j, func(x logical.Node) logical.Node { return p.WithInputs(x) }
}
