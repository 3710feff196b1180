package rules

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// SimplifyBooleans removes what does not decide.
var SimplifyBooleans = &Rule{
	Name: "simplify_booleans",
	Doc:  "true and p → p; false and p → false; true or p → true; false or p → p; not not p → p; match { | true => a … } → a",
	Apply: func(n logical.Node) (logical.Node, bool) {
		return mapExprs(n, func(e *logical.Expr) *logical.Expr {
			if s := simplified(e); s != nil && types.Equal(s.T, e.T) {
				return s
			}
			return e
		})
	},
}

func isBool(e *logical.Expr, v bool) bool {
	return e.Op == logical.OpLiteral && e.Lit != nil && e.Lit.Bool != nil && *e.Lit.Bool == v
}

func simplified(e *logical.Expr) *logical.Expr {
	switch {
	case e.Op == logical.OpCall && (e.Name == "and" || e.Name == "or") && len(e.Args) == 2:
		neutral := e.Name == "and"
		for i, a := range e.Args {
			if isBool(a, neutral) {
				return e.Args[1-i]
			}
			if isBool(a, !neutral) {
				return a
			}
		}
	case e.Op == logical.OpCall && e.Name == "not" && e.Args[0].Op == logical.OpCall && e.Args[0].Name == "not":
		return e.Args[0].Args[0]
	case e.Op == logical.OpCase && len(e.Args) >= 3:
		if isBool(e.Args[0], true) {
			return e.Args[1]
		}
		if isBool(e.Args[0], false) {
			if len(e.Args) == 3 {
				return e.Args[2]
			}
			c := *e
			c.Args = e.Args[2:]
			return &c
		}
	}
	return nil
}
