// Package cost estimates how many rows a relation has, from the statistics of the tables that it reads, and what an expression
// costs a row. Explain shows the estimates, and predicates are evaluated in the order that they suggest. They are never needed for
// right results, and the package must not change a plan.
//
// A node without a case in Rows counts as its first input; a predicate without one in selectivity lets a third through.
package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// guess is the selectivity of a predicate that statistics say nothing about.
const guess = 1.0 / 3

// Rows estimates the rows of a relation.
func Rows(n logical.Node) float64 { return Estimates{}.Rows(n) }

// Estimates remembers what was estimated, for plans whose parts are asked for many times.
type Estimates map[logical.Node]float64

// Rows estimates the rows of a relation.
func (e Estimates) Rows(n logical.Node) float64 {
	rows, ok := e[n]
	if !ok {
		rows = e.rows(n)
		e[n] = rows
	}
	return rows
}

func (e Estimates) rows(n logical.Node) float64 {
	switch n := n.(type) {
	case *logical.Scan:
		return float64(n.Table.Rows) * Selectivity(n.Filter, n)
	case *logical.Values:
		return float64(len(n.Rows))
	case *logical.Filter:
		return e.Rows(n.Input) * Selectivity(n.Pred, n.Input)
	case *logical.Aggregate:
		keys := make([]*logical.Expr, len(n.Keys))
		for i, k := range n.Keys {
			keys[i] = k.Expr
		}
		return e.groups(keys, n.Input)
	case *logical.Distinct:
		var keys []*logical.Expr
		for _, f := range n.Schema() {
			keys = append(keys, &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type})
		}
		return e.groups(keys, n.Input)
	case *logical.Join:
		return e.join(n)
	case *logical.Limit:
		left := math.Max(0, e.Rows(n.Input)-float64(n.Offset))
		if n.Count >= 0 {
			left = math.Min(left, float64(n.Count))
		}
		return left
	case *logical.TopN:
		return math.Min(e.Rows(n.Input), float64(n.N)*e.groups(n.By, n.Input))
	case *logical.Union:
		total := 0.0
		for _, in := range n.In {
			total += e.Rows(in)
		}
		return total
	case *logical.Fix:
		e.Recurring(n)
		return fixGrowth * math.Max(1, e.Rows(n.Seed))
	case *logical.Unnest:
		return e.Rows(n.Input) * 4 // lists have no statistics: a few elements each
	}
	if in := n.Inputs(); len(in) > 0 {
		return e.Rows(in[0])
	}
	return 0
}

// fixGrowth is how much larger than its seed a fix is taken to be: nothing is known of how often it goes round.
const fixGrowth = 10

// Recurring takes a round of a fix to see as many rows as the seed has. It must be called before parts of the step are asked for.
func (e Estimates) Recurring(n *logical.Fix) {
	rows := e.Rows(n.Seed)
	var visit func(logical.Node)
	visit = func(x logical.Node) {
		if r, ok := x.(*logical.Recur); ok && r.ID == n.ID {
			e[x] = rows
		}
		for _, in := range x.Inputs() {
			visit(in)
		}
	}
	visit(n.Step)
}

// groups estimates the distinct combinations of keys: the product of each one's, but no more than there are rows.
func (e Estimates) groups(keys []*logical.Expr, in logical.Node) float64 {
	rows, product := e.Rows(in), 1.0
	for _, k := range keys {
		product *= e.distinct(k, in)
	}
	if len(keys) == 0 {
		return 1
	}
	return math.Min(rows, product)
}

// distinct estimates the distinct values of an expression over in.
func (e Estimates) distinct(x *logical.Expr, in logical.Node) float64 {
	rows := e.Rows(in)
	if x.T.Required().Kind == types.Bool {
		return math.Min(rows, 2)
	}
	used := map[string]bool{}
	logical.ColumnsOf(x, used)
	product := 1.0
	for name := range used {
		d := rows / 10
		if s := statistics(in, name); s != nil && s.distinct > 0 {
			d = s.distinct
		}
		product *= math.Max(1, d)
	}
	return math.Min(rows, product)
}

// join assumes that the side with fewer distinct keys finds all of its keys on the other.
func (e Estimates) join(n *logical.Join) float64 {
	l, r := e.Rows(n.Left), e.Rows(n.Right)
	switch n.Kind {
	case logical.JoinOne, logical.JoinMaybe:
		return l
	case logical.Semi, logical.Anti:
		return l / 2
	}
	inner := l * r
	for _, k := range n.On {
		inner /= math.Max(1, math.Max(e.distinct(k.Left, n.Left), e.distinct(k.Right, n.Right)))
	}
	if n.Residual != nil {
		inner *= guess
	}
	switch n.Kind {
	case logical.JoinLeft, logical.JoinSome:
		return math.Max(l, inner)
	case logical.JoinFull:
		return math.Max(l+r-inner, inner)
	}
	return inner
}
