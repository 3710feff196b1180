package rules

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Conjunction is the "and" of all, nil of none.
func Conjunction(es []*logical.Expr) *logical.Expr {
	var out *logical.Expr
	for _, e := range es {
		if out == nil {
			out = e
			continue
		}
		out = &logical.Expr{Op: logical.OpCall, Name: "and", T: types.Of(types.Bool), Args: []*logical.Expr{out, e}, Span: out.Span.Join(e.Span)}
	}
	return out
}

// filtered puts a filter on top of n, if there is anything to filter by.
func filtered(n logical.Node, es []*logical.Expr) logical.Node {
	if len(es) == 0 {
		return n
	}
	return &logical.Filter{Input: n, Pred: Conjunction(es)}
}

// split divides the conjuncts of a predicate.
func split(pred *logical.Expr, goes func(*logical.Expr) bool) (down, stay []*logical.Expr) {
	for _, c := range logical.Conjuncts(pred) {
		if goes(c) {
			down = append(down, c)
		} else {
			stay = append(stay, c)
		}
	}
	return down, stay
}

// reads reports whether e reads columns of set only.
func reads(e *logical.Expr, set map[string]bool) bool {
	used := map[string]bool{}
	logical.ColumnsOf(e, used)
	for c := range used {
		if !set[c] {
			return false
		}
	}
	return true
}

func names(fs []types.Field) map[string]bool {
	out := map[string]bool{}
	for _, f := range fs {
		out[f.Name] = true
	}
	return out
}

// Volatile is volatile for who plans.
func Volatile(e *logical.Expr) bool { return volatile(e) }

// costly reports whether e calls a user-defined function.
func costly(e *logical.Expr) bool {
	found := false
	logical.WalkAll(e, func(x *logical.Expr) { found = found || x.Op == logical.OpUDF })
	return found
}

// Total reports whether e gives the same value each time, for every row, and never fails: only then it may be evaluated for
// other rows than before.
func Total(e *logical.Expr) bool {
	ok := true
	logical.WalkAll(e, func(x *logical.Expr) {
		switch x.Op {
		case logical.OpUDF:
			ok = false
		case logical.OpCall:
			o := overload(x)
			ok = ok && o != nil && !o.Fails && !o.Volatile
		}
	})
	return ok
}

func overload(e *logical.Expr) *funcs.Overload {
	args := make([]types.Type, len(e.Args))
	for i, a := range e.Args {
		args[i] = a.T
	}
	r, err := funcs.Resolve(e.Name, args)
	if err != nil {
		return nil
	}
	return r.Overload
}

// volatile reports whether e may differ from one evaluation to the next.
func volatile(e *logical.Expr) bool {
	found := false
	logical.WalkAll(e, func(x *logical.Expr) {
		switch x.Op {
		case logical.OpUDF:
			found = found || x.Func.Volatile
		case logical.OpCall:
			o := overload(x)
			found = found || o == nil || o.Volatile
		}
	})
	return found
}

// maxSubstituted bounds what a predicate may grow to. A column that is used twice doubles what it is computed from, and so
// does the next projection.
const maxSubstituted = 1000

// small reports whether e stays of a bearable size when cols are written into it.
func small(e *logical.Expr, cols []logical.Named) bool {
	sizes := map[string]int{}
	for _, c := range cols {
		n := 0
		logical.Walk(c.Expr, func(*logical.Expr) { n++ })
		sizes[c.Name] = n
	}
	total := 0
	logical.Walk(e, func(x *logical.Expr) {
		total++
		if x.Op == logical.OpColumn {
			total += sizes[x.Name]
		}
	})
	return total <= maxSubstituted
}

// substitute replaces columns by what a projection computes them from.
func substitute(e *logical.Expr, cols []logical.Named) *logical.Expr {
	by := map[string]*logical.Expr{}
	for _, c := range cols {
		by[c.Name] = c.Expr
	}
	return logical.Transform(e, func(x *logical.Expr) *logical.Expr {
		if r := by[x.Name]; x.Op == logical.OpColumn && r != nil {
			return r
		}
		return x
	})
}

// tries reports whether a try in e reads a column that is computed, which would hide its failures where it took the column's place.
func tries(e *logical.Expr, cols []logical.Named) bool {
	found := false
	logical.Walk(e, func(x *logical.Expr) {
		if x.Op != logical.OpCall || x.Name != "try" {
			return
		}
		logical.Walk(x, func(y *logical.Expr) {
			for _, c := range cols {
				found = found || y.Op == logical.OpColumn && y.Name == c.Name && !isPlain(c.Expr)
			}
		})
	})
	return found
}
