package subset

import "math"

// fold returns the literal that a constant expression is, or nil. A module's constants and math's may be in it.
func fold(e expr, m *module) expr {
	at := position(e.at())
	switch e := e.(type) {
	case *intLiteral, *floatLiteral, *textLiteral, *boolLiteral, *noneLiteral:
		return e
	case *nameExpr:
		if m == nil {
			return nil
		}
		if v, ok := m.constants[e.id]; ok {
			return v
		}
		if v, ok := mathConstants[m.imported[e.id]]; ok {
			return &floatLiteral{at, v}
		}
	case *attribute:
		if n, ok := e.x.(*nameExpr); ok && m != nil && m.maths[n.id] {
			if v, ok := mathConstants[e.id]; ok {
				return &floatLiteral{at, v}
			}
		}
	case *sequence:
		s := &sequence{e.position, e.kind, nil}
		for _, x := range e.xs {
			v := fold(x, m)
			if _, nested := v.(*sequence); v == nil || nested {
				return nil
			}
			s.xs = append(s.xs, v)
		}
		if e.kind == "tuple" {
			return s
		}
	case *unary:
		switch x := fold(e.x, m).(type) {
		case *intLiteral:
			if e.op == "-" && x.value != math.MinInt64 {
				return &intLiteral{at, -x.value}
			}
		case *floatLiteral:
			if e.op == "-" {
				return &floatLiteral{at, -x.value}
			}
		}
	case *operation:
		return foldBinary(at, e.op, fold(e.l, m), fold(e.r, m))
	}
	return nil
}

// mathConstants are correctly rounded, as C's are.
var mathConstants = map[string]float64{"pi": math.Pi, "e": math.E, "tau": 2 * math.Pi, "inf": math.Inf(1), "nan": math.NaN()}

// foldBinary folds what is exact in every language: floats by IEEE 754, and ints within 2^31.
func foldBinary(at position, op string, l, r expr) expr {
	a, aWhole := l.(*intLiteral)
	b, bWhole := r.(*intLiteral)
	if aWhole && bWhole {
		small := func(v int64) bool { return -1<<31 < v && v < 1<<31 }
		if !small(a.value) || !small(b.value) {
			return nil
		}
		switch op {
		case "+":
			return &intLiteral{at, a.value + b.value}
		case "-":
			return &intLiteral{at, a.value - b.value}
		case "*":
			return &intLiteral{at, a.value * b.value}
		case "**":
			v := int64(1)
			for range min(max(b.value, 0), 64) {
				if v *= a.value; !small(v) {
					return nil
				}
			}
			if 0 <= b.value && b.value <= 64 {
				return &intLiteral{at, v}
			}
			return nil
		}
	}
	x, xOK := literalFloat(l)
	y, yOK := literalFloat(r)
	if !xOK || !yOK {
		return nil
	}
	switch {
	case op == "+":
		return &floatLiteral{at, x + y}
	case op == "-":
		return &floatLiteral{at, x - y}
	case op == "*":
		return &floatLiteral{at, x * y}
	case op == "/" && y != 0:
		return &floatLiteral{at, x / y}
	}
	return nil
}

// exact bounds the ints that are floats without rounding.
const exact = 1 << 53

func literalFloat(e expr) (float64, bool) {
	switch e := e.(type) {
	case *floatLiteral:
		return e.value, true
	case *intLiteral:
		return float64(e.value), -exact <= e.value && e.value <= exact
	}
	return 0, false
}
