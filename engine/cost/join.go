package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
)

// join estimates the rows of a join: keys of the side with fewer of them are all found on the other.
func (e *Estimates) join(n *logical.Join) float64 {
	l, r := e.Rows(n.Left), e.Rows(n.Right)
	switch n.Kind {
	case logical.JoinOne, logical.JoinMaybe, logical.Check:
		return l
	case logical.Semi:
		return l * e.matching(n)
	case logical.Anti:
		return l * (1 - e.matching(n))
	}
	inner := l * r
	if len(n.On) > 0 {
		inner /= e.domain(n)
	}
	if n.Residual != nil {
		inner *= e.Selectivity(n.Residual, n)
	}
	switch n.Kind {
	case logical.JoinLeft:
		return math.Max(l, inner+l*(1-e.matching(n)))
	case logical.JoinSome:
		return math.Max(l, inner)
	case logical.JoinFull:
		return math.Max(l+r-inner, inner)
	}
	return inner
}

// domain is how many different keys the two sides draw theirs from.
func (e *Estimates) domain(n *logical.Join) float64 {
	if len(n.On) == 1 {
		return math.Max(1, math.Max(e.keys(n.On[0].Left, n.Left), e.keys(n.On[0].Right, n.Right)))
	}
	one := false
	for _, k := range n.On {
		one = one || e.Single(k.Left, n.Left) || e.Single(k.Right, n.Right)
	}
	if one { // one column says which row it is, and the others are conditions on it
		product := 1.0
		for _, k := range n.On {
			product *= math.Max(1, math.Max(e.keys(k.Left, n.Left), e.keys(k.Right, n.Right)))
		}
		return product
	}
	// Several columns together have fewer values than their product wherever they come from a table that is smaller: that one
	// says how many pairs there are, and the others refer to it.
	left, right := e.combined(n.Left, leftKeys(n)), e.combined(n.Right, rightKeys(n))
	return math.Max(1, math.Min(left, right))
}

func (e *Estimates) keys(x *logical.Expr, in logical.Node) float64 {
	if d := e.distinctOf(x, in); d > 0 {
		return d
	}
	return e.Rows(in) / 10
}

func (e *Estimates) combined(in logical.Node, keys []*logical.Expr) float64 {
	product, rows := 1.0, 1.0
	seen := map[*logical.Table]bool{}
	for _, k := range keys {
		d := e.keys(k, in)
		product *= math.Max(1, d)
		if o := e.originOf(k, in); o != nil {
			if !seen[o.scan.Table] {
				seen[o.scan.Table] = true
				rows *= math.Max(1, o.rows)
			}
		} else {
			rows *= math.Max(1, d)
		}
	}
	return math.Min(product, rows)
}

func leftKeys(n *logical.Join) []*logical.Expr {
	var out []*logical.Expr
	for _, k := range n.On {
		out = append(out, k.Left)
	}
	return out
}

func rightKeys(n *logical.Join) []*logical.Expr {
	var out []*logical.Expr
	for _, k := range n.On {
		out = append(out, k.Right)
	}
	return out
}

// matching is the share of left rows that have a match: as many of all keys as the rows of the right side are likely to hold.
func (e *Estimates) matching(n *logical.Join) float64 {
	r := e.Rows(n.Right)
	if len(n.On) == 0 {
		if r >= 1 {
			return 1
		}
		return r
	}
	domain := e.domain(n)
	there := r
	if d := e.combined(n.Right, rightKeys(n)); d > 0 {
		of := 0.0
		if o := e.originOf(n.On[0].Right, n.Right); o != nil {
			of = o.rows * e.values(o) / math.Max(1, o.distinct)
		}
		there = draws(d, r, of)
	}
	share := math.Min(1, there/domain)
	if n.Residual != nil {
		each := math.Max(1, r/math.Max(1, there)) // matches by key alone
		share *= 1 - math.Pow(1-math.Min(1, e.Selectivity(n.Residual, &logical.Join{Left: n.Left, Right: n.Right, Kind: logical.JoinMany})), each)
	}
	return share
}

// Keys estimates the distinct values that a key could have in a relation.
func (e *Estimates) Keys(x *logical.Expr, in logical.Node) float64 { return math.Max(1, e.keys(x, in)) }

// TableRows is how many rows the tables have that a relation reads: the largest of them, before conditions.
func (e *Estimates) TableRows(n logical.Node) float64 {
	if s, ok := n.(*logical.Scan); ok {
		return float64(s.Table.Rows)
	}
	rows := 0.0
	for _, in := range n.Inputs() {
		rows = math.Max(rows, e.TableRows(in))
	}
	return math.Max(rows, 1)
}

// Single reports whether a key is a column of a table in which no value comes twice.
func (e *Estimates) Single(x *logical.Expr, in logical.Node) bool {
	o := e.originOf(x, in)
	return o != nil && o.unique && x.Op == logical.OpColumn
}
