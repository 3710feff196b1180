package order

import (
	"math/bits"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// set is some leaves of a graph, a bit for each.
type set uint64

func (s set) has(i int) bool   { return s&(1<<i) != 0 }
func (s set) in(t set) bool    { return s&^t == 0 }
func (s set) first() int       { return bits.TrailingZeros64(uint64(s)) }
func (s set) single() bool     { return s != 0 && s&(s-1) == 0 }
func (s set) meets(t set) bool { return s&t != 0 }

// maxLeaves bounds what is looked at together.
const maxLeaves = 60

// graph is relations that are joined freely, and what joins them.
type graph struct {
	*orderer
	root    logical.Node
	leaves  []leaf
	conds   []condition
	classes []class
	where   map[string]int // the leaf that has a column
	tree    *written
}

// leaf is one relation. A dependent one is the right side of a semi, anti or left join, and can only be joined as a whole to rows
// that have the columns that its condition reads.
type leaf struct {
	node  logical.Node
	join  *logical.Join // nil for one that is joined by conditions
	need  set           // of a dependent one
	keeps *float64      // the share of rows that a dependent one lets through; nil where nobody has asked
}

func (l *leaf) shown() bool { return l.join == nil || l.join.Kind == logical.JoinLeft }

// condition keeps rows; it reads the leaves of needs.
type condition struct {
	expr  *logical.Expr
	needs set
	key   bool     // it is a key of a join
	share float64  // of rows that conditions derived from it let through; 0 for none
	keeps *float64 // the share of rows that it lets through; nil where nobody has asked
}

// class is expressions that are equal in every row.
type class struct {
	members []member
	span    source.Span
}

type member struct {
	leaf int
	expr *logical.Expr
}

// written is the order of the program: leaves as they were collected.
type written struct {
	leaf        int
	left, right *written
}

// collect takes n apart into leaves, conditions and classes.
func (g *graph) collect(n logical.Node) { g.tree = g.part(n) }

func (g *graph) part(n logical.Node) *written {
	switch n := n.(type) {
	case *logical.Filter:
		if rules.Total(n.Pred) && joins(n.Input) {
			t := g.part(n.Input)
			for _, c := range logical.Conjuncts(n.Pred) {
				g.conds = append(g.conds, condition{expr: c})
			}
			return t
		}
	case *logical.Join:
		if !free(n) {
			break
		}
		switch n.Kind {
		case logical.JoinMany, logical.JoinCross:
			t := &written{left: g.part(n.Left), right: g.part(n.Right)}
			for _, k := range n.On {
				g.equal(k.Left, k.Right, n.Span)
			}
			for _, c := range logical.Conjuncts(n.Residual) {
				g.conds = append(g.conds, condition{expr: c})
			}
			return t
		case logical.Semi, logical.Anti, logical.JoinLeft:
			t := &written{left: g.part(n.Left)}
			t.right = g.leaf(n.Right, n)
			return t
		}
	}
	return g.leaf(n, nil)
}

func (g *graph) leaf(n logical.Node, j *logical.Join) *written {
	g.leaves = append(g.leaves, leaf{node: n, join: j})
	return &written{leaf: len(g.leaves) - 1}
}

// joins reports whether a group of joins goes on below filters at n.
func joins(n logical.Node) bool {
	for {
		f, ok := n.(*logical.Filter)
		if !ok {
			break
		}
		n = f.Input
	}
	j, ok := n.(*logical.Join)
	return ok && free(j)
}

// free reports whether a join may change places with others.
func free(j *logical.Join) bool {
	switch j.Kind {
	case logical.JoinMany, logical.JoinCross, logical.Semi, logical.Anti, logical.JoinLeft:
	default:
		return false
	}
	if j.Unique || j.Residual != nil && !rules.Total(j.Residual) {
		return false
	}
	for _, k := range j.On {
		if !rules.Total(k.Left) || !rules.Total(k.Right) {
			return false
		}
	}
	return true
}

// equal notes that two expressions are equal in the rows that come out.
func (g *graph) equal(a, b *logical.Expr, at source.Span) {
	g.conds = append(g.conds, condition{expr: equality(a, b, at), key: true})
}

// sorted reports whether the rows of the left-most relation come in an order that was asked for, which they keep.
func (g *graph) sorted() bool {
	t := g.tree
	for t.left != nil {
		t = t.left
	}
	n := g.leaves[t.leaf].node
	for {
		switch n.(type) {
		case *logical.Sort, *logical.TopN:
			return true
		}
		in, keeps := rules.KeepsOrder(n)
		if !keeps {
			return false
		}
		n = in
	}
}

// distinctNames finds out which leaf has which column. It is false where two have one of the same name, which the right sides of
// semi and anti joins may: nothing is done then.
func (g *graph) distinctNames() bool {
	if len(g.leaves) > maxLeaves {
		return false
	}
	g.where = map[string]int{}
	for i := range g.leaves {
		if !g.leaves[i].shown() {
			continue
		}
		for _, f := range g.leaves[i].node.Schema() {
			if _, twice := g.where[f.Name]; twice {
				return false
			}
			g.where[f.Name] = i
		}
	}
	for i := range g.leaves {
		if g.leaves[i].shown() {
			continue
		}
		for _, f := range g.leaves[i].node.Schema() {
			if _, twice := g.where[f.Name]; twice {
				return false
			}
		}
	}
	return true
}

// needs are the leaves that an expression reads.
func (g *graph) needs(e *logical.Expr) set {
	used := map[string]bool{}
	logical.ColumnsOf(e, used)
	var s set
	for name := range used {
		if i, ok := g.where[name]; ok {
			s |= 1 << i
		}
	}
	return s
}

// close works out what conditions and dependent leaves need, and makes classes of equal expressions: what is equal to the same is
// equal. It is false where a key is of rows that may be absent, which nothing here can look up.
func (g *graph) close() bool {
	for i := range g.leaves {
		if j := g.leaves[i].join; j != nil {
			for _, k := range j.On {
				g.leaves[i].need |= g.needs(k.Left)
			}
			g.leaves[i].need |= g.needs(j.Residual) &^ (1 << i)
			if g.leaves[i].need == 0 {
				g.leaves[i].need = 1 << g.leftmost()
			}
		}
	}
	var rest []condition
	for _, c := range g.conds {
		c.needs = g.needs(c.expr)
		if g.classify(c) {
			continue
		}
		if c.key && !c.needs.single() {
			return false
		}
		if c.needs == 0 {
			c.needs = 1 << g.leftmost()
		}
		rest = append(rest, c)
	}
	g.conds = rest
	return true
}

func (g *graph) leftmost() int {
	t := g.tree
	for t.left != nil {
		t = t.left
	}
	return t.leaf
}

// classify makes a == b of two free leaves part of a class.
func (g *graph) classify(c condition) bool {
	e := c.expr
	if e.Op != logical.OpCall || e.Name != "==" || len(e.Args) != 2 {
		return false
	}
	a, b := e.Args[0], e.Args[1]
	x, y := g.needs(a), g.needs(b)
	if !x.single() || !y.single() || x == y || a.T.IsOption() || b.T.IsOption() || !types.Equal(a.T, b.T) {
		return false
	}
	if g.leaves[x.first()].join != nil || g.leaves[y.first()].join != nil {
		return false // of rows that may be absent nothing follows
	}
	m, n := member{x.first(), a}, member{y.first(), b}
	i, j := g.classOf(m), g.classOf(n)
	switch {
	case i < 0 && j < 0:
		g.classes = append(g.classes, class{members: []member{m, n}, span: e.Span})
	case i < 0:
		g.classes[j].members = append(g.classes[j].members, m)
	case j < 0:
		g.classes[i].members = append(g.classes[i].members, n)
	case i != j:
		g.classes[i].members = append(g.classes[i].members, g.classes[j].members...)
		g.classes = append(g.classes[:j], g.classes[j+1:]...)
	}
	return true
}

func (g *graph) classOf(m member) int {
	text := m.expr.String()
	for i, c := range g.classes {
		for _, x := range c.members {
			if x.leaf == m.leaf && x.expr.String() == text {
				return i
			}
		}
	}
	return -1
}

// among is the members of a class in some leaves.
func (c class) among(s set) []member {
	var out []member
	for _, m := range c.members {
		if s.has(m.leaf) {
			out = append(out, m)
		}
	}
	return out
}
