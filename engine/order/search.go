package order

import (
	"math"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
)

// exhaustive is how many relations are put together in every possible way.
const exhaustive = 10

// joined is a tree of joins over some leaves: the left side is streamed past a table of the right.
type joined struct {
	leaves      set
	left, right *joined // nil of a leaf
	rows, cost  float64
	width       float64 // columns of a row
}

func (a *joined) same(b *joined) bool {
	if a.left == nil || b.left == nil {
		return a.left == nil && b.left == nil && a.leaves == b.leaves
	}
	return a.left.same(b.left) && a.right.same(b.right)
}

// alone is one leaf with the conditions that are about it alone.
func (g *graph) alone(i int) *joined {
	n := g.filtered(i)
	rows := math.Max(g.cost.Rows(n), 0)
	return &joined{leaves: 1 << i, rows: rows, width: float64(len(n.Schema()))}
}

// asWritten is the order of the program.
func (g *graph) asWritten() *joined { return g.asTree(g.tree) }

func (g *graph) asTree(t *written) *joined {
	if t.left == nil {
		return g.alone(t.leaf)
	}
	return g.pair(g.asTree(t.left), g.asTree(t.right))
}

// pair joins two trees, of which b is built; their leaves must be such that they can be.
func (g *graph) pair(a, b *joined) *joined {
	out := &joined{leaves: a.leaves | b.leaves, left: a, right: b, width: a.width + b.width}
	pairs := 0.0
	if l := g.dependent(b); l != nil {
		out.rows, pairs = g.attached(a, b, l)
		if !l.shown() {
			out.width = a.width
		}
	} else {
		pairs = a.rows * b.rows
		keys := g.keysBetween(a.leaves, b.leaves)
		if len(keys) > 0 {
			pairs /= g.domain(keys, a.leaves, b.leaves)
		}
		out.rows = pairs
	}
	for i, c := range g.conds {
		if g.decided(c, a.leaves, b.leaves) {
			out.rows *= g.selectivity(i)
		}
	}
	out.cost = a.cost + b.cost + cost.Join(a.rows, b.rows, pairs, out.width)
	return out
}

// selectivity estimates a condition of several leaves, once: the search asks for it again and again.
func (g *graph) selectivity(i int) float64 {
	c := &g.conds[i]
	if c.keeps == nil {
		s := math.Min(1, g.cost.Selectivity(c.expr, g.over(c.needs))/g.share(*c))
		c.keeps = &s
	}
	return *c.keeps
}

// dependent is the leaf that a tree is, if it is one that is joined as a whole.
func (g *graph) dependent(b *joined) *leaf {
	if b.left != nil || g.leaves[b.leaves.first()].join == nil {
		return nil
	}
	return &g.leaves[b.leaves.first()]
}

// attached estimates the rows of a semi, anti or left join over a.
func (g *graph) attached(a, b *joined, l *leaf) (rows, pairs float64) {
	if l.keeps == nil {
		over := g.over(l.need)
		s := g.cost.Rows(l.join.WithInputs(over, l.node)) / math.Max(g.cost.Rows(over), 1e-9)
		l.keeps = &s
	}
	share := *l.keeps
	if l.join.Kind == logical.JoinLeft {
		return a.rows * math.Max(1, share), a.rows * math.Max(1, share)
	}
	return a.rows * math.Min(1, share), a.rows
}

// over is the leaves of a set side by side, for questions about conditions over them.
func (g *graph) over(s set) logical.Node {
	var out logical.Node
	for i := range g.leaves {
		if !s.has(i) {
			continue
		}
		if n := g.leaves[i].node; out == nil {
			out = n
		} else {
			out = &logical.Join{Left: out, Right: n, Kind: logical.JoinCross}
		}
	}
	return out
}

// decided reports whether a condition is evaluated where two sides are joined: over both, or over rows that may be absent.
func (g *graph) decided(c condition, a, b set) bool {
	if c.needs == b && b.single() && g.leaves[b.first()].join != nil {
		return true
	}
	return c.needs.in(a|b) && !c.needs.in(a) && !c.needs.in(b)
}

// link is a class that two sides share.
type link struct{ a, b []member }

func (g *graph) keysBetween(a, b set) []link {
	var out []link
	for _, c := range g.classes {
		x, y := c.among(a), c.among(b)
		if len(x) > 0 && len(y) > 0 {
			out = append(out, link{x, y})
		}
	}
	return out
}

