package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
)

// Selectivity estimates which part of the rows of in a predicate lets through; nil lets all.
func Selectivity(pred *logical.Expr, in logical.Node) float64 {
	return new(Estimates).Selectivity(pred, in)
}

// Selectivity estimates which part of the rows of in a predicate lets through; nil lets all.
func (e *Estimates) Selectivity(pred *logical.Expr, in logical.Node) float64 {
	return e.all(logical.Conjuncts(pred), in)
}

// all is the share for which all conditions hold: those that bound one column together are one interval, and others are taken to
// know nothing of each other.
func (e *Estimates) all(parts []*logical.Expr, in logical.Node) float64 {
	share := 1.0
	type interval struct {
		o          *origin
		low, high  float64 // shares of rows below the lower bound, and up to the upper one
		least, top bool    // which of them are set
	}
	var spans []*interval
	for _, p := range parts {
		op, o, v := e.comparison(p, in)
		if o == nil || op == "==" || op == "!=" {
			share *= e.one(p, in)
			continue
		}
		at, ok := o.below(v, op == "<=" || op == ">")
		if !ok {
			share *= guess
			continue
		}
		var s *interval
		for _, x := range spans {
			if x.o.scan == o.scan && x.o.index == o.index {
				s = x
			}
		}
		if s == nil {
			s = &interval{o: o, high: o.present()}
			spans = append(spans, s)
		}
		if op[0] == '<' {
			s.high, s.top = math.Min(s.high, at), true
		} else {
			s.low, s.least = math.Max(s.low, at), true
		}
	}
	for _, s := range spans {
		part := s.high - s.low
		if s.least && s.top && s.o.rows > 0 {
			// Bounds that lie closer than a histogram can tell still let one value through.
			part = math.Max(part, 0.5*s.o.present()/math.Max(1, s.o.distinct))
		}
		share *= math.Min(1, math.Max(part, 0)/e.passedShare(s.o))
	}
	return share
}

// passedShare is the part of a table's rows that met the conditions on a column which they have passed already: shares of what is
// left are so much larger.
func (e *Estimates) passedShare(o *origin) float64 {
	if len(o.passed) == 0 {
		return 1
	}
	bare := *o.scan
	bare.Filter = nil
	return math.Max(1e-9, math.Min(1, e.all(o.passed, &bare)))
}

// comparison takes apart column <op> literal, in either order; the origin is nil where a predicate is nothing of the kind.
func (e *Estimates) comparison(p *logical.Expr, in logical.Node) (op string, o *origin, v *logical.Literal) {
	if p.Op != logical.OpCall || len(p.Args) != 2 || flipped[p.Name] == "" || in == nil {
		return "", nil, nil
	}
	op, l, r := p.Name, p.Args[0], p.Args[1]
	if literal(l) != nil {
		op, l, r = flipped[op], r, l
	}
	name, lit := plain(l), literal(r)
	if name == "" || lit == nil {
		return "", nil, nil
	}
	if o = e.origin(in, name); o == nil || o.rows == 0 {
		return "", nil, nil
	}
	return op, o, asOf(lit, r.T, o.of)
}

// literal is the constant that an expression is, through casts; nil where it is none, or absent.
func literal(x *logical.Expr) *logical.Literal {
	for x.Op == logical.OpCast {
		x = x.Args[0]
	}
	if x.Op != logical.OpLiteral || x.Lit.Absent() {
		return nil
	}
	return x.Lit
}

var flipped = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

func (e *Estimates) one(p *logical.Expr, in logical.Node) float64 {
	if p.Op == logical.OpLiteral && p.Lit != nil && p.Lit.Bool != nil {
		if *p.Lit.Bool {
			return 1
		}
		return 0
	}
	if p.Op == logical.OpUDF && p.Func.Selectivity > 0 {
		return math.Min(1, p.Func.Selectivity)
	}
	if name := plain(p); name != "" && in != nil {
		if o := e.origin(in, name); o != nil && len(o.parts) > 0 {
			yes := true
			return o.equal(&logical.Literal{Bool: &yes})
		}
	}
	if p.Op != logical.OpCall {
		return guess
	}
	switch p.Name {
	case "and":
		return e.all(logical.Conjuncts(p), in)
	case "or":
		return e.any(disjuncts(p), in)
	case "not":
		return 1 - e.one(p.Args[0], in)
	case "is_none":
		return e.absent(p.Args[0], in)
	case "in":
		return e.member(p, in)
	case "contains", "starts_with", "ends_with", "regex_match":
		return e.text(p, in)
	case "<", "<=", ">", ">=", "==", "!=":
		return e.compared(p, in)
	}
	return guess
}

