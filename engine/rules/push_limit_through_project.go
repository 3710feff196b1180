package rules

import "github.com/dreamql/dreamql/engine/logical"

// PushLimitThroughProject computes columns only for the rows that are kept.
var PushLimitThroughProject = &Rule{
	Name: "push_limit_through_project",
	Doc:  "take n (project c (t)) → project c (take n (t))",
	Apply: func(n logical.Node) (logical.Node, bool) {
		l, ok := n.(*logical.Limit)
		if !ok {
			return nil, false
		}
		p, ok := l.Input.(*logical.Project)
		if !ok {
			return nil, false
		}
		return p.WithInputs(l.WithInputs(p.Input)), true
	},
}
