package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterIntoFix filters what a recursion starts from, where every row that follows from a row has its values in the columns
// of the filter: what is reached from one place is then found from that place, and not picked from what is reached from anywhere.
// The step must read the rows so far once, or rows that the filter takes away could be wanted by the other place; it must
// not fail, and have no guard or bound, which would see fewer rows.
var PushFilterIntoFix = &Rule{
	Name: "push_filter_into_fix",
	Doc:  "filter src == 1 (fix (edges, rows -> … -> {src, dst: e.dst})) → fix (filter src == 1 (edges), …); not dst, which the step changes, and not a kept column",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		fix, ok := f.Input.(*logical.Fix)
		if !ok || fix.Rounds > 0 || logical.Recurs(fix.Step, fix.ID) != 1 || !plain(fix.Seed, nil) || !plain(fix.Step, &fix.ID) {
			return nil, false
		}
		carried := map[string]bool{}
		for _, c := range fix.Schema() {
			if from, ok := carries(fix.Step, fix.ID, c.Name); ok && from == c.Name {
				carried[c.Name] = true
			}
		}
		for _, k := range fix.Keep {
			delete(carried, k.Column)
		}
		down, stay := split(f.Pred, func(e *logical.Expr) bool { return reads(e, carried) && Total(e) })
		if len(down) == 0 {
			return nil, false
		}
		step := fix.Step
		if others(step, fix.ID) {
			step = filtered(step, down)
		}
		return filtered(fix.WithInputs(filtered(fix.Seed, down), step), stay), true
	},
}

// plain reports whether rows can be left out of a relation without anyone seeing it but for their absence: nothing in it may fail
// or count. Parts that do not read the rows of fix id, if one is given, are not looked at.
func plain(n logical.Node, id *int) bool {
	if id != nil && logical.Recurs(n, *id) == 0 {
		return true
	}
	switch n := n.(type) {
	case *logical.Scan, *logical.Values, *logical.Filter, *logical.Project, *logical.Union, *logical.Distinct, *logical.Unnest, *logical.Recur:
	case *logical.Join:
		if n.Kind.Guards() {
			return false
		}
	default:
		return false
	}
	ok := true
	mapExprs(n, func(e *logical.Expr) *logical.Expr {
		if e.Op == logical.OpCall {
			o := overload(e)
			ok = ok && o != nil && !o.Fails && !o.Volatile
		}
		ok = ok && e.Op != logical.OpUDF
		return e
	})
	for _, in := range n.Inputs() {
		ok = ok && plain(in, id)
	}
	return ok
}

// carries finds the column of the rows of fix id that a column of n always has the value of.
func carries(n logical.Node, id int, column string) (string, bool) {
	switch n := n.(type) {
	case *logical.Recur:
		return column, n.ID == id
	case *logical.Filter, *logical.Distinct:
		return carries(n.Inputs()[0], id, column)
	case *logical.Unnest:
		if column != n.As {
			return carries(n.Input, id, column)
		}
	case *logical.Project:
		for _, c := range n.Cols {
			if c.Name == column && c.Expr.Op == logical.OpColumn {
				return carries(n.Input, id, c.Expr.Name)
			}
		}
	case *logical.Union:
		for _, in := range n.In {
			if logical.Recurs(in, id) > 0 {
				return carries(in, id, column)
			}
		}
	case *logical.Join:
		for _, in := range n.Inputs() {
			if logical.Recurs(in, id) > 0 && names(in.Schema())[column] && (in == n.Left || !n.Kind.LeftOnly()) {
				return carries(in, id, column)
			}
		}
	}
	return "", false
}

// others reports whether a step gives rows that do not come of the rows of fix id.
func others(n logical.Node, id int) bool {
	if u, ok := n.(*logical.Union); ok {
		for _, in := range u.In {
			if logical.Recurs(in, id) == 0 || others(in, id) {
				return true
			}
		}
		return false
	}
	for _, in := range n.Inputs() {
		if logical.Recurs(in, id) > 0 {
			return others(in, id)
		}
	}
	return false
}
