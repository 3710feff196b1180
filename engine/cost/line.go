package cost

import (
	"math"
	"slices"
	"sort"

	"github.com/dreamql/dreamql/engine/logical"
)

// line is what a column's segments say of its values as numbers: the same as below, for who asks for very many.
type line struct{ parts []linePart }

type linePart struct {
	weight      float64
	least, most float64 // of a part of which nothing else is known
	present     float64 // the share of rows that the bounds or the even values describe
	even        bool    // values lie evenly between least and most
	values      []float64
	shares      []float64 // of the values before
	bounds      []float64
}

// line is nil where values are not numbers or nothing is known of them.
func (c *column) line() *line {
	out := &line{}
	for _, p := range c.parts {
		if p.Nulls == int64(p.rows) {
			continue
		}
		x := linePart{weight: p.weight, present: 1 - float64(p.Nulls)/math.Max(1, p.rows)}
		if p.Common == nil && p.Histogram == nil {
			lo, ok1 := number(c.of, p.Min)
			hi, ok2 := number(c.of, p.Max)
			if !ok1 || !ok2 || hi < lo {
				return nil
			}
			x.even, x.least, x.most = true, lo, hi
			out.parts = append(out.parts, x)
			continue
		}
		common := slices.Clone(p.Common)
		var ok bool
		slices.SortFunc(common, func(a, b logical.Common) int {
			o, _ := logical.CompareAs(c.of, a.Value, b.Value)
			return o
		})
		x.shares = []float64{0}
		for _, v := range common {
			n, isNumber := number(c.of, v.Value)
			if !isNumber {
				return nil
			}
			x.values, x.shares = append(x.values, n), append(x.shares, x.shares[len(x.shares)-1]+v.Share)
		}
		x.present = math.Max(0, x.present-x.shares[len(x.shares)-1])
		x.bounds = make([]float64, len(p.Histogram))
		for i, b := range p.Histogram {
			if x.bounds[i], ok = number(c.of, b); !ok {
				return nil
			}
		}
		out.parts = append(out.parts, x)
	}
	return out
}

// below is the share of all rows whose value is under x.
func (l *line) below(x float64) float64 {
	total := 0.0
	for i := range l.parts {
		p := &l.parts[i]
		total += p.weight * p.below(x)
	}
	return total
}

func (p *linePart) below(x float64) float64 {
	if p.even {
		switch {
		case p.most > p.least:
			return p.present * math.Min(1, math.Max(0, (x-p.least)/(p.most-p.least)))
		case x > p.least:
			return p.present
		}
		return 0
	}
	total := p.shares[sort.SearchFloat64s(p.values, x)]
	switch at := sort.SearchFloat64s(p.bounds, x); {
	case len(p.bounds) == 0 || at == 0:
		return total
	case at == len(p.bounds):
		return total + p.present
	default:
		inside := 0.5
		if lo, hi := p.bounds[at-1], p.bounds[at]; hi > lo {
			inside = math.Min(1, math.Max(0, (x-lo)/(hi-lo)))
		}
		return total + p.present*(float64(at-1)+inside)/float64(len(p.bounds)-1)
	}
}
