package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushFilterThroughProject evaluates the predicate over what the projection computes from. A conjunct that would then call a
// user-defined function a second time stays.
var PushFilterThroughProject = &Rule{
	Name: "push_filter_through_project",
	Doc:  "filter x > 1 (project {x: a + b} (t)) → project {x: a + b} (filter a + b > 1 (t)); not where x calls a user-defined or a volatile function, or stands inside of try",
	Apply: func(n logical.Node) (logical.Node, bool) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return nil, false
		}
		p, ok := f.Input.(*logical.Project)
		if !ok {
			return nil, false
		}
		down, stay := split(f.Pred, func(e *logical.Expr) bool {
			if !small(e, p.Cols) || tries(e, p.Cols) {
				return false
			}
			s := substitute(e, p.Cols)
			return !volatile(s) && (costly(e) || !costly(s))
		})
		if len(down) == 0 {
			return nil, false
		}
		for i := range down {
			down[i] = substitute(down[i], p.Cols)
		}
		return filtered(&logical.Project{Input: filtered(p.Input, down), Cols: p.Cols}, stay), true
	},
}
