package check

import (
	"maps"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
)

// origin is the stage of the program that made a node, for messages. except and intersect are groupings in the plan; left and
// right are the tables that they were.
type origin struct {
	stage       string
	at          span
	left, right logical.Node
}

func (c *checker) from(n logical.Node, o origin) {
	if _, known := c.origins[n]; !known {
		c.origins[n] = o
	}
}

// direction is how a value may change while the rows of a fix grow.
type direction int8

const (
	fixed direction = iota // not at all: another value is another row
	up                     // to larger values, false to true; absent is the least
	down                   // to smaller values, true to false; absent is the greatest
	mixed                  // any way
)

func (d direction) flip() direction {
	switch d {
	case up:
		return down
	case down:
		return up
	}
	return d
}

func (d direction) and(o direction) direction {
	switch {
	case d == o || o == fixed:
		return d
	case d == fixed:
		return o
	}
	return mixed
}

// directions are those of a relation's columns; a column that is not there is fixed.
type directions map[string]direction

// monotone makes sure that the step of f gives no less when its rows become more, or better: it refuses what may take a row
// away or make a value worse. Then the least fixpoint exists, is the only one, and does not depend on the order in which
// rows are found. It also finds out whether the step works on rows one by one.
func (c *checker) monotone(f *logical.Fix) bool {
	m := &monotone{c: c, ok: true, recur: map[int]directions{f.ID: keptDirections(f)}, at: origin{stage: "the step", at: f.Span}}
	out := m.node(f.Step)
	if !m.ok {
		return false
	}
	for _, col := range f.Step.Schema() {
		want := m.recur[f.ID][col.Name]
		if d := out[col.Name]; d != fixed && d != want {
			c.report(errFixMoves(m.made(f.Step, col.Name), col.Name, d == down))
			return false
		}
	}
	f.Whole = m.whole
	return true
}

func keptDirections(f *logical.Fix) directions {
	d := directions{}
	for _, k := range f.Keep {
		if d[k.Column] = down; k.Larger() {
			d[k.Column] = up
		}
	}
	return d
}

type monotone struct {
	c     *checker
	recur map[int]directions // of the rows of each fix that is looked at
	at    origin             // of the node, or of the nearest above it
	ok    bool
	whole bool
}

func (m *monotone) refuse(d func(at span, stage string) source.Diagnostic) directions {
	if m.ok {
		m.c.report(d(m.at.at, m.at.stage))
	}
	m.ok = false
	return nil
}

// depends reports whether a relation reads the rows so far.
func (m *monotone) depends(n logical.Node) bool {
	for id := range m.recur {
		if logical.Recurs(n, id) > 0 {
			return true
		}
	}
	return false
}

// made is the place of the expression that a column comes from.
func (m *monotone) made(n logical.Node, col string) span {
	for {
		if p, ok := n.(*logical.Project); ok {
			for _, x := range p.Cols {
				if x.Name == col && x.Expr.Span != (span{}) {
					return x.Expr.Span
				}
			}
		}
		if a, ok := n.(*logical.Aggregate); ok {
			for _, x := range a.Aggs {
				if x.Name == col {
					return x.Span
				}
			}
		}
		in := n.Inputs()
		if len(in) == 0 {
			return m.at.at
		}
		n = in[0]
	}
}

// node gives the directions of a relation's columns.
func (m *monotone) node(n logical.Node) directions {
	if !m.ok || !m.depends(n) {
		return nil
	}
	was := m.at
	defer func() { m.at = was }()
	o, known := m.c.origins[n]
	if known {
		m.at = o
	}
	if known && o.left != nil {
		return m.difference(o)
	}
	switch n := n.(type) {
	case *logical.Recur:
		return m.recur[n.ID]
	case *logical.Filter:
		in := m.node(n.Input)
		if d := m.expr(n.Pred, in); d != fixed && d != up {
			return m.moved(n.Pred, in)
		}
		return in
	case *logical.Project:
		in, out := m.node(n.Input), directions{}
		for _, col := range n.Cols {
			d := m.expr(col.Expr, in)
			if d == mixed {
				return m.moved(col.Expr, in)
			}
			out[col.Name] = d
		}
		return out
	case *logical.Distinct, *logical.Bounded:
		return m.node(n.Inputs()[0])
	case *logical.Unnest:
		in := m.node(n.Input)
		if m.expr(n.Expr, in) != fixed {
			return m.moved(n.Expr, in)
		}
		return in
	case *logical.Union:
		out := directions{}
		for _, in := range n.In {
			for col, d := range m.node(in) {
				if out[col] = out[col].and(d); out[col] == mixed {
					return m.refuse(func(at span, _ string) source.Diagnostic { return errFixUnion(at, col) })
				}
			}
		}
		return out
	case *logical.Join:
		return m.join(n)
	case *logical.Aggregate:
		return m.aggregate(n)
	case *logical.Fix:
		return m.inner(n)
	case *logical.Window:
		return m.refuse(errFixWindow)
	}
	return m.refuse(errFixOrder) // sort, take, top, and what is not known here
}

