// Package order chooses the order of joins by what statistics say, which package rules must not ask: the tree of inner joins, and
// where semi, anti and left joins stand among them. Of ten relations all orders are looked at, bushy ones too; of more, the pair
// that makes the fewest rows is joined first, again and again.
//
// A guard (join_one, join_maybe, join_some) must see the rows that it would have seen, so it is moved only where keys prove that it
// holds; see guards.go. A condition that may fail is not moved either, and nothing is moved inside of @bounded and fix. The rows
// stay the same bag, and the columns keep their order. What statistics say of groups that are joined, and of the
// order in which rows lie, is here too; see reduce.go, below_join.go and known_order.go.
package order

import (
	"slices"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
)

// Options change what is worth a change.
type Options struct {
	// Always takes the order that costs least even where the gain is small, and reduces aggregates even where that costs more, which
	// tests want. Else what takes no time is left as it
	// was written, so that its rows come in the order that its author expects.
	Always bool
	// Tables are what is known of tables already; nil for nothing.
	Tables *cost.Tables
}

// What a plan must cost, in ns, and which part of it another order must save, to be changed.
const (
	leastCost = 2e6
	leastGain = 0.1
)

// Plan orders the joins of a plan that the rules have rewritten, and applies the rules to what it made.
func Plan(n logical.Node, opt Options) (logical.Node, []rules.Step) {
	e := opt.Tables.Estimates()
	out, steps := plan(e, n, opt, false)
	if other, more := plan(e, n, opt, true); slices.ContainsFunc(more, func(s rules.Step) bool { return s.Rule == "check_apart" }) {
		before, after := total(e, out), total(e, other)
		if after < before && (opt.Always || before > leastCost && after < before*(1-leastGain)) {
			return other, more
		}
	}
	return out, steps
}

// plan is Plan with guards checked apart from their joins, or as they are.
func plan(e *cost.Estimates, n logical.Node, opt Options, apart bool) (logical.Node, []rules.Step) {
	out, steps := guarded(e, n, apart)
	if len(steps) > 0 {
		var more []rules.Step
		out, more = rules.Rewrite(out)
		steps = append(steps, more...)
	}
	o := &orderer{cost: e, opt: opt}
	if ordered := o.known(o.reduce(o.below(o.node(out), false))); len(o.steps) > 0 {
		var more []rules.Step
		out, more = rules.Rewrite(ordered)
		steps = append(append(steps, o.steps...), more...)
	}
	return out, steps
}

type orderer struct {
	cost  *cost.Estimates
	opt   Options
	steps []rules.Step
	kept  bool // the order of rows can be seen by what stands above
}

// node orders each group of joins below n that can be.
func (o *orderer) node(n logical.Node) logical.Node {
	switch n.(type) {
	case *logical.Bounded, *logical.Fix:
		return n
	case *logical.Join, *logical.Filter:
		if out, ok := o.group(n); ok {
			return out
		}
	}
	defer func(before bool) { o.kept = before }(o.kept)
	o.kept = keeps(n, o.kept)
	return o.inputs(n)
}

func (o *orderer) inputs(n logical.Node) logical.Node {
	in := n.Inputs()
	var changed []logical.Node
	for i, x := range in {
		if y := o.node(x); y != x {
			if changed == nil {
				changed = append(changed, in...)
			}
			changed[i] = y
		}
	}
	if changed == nil {
		return n
	}
	return n.WithInputs(changed...)
}

// group orders the joins that meet at n; not ok where there are fewer than two relations to order.
func (o *orderer) group(n logical.Node) (logical.Node, bool) {
	g := &graph{orderer: o, root: n}
	g.collect(n)
	if len(g.leaves) < 2 || o.kept || g.sorted() || !g.distinctNames() || !g.close() {
		return nil, false
	}
	steps := len(o.steps)
	g.derive()
	for i := range g.leaves {
		g.leaves[i].node = o.node(g.leaves[i].node)
	}
	written, best := g.asWritten(), g.search()
	changed := len(o.steps) > steps
	if best == nil || best.same(written) || !o.opt.Always && (written.cost < leastCost || best.cost > written.cost*(1-leastGain)) {
		if !changed {
			return n, true
		}
		best = written
	} else {
		o.steps = append(o.steps, rules.Step{Rule: "order_joins", Before: g.text(written), After: g.text(best)})
	}
	return g.build(best), true
}

// withInputs is n over what f makes of each of its inputs.
func withInputs(n logical.Node, f func(logical.Node) logical.Node) logical.Node {
	in := n.Inputs()
	changed := slices.Clone(in)
	for i, x := range in {
		changed[i] = f(x)
	}
	if slices.Equal(in, changed) {
		return n
	}
	return n.WithInputs(changed...)
}
