package rules

import "github.com/dreamql/dreamql/engine/logical"

// RemoveProject drops projections that change nothing.
var RemoveProject = &Rule{
	Name: "remove_project",
	Doc:  "project {a, b} (t with columns a, b) → t; not where a column is renamed, moved, left out or computed",
	Apply: func(n logical.Node) (logical.Node, bool) {
		p, ok := n.(*logical.Project)
		if !ok {
			return nil, false
		}
		in := p.Input.Schema()
		if len(in) != len(p.Cols) {
			return nil, false
		}
		for i, c := range p.Cols {
			if c.Expr.Op != logical.OpColumn || c.Expr.Name != c.Name || in[i].Name != c.Name {
				return nil, false
			}
		}
		return p.Input, SameSchema(p.Schema(), in) == nil
	},
}