// domain is how many different keys the two sides draw theirs from; see package cost.
func (g *graph) domain(keys []link, a, b set) float64 {
	if len(keys) == 1 {
		return math.Max(1, math.Max(g.fewest(keys[0].a), g.fewest(keys[0].b)))
	}
	one, product := false, 1.0
	for _, k := range keys {
		product *= math.Max(1, math.Max(g.fewest(k.a), g.fewest(k.b)))
		one = one || g.identifies(k.a) || g.identifies(k.b)
	}
	if one {
		return product
	}
	side := func(of func(link) []member) float64 {
		product, limit := 1.0, 1.0
		tables := map[int]bool{}
		for _, k := range keys {
			product *= g.fewest(of(k))
			tables[of(k)[0].leaf] = true
		}
		for i := range tables {
			limit *= math.Max(1, g.cost.TableRows(g.leaves[i].node))
		}
		return math.Min(product, limit)
	}
	return math.Max(1, math.Min(side(func(k link) []member { return k.a }), side(func(k link) []member { return k.b })))
}

// identifies reports whether a key alone says which row of its table it is.
func (g *graph) identifies(ms []member) bool {
	for _, m := range ms {
		if g.cost.Single(m.expr, g.leaves[m.leaf].node) {
			return true
		}
	}
	return false
}

// fewest is the distinct values of members that are equal: as many as the one with the fewest has.
func (g *graph) fewest(ms []member) float64 {
	least := math.Inf(1)
	for _, m := range ms {
		least = math.Min(least, g.cost.Keys(m.expr, g.leaves[m.leaf].node))
	}
	return math.Max(1, least)
}

// search finds the order that costs least.
func (g *graph) search() *joined {
	if len(g.leaves) > exhaustive {
		return g.greedy()
	}
	all := set(1)<<len(g.leaves) - 1
	best := make([]*joined, all+1)
	for i := range g.leaves {
		best[1<<i] = g.alone(i)
	}
	for _, apart := range []bool{false, true} { // cross products only where there is nothing else
		for s := set(1); s <= all; s++ {
			if s.single() || best[s] != nil && apart {
				continue
			}
			for a := (s - 1) & s; a > 0; a = (a - 1) & s {
				b := s &^ a
				if best[a] == nil || best[b] == nil || !g.fits(a, b, apart) {
					continue
				}
				if t := g.pair(best[a], best[b]); best[s] == nil || t.cost < best[s].cost {
					best[s] = t
				}
			}
		}
		if best[all] != nil {
			return best[all]
		}
	}
	return nil
}

// fits reports whether b can be built for a: a dependent leaf stands alone on the right, once what it needs is on the left.
func (g *graph) fits(a, b set, apart bool) bool {
	if !g.whole(a) || !g.whole(b) && !b.single() {
		return false
	}
	if b.single() && g.leaves[b.first()].join != nil {
		return g.leaves[b.first()].need.in(a)
	}
	if apart {
		return true
	}
	for _, c := range g.classes {
		if len(c.among(a)) > 0 && len(c.among(b)) > 0 {
			return true
		}
	}
	return false
}

// whole reports whether every dependent leaf of a set has what it needs there.
func (g *graph) whole(s set) bool {
	for i := range g.leaves {
		if s.has(i) && g.leaves[i].join != nil && !g.leaves[i].need.in(s) {
			return false
		}
	}
	return true
}

// greedy joins the two trees that make the fewest rows, until there is one.
func (g *graph) greedy() *joined {
	var trees []*joined
	for i := range g.leaves {
		trees = append(trees, g.alone(i))
	}
	for len(trees) > 1 {
		var best *joined
		at := [2]int{}
		for _, apart := range []bool{false, true} {
			for i, a := range trees {
				for j, b := range trees {
					if i == j || !g.fits(a.leaves, b.leaves, apart) {
						continue
					}
					t := g.pair(a, b)
					if best == nil || t.rows < best.rows || t.rows == best.rows && t.cost < best.cost {
						best, at = t, [2]int{i, j}
					}
				}
			}
			if best != nil {
				break
			}
		}
		if best == nil {
			return nil
		}
		var rest []*joined
		for i, t := range trees {
			if i != at[0] && i != at[1] {
				rest = append(rest, t)
			}
		}
		trees = append(rest, best)
	}
	return trees[0]
}
