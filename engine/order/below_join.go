package order

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// below groups rows before they are joined, where that costs less than to group what is joined:
//
//	aggregate {@k, @r.name, s: sum(v)} (join_many (l, r) on k == r.id), of which no r.id comes twice
//	    → project {k, r.name, s} (join_many (aggregate {@k, s: sum(v)} (l), r) on k == r.id)
//
// All rows of a group have the same keys, so the join finds the same one row of r for each, or none; whatever else of r is among the
// keys hangs on that. The aggregates may read l alone. Where the join leaves rows out, nothing that is computed of them may fail.
func (o *orderer) below(n logical.Node, kept bool) logical.Node {
	switch n.(type) {
	case *logical.Bounded, *logical.Fix:
		return n
	}
	asked := keeps(n, kept)
	n = withInputs(n, func(x logical.Node) logical.Node { return o.below(x, asked) })
	a, ok := n.(*logical.Aggregate)
	if !ok || kept || keeps(n, false) {
		return n
	}
	a, j, ok := overJoin(a)
	if !ok || j.Unique || j.Residual != nil || len(j.On) == 0 || j.Kind != logical.JoinMany && j.Kind != logical.JoinLeft {
		return n
	}
	for _, side := range []int{0, 1} {
		if side == 1 && j.Kind == logical.JoinLeft {
			break
		}
		out, ok := o.grouped(a, j, side)
		if !ok {
			continue
		}
		if before, after := total(o.cost, n), total(o.cost, out); o.opt.Always || before > leastCost && after < before*(1-leastGain) {
			o.steps = append(o.steps, rules.Step{Rule: "aggregate_below_join", Before: logical.Describe(n), After: logical.Describe(out.Inputs()[0])})
			return out
		}
	}
	return n
}

// overJoin is an aggregate, written over the join below it where a projection between the two only leaves out or renames columns.
func overJoin(a *logical.Aggregate) (*logical.Aggregate, *logical.Join, bool) {
	switch in := a.Input.(type) {
	case *logical.Join:
		return a, in, true
	case *logical.Project:
		j, ok := in.Input.(*logical.Join)
		if !ok || slices.ContainsFunc(in.Cols, func(c logical.Named) bool { return c.Expr.Op != logical.OpColumn }) {
			return nil, nil, false
		}
		as := map[string]*logical.Expr{}
		for _, c := range in.Cols {
			as[c.Name] = c.Expr
		}
		rename := func(e *logical.Expr) *logical.Expr {
			if e == nil {
				return nil
			}
			return logical.Transform(e, func(x *logical.Expr) *logical.Expr {
				if to := as[x.Name]; x.Op == logical.OpColumn && to != nil {
					return to
				}
				return x
			})
		}
		out := &logical.Aggregate{Input: j, Keys: slices.Clone(a.Keys), Aggs: slices.Clone(a.Aggs)}
		for i := range out.Keys {
			out.Keys[i].Expr = rename(out.Keys[i].Expr)
		}
		for i, x := range out.Aggs {
			out.Aggs[i].Filter, out.Aggs[i].Args = rename(x.Filter), slices.Clone(x.Args)
			for k, e := range x.Args {
				out.Aggs[i].Args[k] = rename(e)
			}
		}
		return out, j, true
	}
	return nil, nil, false
}

// unfailing are the aggregates that no rows make fail.
var unfailing = map[string]bool{"count": true, "count_if": true, "count_distinct": true, "approx_distinct": true, "min": true, "max": true, "bool_and": true, "bool_or": true}

// grouped is the aggregate with one side of the join, 0 or 1, grouped ahead of it.
func (o *orderer) grouped(a *logical.Aggregate, j *logical.Join, side int) (logical.Node, bool) {
	seen := *j // from the side that is grouped
	if side == 1 {
		seen.Left, seen.Right, seen.On = j.Right, j.Left, slices.Clone(j.On)
		for i, k := range j.On {
			seen.On[i] = logical.EquiKey{Left: k.Right, Right: k.Left}
		}
	}
	g := &guards{cost: o.cost}
	if !g.unique(&seen) {
		return nil, false
	}
	every := j.Kind == logical.JoinLeft || g.contained(&seen) // row of the side comes out
	mine, other, taken := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range seen.Left.Schema() {
		mine[f.Name], taken[f.Name] = true, true
	}
	for _, f := range seen.Right.Schema() {
		other[f.Name], taken[f.Name] = true, true
	}
	for _, x := range a.Aggs {
		if x.User != nil || !every && !unfailing[x.Func] {
			return nil, false
		}
		for _, e := range append(slices.Clone(x.Args), x.Filter) {
			if e != nil && (!within(e, mine) || rules.Volatile(e) || !every && !rules.Total(e)) {
				return nil, false
			}
		}
	}
	fresh := func(name string) string {
		for taken[name] {
			name += "_"
		}
		taken[name] = true
		return name
	}
	inner := &logical.Aggregate{Input: seen.Left}
	shown := &logical.Project{}
	asked := map[string]bool{} // columns of either side that are keys
	for _, k := range a.Keys {
		e := k.Expr
		switch {
		case rules.Volatile(e):
			return nil, false
		case e.Op == logical.OpColumn && (mine[e.Name] || other[e.Name]):
			if mine[e.Name] && !asked[e.Name] {
				inner.Keys = append(inner.Keys, logical.Named{Name: e.Name, Expr: e})
			}
			asked[e.Name] = true
		case within(e, mine) && (every || rules.Total(e)):
			name := fresh(k.Name)
			inner.Keys = append(inner.Keys, logical.Named{Name: name, Expr: e})
			e = &logical.Expr{Op: logical.OpColumn, Name: name, T: e.T, Span: e.Span}
		case !within(e, other):
			return nil, false
		}
		shown.Cols = append(shown.Cols, logical.Named{Name: k.Name, Expr: e})
	}
	for _, k := range seen.On {
		if k.Left.Op != logical.OpColumn || k.Right.Op != logical.OpColumn {
			return nil, false
		}
		switch {
		case asked[k.Left.Name]:
		case asked[k.Right.Name] && j.Kind == logical.JoinMany && k.Left.T.Kind != types.Float: // of equal floats one may be -0
			inner.Keys = append(inner.Keys, logical.Named{Name: k.Left.Name, Expr: k.Left})
			asked[k.Left.Name] = true
		default:
			return nil, false
		}
	}
	for _, x := range a.Aggs {
		shown.Cols = append(shown.Cols, logical.Named{Name: x.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: fresh(x.Name), T: x.Type, Span: x.Span}})
		x.Name = shown.Cols[len(shown.Cols)-1].Expr.Name
		inner.Aggs = append(inner.Aggs, x)
	}
	sides := []logical.Node{inner, seen.Right}
	if side == 1 {
		sides[0], sides[1] = sides[1], sides[0]
	}
	shown.Input = j.WithInputs(sides...)
	return shown, true
}

// within reports whether an expression reads columns of a set only.
func within(e *logical.Expr, set map[string]bool) bool {
	used := map[string]bool{}
	logical.ColumnsOf(e, used)
	for c := range used {
		if !set[c] {
			return false
		}
	}
	return true
}