// any is the share for which some condition holds. Those that ask for different values of one column exclude each other.
func (e *Estimates) any(parts []*logical.Expr, in logical.Node) float64 {
	miss := 1.0
	sums := map[int]float64{}
	for _, p := range parts {
		if op, o, v := e.comparison(p, in); o != nil && op == "==" {
			sums[o.index] += o.equal(v) / e.passedShare(o)
			continue
		}
		miss *= 1 - e.one(p, in)
	}
	for _, s := range sums {
		miss *= 1 - math.Min(1, s)
	}
	return 1 - miss
}

func disjuncts(p *logical.Expr) []*logical.Expr {
	if p.Op == logical.OpCall && p.Name == "or" {
		var out []*logical.Expr
		for _, a := range p.Args {
			out = append(out, disjuncts(a)...)
		}
		return out
	}
	return []*logical.Expr{p}
}

func (e *Estimates) absent(x *logical.Expr, in logical.Node) float64 {
	if name := plain(x); name != "" && in != nil {
		if o := e.origin(in, name); o != nil && o.rows > 0 {
			return o.nulls / o.rows
		}
	}
	return 0.1
}

// member is x in [a, b, …]: each one excludes the others.
func (e *Estimates) member(p *logical.Expr, in logical.Node) float64 {
	if len(p.Args) != 2 {
		return guess
	}
	values := 1.0
	var each []*logical.Expr
	if p.Args[1].Op == logical.OpList {
		each = p.Args[1].Args
		values = float64(len(each))
	}
	o := (*origin)(nil)
	if name := plain(p.Args[0]); name != "" && in != nil {
		o = e.origin(in, name)
	}
	if total, ok := e.prefixes(p.Args[0], each, in); ok {
		return math.Min(1, total)
	}
	if o == nil || len(o.parts) == 0 {
		if d := e.distinctOf(p.Args[0], in); d > 0 && each != nil {
			return math.Min(1, values/d)
		}
		return guess
	}
	total := 0.0
	for _, x := range each {
		if v := literal(x); v != nil {
			total += o.equal(asOf(v, x.T, o.of))
		} else {
			total += o.present() / math.Max(1, o.distinct)
		}
	}
	if each == nil {
		return guess
	}
	return math.Min(1, total)
}

// compared is a comparison: of a column with a constant, or of two columns.
func (e *Estimates) compared(p *logical.Expr, in logical.Node) float64 {
	if op, o, v := e.comparison(p, in); o != nil {
		equal := math.Min(1, o.equal(v)/e.passedShare(o))
		switch op {
		case "==":
			return equal
		case "!=":
			return 1 - equal
		}
		return e.all([]*logical.Expr{p}, in)
	}
	if len(p.Args) != 2 || in == nil {
		return guess
	}
	if s, ok := e.ofGroups(p, in); ok {
		return s
	}
	switch p.Name {
	case "==", "!=":
		if s, ok := e.prefixes(p.Args[0], p.Args[1:], in); ok {
			if p.Name == "!=" {
				return 1 - s
			}
			return s
		}
		d := math.Max(e.distinctOf(p.Args[0], in), e.distinctOf(p.Args[1], in))
		if d == 0 {
			d = 1 / guess
		}
		if s := 1 / math.Max(1, d); p.Name == "==" {
			return s
		} else {
			return 1 - s
		}
	}
	l, r := plain(p.Args[0]), plain(p.Args[1])
	if l == "" || r == "" {
		return guess
	}
	a, b := e.origin(in, l), e.origin(in, r)
	if a == nil || b == nil {
		return guess
	}
	less, ok := e.facts().precedes(a, b)
	if !ok {
		return guess
	}
	if p.Name[0] == '>' {
		less = math.Max(0, a.present()*b.present()-less)
	}
	return less
}

// enoughBounds of histograms tell where the values of a column are, however many segments it has.
const enoughBounds = 256

// precedes is the share of pairs in which a value of a is below one of b, as if the two columns knew nothing of each other.
func precedes(a, b *column) (float64, bool) {
	under, bounds := a.under(), 0
	for _, p := range b.parts {
		bounds += len(p.Histogram)
	}
	step := (bounds + enoughBounds - 1) / enoughBounds
	total := 0.0
	for _, p := range b.parts {
		present := 1 - float64(p.Nulls)/math.Max(1, p.rows)
		common := 0.0
		for _, x := range p.Common {
			below, ok := under(x.Value)
			if !ok {
				return 0, false
			}
			total += p.weight * x.Share * below
			common += x.Share
		}
		if len(p.Histogram) == 0 {
			if p.Common == nil && present > 0 {
				return 0, false
			}
			continue
		}
		first := min(step/2, len(p.Histogram)-1)
		each := p.weight * math.Max(0, present-common) / float64((len(p.Histogram)-first+step-1)/step)
		for i := first; i < len(p.Histogram); i += step {
			below, ok := under(p.Histogram[i])
			if !ok {
				return 0, false
			}
			total += each * below
		}
	}
	return total, true
}
