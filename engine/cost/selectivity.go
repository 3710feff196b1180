package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
)

// Selectivity estimates which part of the rows of in a predicate lets through; nil lets all.
func Selectivity(pred *logical.Expr, in logical.Node) float64 {
	s := 1.0
	for _, c := range logical.Conjuncts(pred) {
		s *= one(c, in)
	}
	return s
}

func one(e *logical.Expr, in logical.Node) float64 {
	if e.Op == logical.OpLiteral && e.Lit != nil && e.Lit.Bool != nil {
		if *e.Lit.Bool {
			return 1
		}
		return 0
	}
	if e.Op == logical.OpUDF && e.Func.Selectivity > 0 {
		return math.Min(1, e.Func.Selectivity)
	}
	if e.Op != logical.OpCall {
		return guess
	}
	switch e.Name {
	case "and":
		return Selectivity(e, in)
	case "or":
		miss := 1.0
		for _, a := range e.Args {
			miss *= 1 - one(a, in)
		}
		return 1 - miss
	case "not":
		return 1 - one(e.Args[0], in)
	case "is_none":
		if s := columnOf(e.Args[0], in); s != nil && s.rows > 0 {
			return s.nulls / s.rows
		}
		return 0.1
	}
	if len(e.Args) != 2 {
		return guess
	}
	op, l, r := e.Name, e.Args[0], e.Args[1]
	if l.Op == logical.OpLiteral {
		op, l, r = flipped[op], r, l
	}
	s := columnOf(l, in)
	if s == nil || r.Op != logical.OpLiteral || s.rows == 0 {
		return guess
	}
	present := 1 - s.nulls/s.rows
	switch op {
	case "==":
		return present / math.Max(1, s.distinct)
	case "!=":
		return 1 - present/math.Max(1, s.distinct)
	case "<", "<=", ">", ">=":
		below, ok := s.below(r.Lit)
		if !ok {
			return guess
		}
		if op[0] == '<' {
			return present * below
		}
		return present * (1 - below)
	}
	return guess
}

var flipped = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

func columnOf(e *logical.Expr, in logical.Node) *column {
	for e.Op == logical.OpCast {
		e = e.Args[0]
	}
	if e.Op != logical.OpColumn || in == nil {
		return nil
	}
	return statistics(in, e.Name)
}

// below is the part of the values under v, as if they lay evenly between the least and the greatest.
func (c *column) below(v *logical.Literal) (float64, bool) {
	lo, ok1 := number(c.min)
	hi, ok2 := number(c.max)
	x, ok3 := number(v)
	if !ok1 || !ok2 || !ok3 || hi < lo {
		return 0, false
	}
	if hi == lo {
		if x > lo {
			return 1, true
		}
		return 0, true
	}
	return math.Min(1, math.Max(0, (x-lo)/(hi-lo))), true
}

func number(l *logical.Literal) (float64, bool) {
	switch {
	case l == nil:
		return 0, false
	case l.Int != nil:
		return float64(*l.Int), true
	case l.Float != nil && !math.IsNaN(float64(*l.Float)):
		return float64(*l.Float), true
	}
	return 0, false
}
