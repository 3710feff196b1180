package rules

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// SimplifyRanges keeps of several bounds of one column those that decide. A comparison with an absent value is false, as it is with
// the bounds that are left.
var SimplifyRanges = &Rule{
	Name: "simplify_ranges",
	Doc:  "filter x > 3 and x > 5 (t) → filter x > 5 (t); x == 4 and x > 3 → x == 4; x > 5 and x < 3 → false; not for bounds of different columns",
	Apply: func(n logical.Node) (logical.Node, bool) {
		var pred *logical.Expr
		switch n := n.(type) {
		case *logical.Filter:
			pred = n.Pred
		case *logical.Scan:
			pred = n.Filter
		}
		parts := logical.Conjuncts(pred)
		idle := make([]bool, len(parts))
		changed := false
		for i := range parts {
			for k := range parts {
				if i == k || idle[i] || idle[k] {
					continue
				}
				a, ok1 := boundOf(parts[i])
				b, ok2 := boundOf(parts[k])
				if !ok1 || !ok2 || a.column != b.column || !types.Equal(a.t, b.t) {
					continue
				}
				switch implied, never := a.decides(b); {
				case never:
					no := false
					return withPredicate(n, &logical.Expr{Op: logical.OpLiteral, T: types.Of(types.Bool), Lit: &logical.Literal{Bool: &no}, Span: pred.Span}), true
				case implied:
					idle[k], changed = true, true
				}
			}
		}
		if !changed {
			return nil, false
		}
		var out []*logical.Expr
		for i, p := range parts {
			if !idle[i] {
				out = append(out, p)
			}
		}
		return withPredicate(n, Conjunction(out)), true
	},
}

// bound is column <op> value.
type bound struct {
	column string
	op     string
	value  *logical.Literal
	t      types.Type
}

var turned = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}

func boundOf(e *logical.Expr) (bound, bool) {
	if e.Op != logical.OpCall || len(e.Args) != 2 || turned[e.Name] == "" {
		return bound{}, false
	}
	op, l, r := e.Name, e.Args[0], e.Args[1]
	if l.Op == logical.OpLiteral {
		op, l, r = turned[op], r, l
	}
	if l.Op != logical.OpColumn || r.Op != logical.OpLiteral || r.Lit.Absent() {
		return bound{}, false
	}
	return bound{l.Name, op, r.Lit, r.T}, true
}

// decides tells whether a implies b, and whether the two exclude each other.
func (a bound) decides(b bound) (implied, never bool) {
	o, ok := logical.CompareAs(a.t, a.value, b.value)
	if !ok {
		return false, false
	}
	if a.op == "==" {
		holds := b.holds(o)
		return holds, !holds
	}
	if b.op == "==" {
		return false, false // asked the other way round
	}
	up, down := a.op[0] == '>', b.op[0] == '<'
	switch {
	case up && !down: // both from below: the greater one decides, and of equal ones the strict one
		return o > 0 || o == 0 && (a.op == ">" || b.op == ">="), false
	case !up && down:
		return o < 0 || o == 0 && (a.op == "<" || b.op == "<="), false
	case up && down:
		return false, o > 0 || o == 0 && (a.op == ">" || b.op == "<")
	}
	return false, false
}

// holds tells whether a value that compares so with the bound's is within it.
func (b bound) holds(o int) bool {
	switch b.op {
	case "<":
		return o < 0
	case "<=":
		return o <= 0
	case ">":
		return o > 0
	case ">=":
		return o >= 0
	}
	return o == 0
}
