package rules

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// worthSharing is what an expression must cost for a column of its own, in ns a row: below, to compute it again, in the cache, is as
// cheap as to write it and to read it back. Equal parts of one expression are computed once anyway.
const worthSharing = 5

// ShareSubexpressions computes what several columns, keys or arguments contain once, in a projection below. What fails is shared only
// where it would be computed for every row anyhow.
var ShareSubexpressions = &Rule{
	Name: "share_subexpressions",
	Doc:  "project {x: a ** 3 + 1, y: a ** 3 + 2} (t) → project {x: s + 1, y: s + 2} (project {s: a ** 3} (t)); not for what is cheap or volatile, or fails and may not be reached",
	Apply: func(n logical.Node) (logical.Node, bool) {
		var input logical.Node
		s := &sharing{}
		switch n := n.(type) {
		case *logical.Project:
			input = n.Input
			for _, c := range n.Cols {
				s.root(c.Expr, true)
			}
		case *logical.Aggregate:
			input = n.Input
			for _, k := range n.Keys {
				s.root(k.Expr, true)
			}
			for _, a := range n.Aggs {
				for _, arg := range a.Args {
					s.root(arg, a.Filter == nil)
				}
				s.root(a.Filter, true)
			}
		}
		if !s.any() {
			return nil, false
		}
		s.taken = names(input.Schema())
		out := mapRoots(n, s.replace)
		below := &logical.Project{Input: input}
		used := map[string]bool{}
		mapRoots(out, func(e *logical.Expr) *logical.Expr {
			logical.ColumnsOf(e, used)
			return e
		})
		for _, f := range input.Schema() {
			if used[f.Name] {
				below.Cols = append(below.Cols, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type}})
			}
		}
		below.Cols = append(below.Cols, s.cols...)
		switch out := out.(type) {
		case *logical.Project:
			out.Input = below
		case *logical.Aggregate:
			out.Input = below
		}
		return out, true
	},
}

// mapRoots replaces the expressions of a projection or an aggregate as a whole.
func mapRoots(n logical.Node, f func(*logical.Expr) *logical.Expr) logical.Node {
	named := func(cs []logical.Named) []logical.Named {
		out := slices.Clone(cs)
		for i := range out {
			out[i].Expr = f(out[i].Expr)
		}
		return out
	}
	switch n := n.(type) {
	case *logical.Project:
		return &logical.Project{Input: n.Input, Cols: named(n.Cols)}
	case *logical.Aggregate:
		c := &logical.Aggregate{Input: n.Input, Keys: named(n.Keys), Aggs: slices.Clone(n.Aggs)}
		for i := range c.Aggs {
			c.Aggs[i].Args = slices.Clone(c.Aggs[i].Args)
			for k, a := range c.Aggs[i].Args {
				c.Aggs[i].Args[k] = f(a)
			}
			if c.Aggs[i].Filter != nil {
				c.Aggs[i].Filter = f(c.Aggs[i].Filter)
			}
		}
		return c
	}
	return n
}

// sharing finds what several expressions contain.
type sharing struct {
	roots []root
	seen  map[string]*occurrence
	order []*occurrence
	taken map[string]bool
	cols  []logical.Named
}

// root is an expression that is not part of another, and whether it is computed for every row.
type root struct {
	e    *logical.Expr
	sure bool
}

// occurrence is one expression, in how many others it is, and whether one of them computes it for every row.
type occurrence struct {
	e     *logical.Expr
	roots int
	last  int
	sure  bool
	name  string
}

func (o *occurrence) shared() bool {
	return o.roots > 1 && !isPlain(o.e) && o.e.T.Kind != types.None && cost.PerRow(o.e) >= worthSharing && (o.sure || Total(o.e)) && !volatile(o.e)
}

// root takes an expression that may share something: columns and constants do not.
func (s *sharing) root(e *logical.Expr, sure bool) {
	if e != nil && len(e.Args) > 0 {
		s.roots = append(s.roots, root{e, sure})
	}
}

// any reports whether something is worth sharing.
func (s *sharing) any() bool {
	if len(s.roots) < 2 {
		return false
	}
	s.seen = map[string]*occurrence{}
	for i, r := range s.roots {
		s.visit(r.e, r.sure, i+1)
	}
	return slices.ContainsFunc(s.order, (*occurrence).shared)
}

// visit notes what the expression of a root, of which they are counted from 1, contains.
func (s *sharing) visit(e *logical.Expr, sure bool, root int) {
	if len(e.Args) == 0 || cost.PerRow(e) < worthSharing { // nor is what it contains
		return
	}
	key := spelled(e)
	o := s.seen[key]
	if o == nil {
		o = &occurrence{e: e}
		s.seen[key], s.order = o, append(s.order, o)
	}
	if o.last != root {
		o.roots, o.last = o.roots+1, root
	}
	o.sure = o.sure || sure
	for i, a := range e.Args {
		switch {
		case e.Op == logical.OpCase, e.Op == logical.OpCall && (e.Name == "and" || e.Name == "or" || e.Name == "??"):
			s.visit(a, sure && i == 0, root)
		case e.Op == logical.OpCall && e.Name == "try":
			s.visit(a, false, root)
		default:
			s.visit(a, sure, root)
		}
	}
}

// replace writes columns in the place of what is shared, of two that lie in each other the larger.
func (s *sharing) replace(e *logical.Expr) *logical.Expr {
	if len(e.Args) == 0 || cost.PerRow(e) < worthSharing {
		return e
	}
	if o := s.seen[spelled(e)]; o != nil && o.shared() {
		if o.name == "" {
			for i := len(s.cols) + 1; o.name == "" || s.taken[o.name]; i++ {
				o.name = fmt.Sprintf("shared_%d", i)
			}
			s.taken[o.name] = true
			s.cols = append(s.cols, logical.Named{Name: o.name, Expr: o.e})
		}
		return &logical.Expr{Op: logical.OpColumn, Name: o.name, T: e.T, Span: e.Span}
	}
	c := *e
	c.Args = make([]*logical.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = s.replace(a)
	}
	return &c
}

// spelled is equal for equal expressions, wherever they were written.
func spelled(e *logical.Expr) string {
	b, _ := json.Marshal(unplaced(e)) // plain data: always succeeds
	return string(b)
}

func unplaced(e *logical.Expr) *logical.Expr {
	if e == nil {
		return nil
	}
	c := *e
	c.Span, c.Body = source.Span{}, unplaced(e.Body)
	c.Args = make([]*logical.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = unplaced(a)
	}
	return &c
}
