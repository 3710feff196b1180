package order

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// reduce leaves out, before rows are grouped, those whose groups a join above would drop, where that costs less than to group them:
//
//	join_many (aggregate {@k, n: count()} (t), u) on k == x → join_many (aggregate {@k, n: count()} (semi (t, u) on k == x), u) on k == x
//	semi (aggregate {@k, n: count()} (t), u) on k == x      → aggregate {@k, n: count()} (semi (t, u) on k == x)
//
// A join asks of a group only whether its keys match, and all rows of a group have the same keys: so whole groups are left out, and
// only ones that nothing matches. That holds for the right side of every join but join_full, whose groups without a match nobody
// sees, and for both sides of join_many. u is evaluated twice then, so nothing in it may fail or differ from one time to the next.
func (o *orderer) reduce(n logical.Node) logical.Node {
	switch n.(type) {
	case *logical.Bounded, *logical.Fix:
		return n
	}
	n = withInputs(n, o.reduce)
	j, ok := n.(*logical.Join)
	if !ok || j.Unique || len(j.On) == 0 {
		return n
	}
	switch j.Kind {
	case logical.JoinFull, logical.JoinCross:
		return n
	}
	for _, side := range []int{1, 0} {
		if side == 0 && j.Kind != logical.JoinMany && (j.Kind != logical.Semi || j.Residual != nil) {
			continue
		}
		sides := j.Inputs()
		on := slices.Clone(j.On)
		if side == 0 {
			for i, k := range on {
				on[i] = logical.EquiKey{Left: k.Right, Right: k.Left}
			}
		}
		less, ok := reduced(sides[side], sides[1-side], on)
		if !ok {
			continue
		}
		both := []logical.Node{less, sides[1-side]}
		if side == 1 {
			both[0], both[1] = both[1], both[0]
		}
		rule, out := "reduce_aggregate", j.WithInputs(both...)
		if side == 0 && j.Kind == logical.Semi {
			rule, out = "push_semi_below_aggregate", less
		}
		if before, after := total(o.cost, j), total(o.cost, out); o.opt.Always || before > leastCost && after < before*(1-leastGain) {
			o.steps = append(o.steps, rules.Step{Rule: rule, Before: logical.Describe(j), After: logical.Describe(out)})
			return out
		}
	}
	return n
}

// reduced puts a semi join with by, on by's keys == those of n, below the aggregate that n is, behind filters and projections.
func reduced(n, by logical.Node, on []logical.EquiKey) (logical.Node, bool) {
	names := map[string]string{} // what keys are called at n → where we are
	for _, k := range on {
		if k.Right.Op != logical.OpColumn || !rules.Total(k.Left) {
			return nil, false
		}
		names[k.Right.Name] = k.Right.Name
	}
	switch n := n.(type) {
	case *logical.Filter:
		if in, ok := reduced(n.Input, by, on); ok && rules.Total(n.Pred) {
			return n.WithInputs(in), true
		}
	case *logical.Project:
		below := slices.Clone(on)
		for _, c := range n.Cols {
			if !rules.Total(c.Expr) {
				return nil, false
			}
			for i, k := range on {
				if k.Right.Name == c.Name {
					below[i].Right = c.Expr
				}
			}
		}
		if in, ok := reduced(n.Input, by, below); ok {
			return n.WithInputs(in), true
		}
	case *logical.Aggregate:
		if reducedAlready(n.Input) || !repeats(by) {
			return nil, false
		}
		for _, a := range n.Aggs {
			if a.User != nil {
				return nil, false
			}
		}
		semi := &logical.Join{Left: n.Input, Kind: logical.Semi}
		renamed := &logical.Project{Input: by}
		taken := map[string]bool{}
		for _, f := range n.Input.Schema() {
			taken[f.Name] = true
		}
		for _, k := range on {
			i := slices.IndexFunc(n.Keys, func(key logical.Named) bool { return key.Name == k.Right.Name })
			if i < 0 || !rules.Total(n.Keys[i].Expr) || !types.Equal(n.Keys[i].Expr.T, k.Left.T) {
				return nil, false
			}
			name := "key"
			if k.Left.Op == logical.OpColumn {
				name = k.Left.Name
			}
			for taken[name] {
				name += "_"
			}
			taken[name] = true
			renamed.Cols = append(renamed.Cols, logical.Named{Name: name, Expr: k.Left})
			semi.On = append(semi.On, logical.EquiKey{Left: n.Keys[i].Expr, Right: &logical.Expr{Op: logical.OpColumn, Name: name, T: k.Left.T}})
		}
		semi.Right = renamed
		return n.WithInputs(semi), true
	}
	return nil, false
}

// reducedAlready reports whether rows have been left out for the sake of a join.
func reducedAlready(n logical.Node) bool {
	j, ok := n.(*logical.Join)
	return ok && j.Kind == logical.Semi
}

// repeats reports whether a relation gives the same rows each time, and nothing in it fails, so that it can be evaluated twice.
func repeats(n logical.Node) bool {
	var exprs []*logical.Expr
	switch n := n.(type) {
	case *logical.Scan:
		exprs = append(exprs, n.Filter)
	case *logical.Filter:
		exprs = append(exprs, n.Pred)
	case *logical.Project:
		for _, c := range n.Cols {
			exprs = append(exprs, c.Expr)
		}
	case *logical.Join:
		exprs = append(exprs, n.Residual)
		for _, k := range n.On {
			exprs = append(exprs, k.Left, k.Right)
		}
	default:
		return false
	}
	for _, e := range exprs {
		if e != nil && !rules.Total(e) {
			return false
		}
	}
	return !slices.ContainsFunc(n.Inputs(), func(in logical.Node) bool { return !repeats(in) })
}
