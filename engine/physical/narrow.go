package physical

import (
	"math"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
)

// leastNarrowed is how many right rows are worth it, and fewerLeft by how much the left ones must be fewer.
const (
	leastNarrowed = 100_000
	fewerLeft     = 8
)

// narrows reports whether it costs less to make the left rows first, and a table only of those right rows whose keys they have.
// Which side is built is free only for some joins; of the others the right one is, however large it is.
func (l *lowering) narrows(n *logical.Join) bool {
	if l.inside != nil || l.bound != nil || n.Unique || len(n.On) == 0 {
		return false
	}
	switch n.Kind {
	case logical.JoinFull, logical.JoinCross, logical.JoinMany: // package order has seen to the last
		return false
	}
	if l.opt.Narrow {
		return true
	}
	left, right := l.cost.Rows(n.Left), l.cost.Rows(n.Right)
	if right < leastNarrowed || left*fewerLeft > right {
		return false
	}
	rest := math.Min(right, l.cost.Rows(l.matched(n)))
	direct := cost.Join(0, right, 0, 0)
	if n.Kind.LeftOnly() && n.Residual == nil {
		direct = cost.Check(0, right)
	}
	return cost.Check(right, left)+cost.Join(0, rest, left, float64(len(n.Left.Schema()))) < direct
}

// matched is the right rows that some left row has the keys of.
func (l *lowering) matched(n *logical.Join) *logical.Join {
	out := &logical.Join{Left: n.Right, Right: n.Left, Kind: logical.Semi, Span: n.Span}
	for _, k := range n.On {
		out.On = append(out.On, logical.EquiKey{Left: k.Right, Right: k.Left})
	}
	return out
}

// narrowed plans semi (l, r) as semi (l, semi (r, l)), where l is a stage that both read.
func (l *lowering) narrowed(n *logical.Join, left *building) (*building, error) {
	id := l.finish(left)
	right, err := l.node(n.Right)
	if err != nil {
		return nil, err
	}
	some := l.matched(n)
	right.inputs = append(right.inputs[:len(right.inputs):len(right.inputs)], id)
	right.push(&Op{Estimate: int64(math.Min(l.cost.Rows(some), 1e15)), HashJoin: &HashJoin{
		Build: id, BuildColumns: n.Left.Schema(), Kind: logical.Semi, On: some.On, Span: n.Span,
	}}, n.Right.Schema())
	return l.built(n, l.read(n.Left.Schema(), id), l.finish(right)), nil
}
