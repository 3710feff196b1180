package physical

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// keep moves what a filter asks of the right side into the join below it, where it is asked once for each build row:
// filter r.a > 1 and l.b > 2 (join_one (l, r)) → filter l.b > 2 (join_one (l, r) keep a > 1). The guard sees every row still.
// It returns what is left of the filter; nil for nothing.
func (l *lowering) keep(pred *logical.Expr, op *Op) *logical.Expr {
	j := op.HashJoin
	if j == nil || l.bound != nil || j.Residual != nil || j.Unique || j.Keep != nil {
		return pred
	}
	switch j.Kind {
	case logical.JoinOne, logical.JoinMaybe, logical.JoinSome, logical.JoinLeft, logical.JoinMany:
	default:
		return pred
	}
	right := map[string]bool{}
	for _, f := range j.BuildColumns {
		right[f.Name] = true
	}
	var kept, rest []*logical.Expr
	for _, c := range logical.Conjuncts(pred) {
		switch {
		case onlyOf(c, right):
			kept = append(kept, c)
		default:
			if some := implied(c, right); some != nil {
				kept = append(kept, some)
			}
			rest = append(rest, c)
		}
	}
	j.Keep = combined("and", kept)
	return combined("and", rest)
}

// onlyOf reports whether e reads columns of the set, at least one, and may be evaluated for any row.
func onlyOf(e *logical.Expr, set map[string]bool) bool {
	used := map[string]bool{}
	logical.ColumnsOf(e, used)
	for c := range used {
		if !set[c] {
			return false
		}
	}
	return len(used) > 0 && rules.Total(e)
}

// implied is what an "or" asks of the columns of a set: (a and x) or (b and y) asks for a or b. Nil for nothing.
func implied(e *logical.Expr, set map[string]bool) *logical.Expr {
	var parts []*logical.Expr
	for _, d := range disjuncts(e) {
		var mine []*logical.Expr
		for _, c := range logical.Conjuncts(d) {
			if onlyOf(c, set) {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			return nil
		}
		parts = append(parts, combined("and", mine))
	}
	return combined("or", parts)
}

func disjuncts(e *logical.Expr) []*logical.Expr {
	if e.Op == logical.OpCall && e.Name == "or" && len(e.Args) == 2 {
		return append(disjuncts(e.Args[0]), disjuncts(e.Args[1])...)
	}
	return []*logical.Expr{e}
}

// combined is all of es with an operator between them; nil for none.
func combined(op string, es []*logical.Expr) *logical.Expr {
	var out *logical.Expr
	for _, e := range es {
		if out == nil {
			out = e
			continue
		}
		out = &logical.Expr{Op: logical.OpCall, Name: op, T: types.Of(types.Bool), Args: []*logical.Expr{out, e}, Span: out.Span.Join(e.Span)}
	}
	return out
}

// kept is Keep as explain shows it.
func kept(e *logical.Expr) string {
	if e == nil {
		return ""
	}
	return ", keep " + asEvaluated(e).String()
}
