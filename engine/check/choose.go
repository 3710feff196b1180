package check

import (
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// choose is the value of the first condition that holds, or the last value: len(values) == len(conds)+1. Records are
// chosen field by field.
func (c *checker) choose(conds []*scalar, values []value, at []span, n syntax.Node) value {
	for _, v := range values {
		if _, bad := v.(unknown); bad {
			return v
		}
	}
	if len(conds) == 0 {
		return values[0]
	}
	if r, ok := values[0].(*record); ok && r.present == nil && sameFields(values) {
		out := &record{}
		for i, f := range r.fields {
			parts := make([]value, len(values))
			for j, v := range values {
				parts[j] = v.(*record).fields[i].v
			}
			out.fields = append(out.fields, field{f.name, c.choose(conds, parts, at, n)})
		}
		return out
	}
	if v, ok := c.settled(conds, values); ok {
		return v
	}
	branches := make([]*scalar, len(values))
	for i, v := range values {
		if branches[i] = c.scalar(v, at[i]); branches[i] == nil {
			return unknown{}
		}
	}
	amongDecimals(branches)
	t := types.Of(types.None)
	for i, s := range branches {
		u := s.e.T
		if i > 0 {
			var ok bool
			if u, ok = funcs.Common(t, s.e.T); !ok {
				return c.report(errBranches(at[i], t, s.e.T))
			}
		}
		t = u
	}
	var args []*scalar
	for i, s := range branches {
		s, _ = c.convert(s, t)
		if i < len(conds) {
			args = append(args, conds[i])
		}
		args = append(args, s)
	}
	return c.build(&logical.Expr{Op: logical.OpCase, T: t, Span: c.place(n)}, args...)
}

// settled chooses where the conditions are literals, as for parameters: any value may be chosen then, a table too.
func (c *checker) settled(conds []*scalar, values []value) (value, bool) {
	for i, s := range conds {
		if s.e.Op != logical.OpLiteral || s.e.Lit.Absent() {
			return nil, false
		}
		if *s.e.Lit.Bool {
			return values[i], true
		}
	}
	return values[len(values)-1], true
}

func sameFields(values []value) bool {
	first := values[0].(*record).names()
	for _, v := range values[1:] {
		r, ok := v.(*record)
		if !ok || r.present != nil || len(r.fields) != len(first) {
			return false
		}
		for i, f := range r.fields {
			if f.name != first[i] {
				return false
			}
		}
	}
	return true
}
