package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushTopNThroughProject computes columns only for the rows that are kept, where the order is that of columns which are there before.
var PushTopNThroughProject = &Rule{
	Name: "push_top_n_through_project",
	Doc:  "top n order x (project {x: a, y: b + c} (t)) → project {x: a, y: b + c} (top n order a (t)); not where x itself is computed",
	Apply: func(n logical.Node) (logical.Node, bool) {
		t, ok := n.(*logical.TopN)
		if !ok {
			return nil, false
		}
		p, ok := t.Input.(*logical.Project)
		if !ok {
			return nil, false
		}
		plain := map[string]bool{}
		for _, c := range p.Cols {
			plain[c.Name] = isPlain(c.Expr)
		}
		out := &logical.TopN{N: t.N}
		for _, k := range t.Keys {
			if !reads(k.Expr, only(plain)) {
				return nil, false
			}
			out.Keys = append(out.Keys, logical.SortKey{Expr: substitute(k.Expr, p.Cols), Desc: k.Desc})
		}
		for _, e := range t.By {
			if !reads(e, only(plain)) {
				return nil, false
			}
			out.By = append(out.By, substitute(e, p.Cols))
		}
		out.Input = p.Input
		return p.WithInputs(out), true
	},
}

// only is the set of names that are marked.
func only(marked map[string]bool) map[string]bool {
	out := map[string]bool{}
	for name, yes := range marked {
		if yes {
			out[name] = true
		}
	}
	return out
}
