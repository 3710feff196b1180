// Package rules rewrites logical plans into ones that give the same rows sooner. A rule is one file: a value of Rule whose
// Doc shows before → after; all.go lists them in the order in which they are tried; testdata/<file>.txt has cases where
// it fires and where it must not.
//
// Rules must not depend on statistics (that is package cost) and never change a node's schema, which Rewrite checks after
// each application.
package rules

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Rule is one rewrite.
type Rule struct {
	Name string
	Doc  string // before → after, and when not
	// Apply rewrites one node, whose inputs it may look into; ok is false where the rule does not fit.
	Apply func(logical.Node) (out logical.Node, ok bool)
}

// Step is one application of a rule, for explain.
type Step struct {
	Rule     string `json:"rule"`
	Before   string `json:"before"` // the first node that differs, in one line
	After    string `json:"after"`
	Rejected string `json:"rejected,omitempty"` // why the result was not taken: a mistake in the rule
}

// MaxSteps ends rewriting where rules would undo each other for ever, a mistake in them; plans are correct after any step.
const MaxSteps = 2000

// Rewrite applies all rules until none fits.
func Rewrite(n logical.Node) (logical.Node, []Step) { return rewrite(n, All) }

func rewrite(n logical.Node, rules []*Rule) (logical.Node, []Step) {
	r := &rewriter{rules: rules}
	for {
		before := len(r.steps)
		n = r.node(n)
		if len(r.steps) == before || len(r.steps) >= MaxSteps {
			return n, r.steps
		}
	}
}

type rewriter struct {
	rules []*Rule
	steps []Step
}

// node rewrites inputs first, then the node itself.
func (r *rewriter) node(n logical.Node) logical.Node {
	in := n.Inputs()
	var changed []logical.Node
	for i, x := range in {
		y := r.node(x)
		if y != x && changed == nil {
			changed = append([]logical.Node(nil), in...)
		}
		if changed != nil {
			changed[i] = y
		}
	}
	if changed != nil {
		n = n.WithInputs(changed...)
	}
	for _, rule := range r.rules {
		if len(r.steps) >= MaxSteps {
			return n
		}
		out, ok := rule.Apply(n)
		if !ok {
			continue
		}
		step := Step{Rule: rule.Name}
		step.Before, step.After = difference(n, out)
		if err := SameSchema(n.Schema(), out.Schema()); err != nil {
			step.Rejected = err.Error()
			r.steps = append(r.steps, step)
			continue
		}
		r.steps = append(r.steps, step)
		n = out
	}
	return n
}

// difference describes the first nodes, from the top, that differ.
func difference(a, b logical.Node) (string, string) {
	x, y := logical.Describe(a), logical.Describe(b)
	if in, other := a.Inputs(), b.Inputs(); x == y && len(in) == len(other) {
		for i := range in {
			if in[i] != other[i] {
				return difference(in[i], other[i])
			}
		}
	}
	return x, y
}

// SameSchema says how two schemas differ; nil where they do not.
func SameSchema(a, b []types.Field) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d columns became %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Name != b[i].Name || !types.Equal(a[i].Type, b[i].Type) {
			return fmt.Errorf("column %s: %s became %s: %s", a[i].Name, a[i].Type, b[i].Name, b[i].Type)
		}
	}
	return nil
}

// String writes the step in one line.
func (s Step) String() string { return s.Rule + ": " + s.Before + " → " + s.After }
