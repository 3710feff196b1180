package cost

import (
	"math"
	"sort"
	"strconv"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// below is the share of all rows whose value is under v, or v itself where same is set; not ok where nothing is known.
func (c *column) below(v *logical.Literal, same bool) (float64, bool) {
	total := 0.0
	for _, p := range c.parts {
		s, ok := p.below(c.of, v, same)
		if !ok {
			return 0, false
		}
		total += p.weight * s
	}
	return total, len(c.parts) > 0
}

// under is below, for many values.
func (c *column) under() func(*logical.Literal) (float64, bool) {
	l := c.line()
	return func(v *logical.Literal) (float64, bool) {
		if x, ok := number(c.of, v); ok && l != nil && len(c.parts) > 0 {
			return l.below(x), true
		}
		return c.below(v, false)
	}
}

// equal is the share of all rows whose value is v.
func (c *column) equal(v *logical.Literal) float64 {
	total := 0.0
	for _, p := range c.parts {
		total += p.weight * p.equal(c.of, v, c.distinct)
	}
	return total
}

func (p part) below(t types.Type, v *logical.Literal, same bool) (float64, bool) {
	if p.Nulls == int64(p.rows) {
		return 0, true
	}
	present := 1 - float64(p.Nulls)/math.Max(1, p.rows)
	if p.Common == nil && p.Histogram == nil {
		return p.between(t, v, present)
	}
	total, common := 0.0, 0.0
	for _, x := range p.Common {
		common += x.Share
		if o, ok := logical.CompareAs(t, x.Value, v); !ok {
			return 0, false
		} else if o < 0 || same && o == 0 {
			total += x.Share
		}
	}
	rest := math.Max(0, present-common)
	if len(p.Histogram) == 0 {
		return total, true
	}
	return total + rest*rank(t, p.Histogram, v, same), true
}

// between takes values to lie evenly between the least and the greatest.
func (p part) between(t types.Type, v *logical.Literal, present float64) (float64, bool) {
	lo, ok1 := number(t, p.Min)
	hi, ok2 := number(t, p.Max)
	x, ok3 := number(t, v)
	if !ok1 || !ok2 || !ok3 || hi < lo {
		return 0, false
	}
	if hi == lo {
		if x > lo {
			return present, true
		}
		return 0, true
	}
	return present * math.Min(1, math.Max(0, (x-lo)/(hi-lo))), true
}

// rank is the share of what a histogram describes that lies under v.
func rank(t types.Type, bounds []*logical.Literal, v *logical.Literal, same bool) float64 {
	at := sort.Search(len(bounds), func(i int) bool {
		o, _ := logical.CompareAs(t, bounds[i], v)
		return o > 0 || o == 0 && !same
	})
	switch at {
	case 0:
		return 0
	case len(bounds):
		return 1
	}
	inside := 0.5
	lo, hi, x := numbers(t, bounds[at-1], bounds[at], v)
	if hi > lo {
		inside = math.Min(1, math.Max(0, (x-lo)/(hi-lo)))
	}
	return (float64(at-1) + inside) / float64(len(bounds)-1)
}

func (p part) equal(t types.Type, v *logical.Literal, all float64) float64 {
	common := 0.0
	for _, x := range p.Common {
		if o, ok := logical.CompareAs(t, x.Value, v); ok && o == 0 {
			return x.Share
		}
		common += x.Share
	}
	for _, b := range []struct {
		bound *logical.Literal
		sign  int
	}{{p.Min, 1}, {p.Max, -1}} {
		if o, ok := logical.CompareAs(t, b.bound, v); b.bound != nil && ok && o*b.sign > 0 {
			return 0
		}
	}
	present := 1 - float64(p.Nulls)/math.Max(1, p.rows)
	distinct := float64(p.Distinct)
	if distinct == 0 {
		distinct = all
	}
	return math.Max(0, present-common) / math.Max(1, distinct-float64(len(p.Common)))
}

// number puts a value on a line; texts are none.
func number(t types.Type, l *logical.Literal) (float64, bool) {
	switch {
	case l == nil:
		return 0, false
	case l.Int != nil:
		return float64(*l.Int), true
	case l.Float != nil && !math.IsNaN(float64(*l.Float)):
		return float64(*l.Float), true
	case l.Text != nil && t.Required().Kind == types.Decimal:
		v, err := strconv.ParseFloat(*l.Text, 64)
		return v, err == nil
	}
	return 0, false
}

// numbers puts two bounds and a value between them on a line: texts by the bytes after those that the bounds share.
func numbers(t types.Type, lo, hi, v *logical.Literal) (a, b, x float64) {
	a, ok := number(t, lo)
	if ok {
		b, _ = number(t, hi)
		x, _ = number(t, v)
		return a, b, x
	}
	if lo.Text == nil || hi.Text == nil || v.Text == nil {
		return 0, 0, 0
	}
	same := 0
	for same < len(*lo.Text) && same < len(*hi.Text) && (*lo.Text)[same] == (*hi.Text)[same] {
		same++
	}
	at := func(s string) float64 {
		out := 0.0
		for k := range 6 {
			out *= 256
			if same+k < len(s) {
				out += float64(s[same+k])
			}
		}
		return out
	}
	return at(*lo.Text), at(*hi.Text), at(*v.Text)
}