// moved refuses a use of a kept value that must not change.
func (m *monotone) moved(e *logical.Expr, in directions) directions {
	reads := map[string]bool{}
	logical.ColumnsOf(e, reads)
	name := ""
	for col := range reads {
		if in[col] != fixed && (name == "" || col < name) {
			name = col
		}
	}
	at := e.Span
	return m.refuse(func(stage span, _ string) source.Diagnostic {
		if at == (span{}) {
			at = stage
		}
		return errFixUse(at, name, in[name] == down)
	})
}

// difference is except and intersect, which compare whole rows.
func (m *monotone) difference(o origin) directions {
	if o.stage == "except" && m.depends(o.right) {
		return m.refuse(errFixTakenAway)
	}
	for _, side := range []logical.Node{o.left, o.right} {
		for col, d := range m.node(side) {
			if d != fixed {
				return m.refuse(func(at span, _ string) source.Diagnostic { return errFixUse(at, col, d == down) })
			}
		}
	}
	return nil
}

func (m *monotone) join(n *logical.Join) directions {
	left, right := m.node(n.Left), m.node(n.Right)
	if m.depends(n.Right) {
		switch n.Kind {
		case logical.Anti:
			return m.refuse(errFixTakenAway)
		case logical.JoinLeft, logical.JoinFull:
			return m.refuse(errFixOptional)
		case logical.JoinOne, logical.JoinMaybe, logical.JoinSome:
			return m.refuse(errFixGuard)
		}
	}
	if n.Kind == logical.JoinFull {
		return m.refuse(errFixOptional)
	}
	for _, k := range n.On {
		if m.expr(k.Left, left) != fixed {
			return m.moved(k.Left, left)
		}
		if m.expr(k.Right, right) != fixed {
			return m.moved(k.Right, right)
		}
	}
	out := directions{}
	maps.Copy(out, left)
	maps.Copy(out, right)
	if n.Residual != nil {
		// A new match must not change what a row without it was.
		grows := n.Kind == logical.JoinMany || n.Kind == logical.Semi
		if d := m.expr(n.Residual, out); d != fixed && !(d == up && grows) {
			return m.moved(n.Residual, out)
		}
	}
	if n.Kind == logical.Semi || n.Kind == logical.Anti {
		return left
	}
	return out
}

// aggregate takes groupings whose values only get better. One of them may be computed from the new rows alone, since the best
// of the parts' results is the best of all; several together may not.
func (m *monotone) aggregate(n *logical.Aggregate) directions {
	in, out := m.node(n.Input), directions{}
	for _, k := range n.Keys {
		if m.expr(k.Expr, in) != fixed {
			return m.moved(k.Expr, in)
		}
	}
	for _, a := range n.Aggs {
		d := fixed
		switch a.Func {
		case "min", "bool_and":
			d = down
		case "max", "bool_or":
			d = up
		default:
			name := a.Func
			if a.User != nil {
				name = a.User.Name
			}
			if m.at.stage != "grouping" && m.at.stage != "agg" {
				name = m.at.stage
			}
			if a.Span != (span{}) {
				m.at.at = a.Span
			}
			return m.refuse(func(at span, _ string) source.Diagnostic { return errFixAggregate(at, name) })
		}
		for _, e := range a.Args {
			if x := m.expr(e, in); x != fixed && x != d {
				return m.moved(e, in)
			}
		}
		if a.Filter != nil {
			if x := m.expr(a.Filter, in); x != fixed && x != up {
				return m.moved(a.Filter, in)
			}
		}
		out[a.Name] = d
	}
	m.whole = m.whole || len(n.Aggs) > 1
	return out
}

// inner is a fix inside the step that depends on the outer rows. It was found to be monotone in its own; here it must be in
// the outer ones.
func (m *monotone) inner(n *logical.Fix) directions {
	m.whole = true
	kept := keptDirections(n)
	for col, d := range m.node(n.Seed) {
		if d != fixed && d != kept[col] {
			return m.refuse(func(span, string) source.Diagnostic { return errFixMoves(n.Span, col, d == down) })
		}
	}
	m.recur[n.ID] = kept
	for col, d := range m.node(n.Step) {
		if d != fixed && d != kept[col] {
			return m.refuse(func(span, string) source.Diagnostic { return errFixMoves(n.Span, col, d == down) })
		}
	}
	delete(m.recur, n.ID)
	return kept
}
