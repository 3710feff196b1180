package rules

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// MergeProjects computes the outer columns straight from the inner's input. A column that costs something to compute is
// not written out twice.
var MergeProjects = &Rule{
	Name: "merge_projects",
	Doc:  "project {y: x + 1} (project {x: a * 2} (t)) → project {y: a * 2 + 1} (t); not where x is computed and used more than once, or inside of try, or volatile",
	Apply: func(n logical.Node) (logical.Node, bool) {
		outer, ok := n.(*logical.Project)
		if !ok {
			return nil, false
		}
		inner, ok := outer.Input.(*logical.Project)
		if !ok {
			return nil, false
		}
		uses := map[string]int{}
		for _, c := range outer.Cols {
			logical.Walk(c.Expr, func(e *logical.Expr) {
				if e.Op == logical.OpColumn {
					uses[e.Name]++
				}
			})
		}
		for _, c := range inner.Cols {
			plain := isPlain(c.Expr)
			if !plain && (uses[c.Name] > 1 || volatile(c.Expr)) {
				return nil, false
			}
		}
		for _, c := range outer.Cols {
			if tries(c.Expr, inner.Cols) {
				return nil, false
			}
		}
		cols := make([]logical.Named, len(outer.Cols))
		for i, c := range outer.Cols {
			cols[i] = logical.Named{Name: c.Name, Expr: substitute(c.Expr, inner.Cols)}
		}
		return &logical.Project{Input: inner.Input, Cols: cols}, true
	},
}

// isPlain reports whether an expression costs nothing: a column, as it is or without its option, or a literal.
func isPlain(e *logical.Expr) bool {
	if e.Op == logical.OpCast && types.Equal(e.T.Required(), e.Args[0].T.Required()) {
		return isPlain(e.Args[0])
	}
	return e.Op == logical.OpColumn || e.Op == logical.OpLiteral
}
