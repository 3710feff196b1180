package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// ofGroups is the share of groups whose count, sum or mean is within a constant bound: each is taken to be normal, its mean and
// variance those of as many independent values as a group has rows, a number that varies as chance has it.
func (e *Estimates) ofGroups(p *logical.Expr, in logical.Node) (float64, bool) {
	op, l, r := p.Name, p.Args[0], p.Args[1]
	if literal(l) != nil {
		op, l, r = flipped[op], r, l
	}
	v, name := literal(r), plain(l)
	if v == nil || name == "" || op == "" || op == "==" || op == "!=" {
		return 0, false
	}
	bound, ok := value(v, r.T.Required())
	a, agg := aggregate(in, name)
	if !ok || agg == nil {
		return 0, false
	}
	size := e.Rows(a.Input) / math.Max(1, e.Rows(a))
	mean, variance := size, size
	if agg.Func != "count" {
		if len(agg.Args) != 1 {
			return 0, false
		}
		one, spread, ok := e.moments(agg.Args[0], a.Input)
		if !ok {
			return 0, false
		}
		switch agg.Func {
		case "sum":
			mean, variance = size*one, size*(spread+one*one)
		case "mean":
			mean, variance = one, spread/math.Max(1, size)
		default:
			return 0, false
		}
	}
	below := 0.5
	if variance > 0 {
		below = 0.5 * math.Erfc((mean-bound)/math.Sqrt(2*variance))
	} else if mean != bound {
		below = map[bool]float64{true: 1, false: 0}[mean < bound]
	}
	if op[0] == '>' {
		return 1 - below, true
	}
	return below, true
}

// aggregate finds the aggregate that a column is the result of.
func aggregate(n logical.Node, name string) (*logical.Aggregate, *logical.Agg) {
	switch n := n.(type) {
	case *logical.Aggregate:
		for i := range n.Aggs {
			if n.Aggs[i].Name == name && n.Aggs[i].User == nil && n.Aggs[i].Filter == nil {
				return n, &n.Aggs[i]
			}
		}
	case *logical.Filter:
		return aggregate(n.Input, name)
	case *logical.Project:
		for _, c := range n.Cols {
			if c.Name == name && plain(c.Expr) != "" {
				return aggregate(n.Input, plain(c.Expr))
			}
		}
	}
	return nil, nil
}

// moments are the mean and the variance of a column of numbers.
func (e *Estimates) moments(x *logical.Expr, in logical.Node) (mean, variance float64, ok bool) {
	name := plain(x)
	if name == "" {
		return 0, 0, false
	}
	o := e.origin(in, name)
	if o == nil {
		return 0, 0, false
	}
	scale := 1.0
	if o.of.Required().Kind == types.Decimal {
		scale = math.Pow10(o.of.Required().Scale)
	}
	weight, sum, squares := 0.0, 0.0, 0.0
	add := func(w float64, l *logical.Literal) {
		if v, ok := number(o.of, l); ok {
			weight, sum, squares = weight+w, sum+w*v/scale, squares+w*v/scale*v/scale
		}
	}
	for _, p := range o.parts {
		left := 1 - float64(p.Nulls)/math.Max(1, p.rows)
		for _, c := range p.Common {
			add(p.weight*c.Share, c.Value)
			left -= c.Share
		}
		for _, h := range p.Histogram {
			add(p.weight*math.Max(0, left)/float64(len(p.Histogram)), h)
		}
	}
	if weight <= 0 {
		return 0, 0, false
	}
	mean = sum / weight
	return mean, math.Max(0, squares/weight-mean*mean), true
}
