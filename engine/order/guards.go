package order

import (
	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
)

// guarded replaces guards that keys prove to hold by the joins that do without: join_one and join_some by join_many, join_maybe by
// join_left. A column proves that no value of it comes twice where its rows rise from first to last, as a table written in the
// order of its key does; it proves that every value within its bounds is there where, being of whole numbers, it has as many
// rows as there are numbers between them.
//
// With apart, a guard of which only the second is not proven becomes a check of its own, which looks just whether the key is there,
// below a join that promises nothing. Then the other columns and the conditions on them may be joined wherever that is cheapest:
//
//	join_one (l, r) → join_many (check join_one (l, keys of r), r)
func guarded(e *cost.Estimates, n logical.Node, apart bool) (logical.Node, []rules.Step) {
	g := &guards{cost: e, apart: apart}
	return g.node(n), g.steps
}

type guards struct {
	cost  *cost.Estimates
	apart bool
	steps []rules.Step
}

func (g *guards) node(n logical.Node) logical.Node {
	switch n.(type) {
	case *logical.Bounded, *logical.Fix:
		return n
	}
	n = withInputs(n, g.node)
	j, ok := n.(*logical.Join)
	if !ok || j.Unique && !g.unique(j) {
		return n
	}
	out := *j
	out.Unique = false
	switch {
	case j.Kind == logical.JoinOne && g.unique(j) && g.contained(j), j.Kind == logical.JoinSome && g.contained(j):
		out.Kind = logical.JoinMany
	case j.Kind == logical.JoinMaybe && g.unique(j):
		out.Kind = logical.JoinLeft
	case j.Unique:
	case g.apart && (j.Kind == logical.JoinOne && g.unique(j) || j.Kind == logical.JoinSome) && separable(j):
		out.Kind = logical.JoinMany
		out.Left = &logical.Join{Left: j.Left, Right: keysOf(j), Kind: logical.Check, Promised: j.Kind, On: j.On, Span: j.Span}
		g.steps = append(g.steps, rules.Step{Rule: "check_apart", Before: logical.Describe(j), After: logical.Describe(out.Left) + ", " + logical.Describe(&out)})
		return &out
	default:
		return n
	}
	g.steps = append(g.steps, rules.Step{Rule: "prove_guard", Before: logical.Describe(j), After: logical.Describe(&out)})
	return &out
}

// separable reports whether the keys of the right side alone cost little, and are the same each time.
func separable(j *logical.Join) bool {
	if len(j.On) == 0 || j.Residual != nil {
		return false
	}
	for _, k := range j.On {
		if k.Left.Op != logical.OpColumn || k.Right.Op != logical.OpColumn {
			return false
		}
	}
	for n := j.Right; ; {
		switch x := n.(type) {
		case *logical.Scan:
			return x.Filter == nil || rules.Total(x.Filter)
		case *logical.Project:
			n = x.Input
		case *logical.Filter:
			if !rules.Total(x.Pred) {
				return false
			}
			n = x.Input
		default:
			return false
		}
	}
}

// keysOf is the keys of the right side.
func keysOf(j *logical.Join) logical.Node {
	p := &logical.Project{Input: j.Right}
	seen := map[string]bool{}
	for _, k := range j.On {
		if !seen[k.Right.Name] {
			seen[k.Right.Name] = true
			p.Cols = append(p.Cols, logical.Named{Name: k.Right.Name, Expr: k.Right})
		}
	}
	return p
}

// unique reports whether no two right rows have the same key.
func (g *guards) unique(j *logical.Join) bool {
	keys := map[string]bool{}
	for _, k := range j.On {
		if k.Right.Op == logical.OpColumn {
			keys[k.Right.Name] = true
		}
	}
	return g.keyed(j.Right, keys)
}

// keyed reports whether no two rows of n agree in all of the columns.
func (g *guards) keyed(n logical.Node, columns map[string]bool) bool {
	switch n := n.(type) {
	case *logical.Scan:
		for c := range columns {
			if g.cost.Unique(n, c) {
				return true
			}
		}
	case *logical.Filter, *logical.Sort, *logical.Limit, *logical.TopN, *logical.Search, *logical.Window:
		return g.keyed(n.Inputs()[0], columns)
	case *logical.Project:
		return g.keyed(n.Input, through(n.Cols, columns))
	case *logical.Join:
		if n.Kind.LeftOnly() || g.single(n) {
			return g.keyed(n.Left, columns)
		}
	case *logical.Aggregate:
		for _, k := range n.Keys {
			if !columns[k.Name] {
				return false
			}
		}
		return true
	case *logical.Distinct:
		for _, f := range n.Schema() {
			if !columns[f.Name] {
				return false
			}
		}
		return true
	}
	return false
}

// single reports whether a left row comes out at most once.
func (g *guards) single(j *logical.Join) bool {
	switch j.Kind {
	case logical.JoinOne, logical.JoinMaybe:
		return true
	case logical.JoinMany, logical.JoinLeft:
		return g.unique(j)
	}
	return false
}

// through are the columns below a projection that are passed on under the given names.
func through(cols []logical.Named, names map[string]bool) map[string]bool {
	out := map[string]bool{}
	for _, c := range cols {
		if names[c.Name] && c.Expr.Op == logical.OpColumn {
			out[c.Expr.Name] = true
		}
	}
	return out
}

// contained reports whether every left row has a match.
func (g *guards) contained(j *logical.Join) bool {
	if len(j.On) != 1 || j.Residual != nil || j.On[0].Left.Op != logical.OpColumn || j.On[0].Right.Op != logical.OpColumn {
		return false
	}
	right, name := j.Right, j.On[0].Right.Name
	for {
		p, ok := right.(*logical.Project)
		if !ok {
			break
		}
		below := through(p.Cols, map[string]bool{name: true})
		if len(below) != 1 {
			return false
		}
		for name = range below {
		}
		right = p.Input
	}
	s, ok := right.(*logical.Scan)
	if !ok || s.Filter != nil {
		return false
	}
	low, high, ok := g.cost.Complete(s, name)
	if !ok {
		return false
	}
	least, most, ok := g.cost.Bounds(j.Left, j.On[0].Left.Name)
	return ok && least >= low && most <= high
}
