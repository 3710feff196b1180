package subset

import (
	"math"
	"math/bits"
)

// kind of a value at run time. The zero kind is a local name that has no value yet.
type kind uint8

const (
	unbound kind = iota
	none
	truth // bool: i is 0 or 1
	integer
	float
)

type value struct {
	kind kind
	i    int64
	f    float64
}

// exact bounds the ints that are floats without rounding.
const exact = 1 << 53

func boolean(b bool) value {
	if b {
		return value{kind: truth, i: 1}
	}
	return value{kind: truth}
}

func (v value) isTrue() bool {
	switch v.kind {
	case truth, integer:
		return v.i != 0
	case float:
		return v.f != 0
	case unbound:
		giveUp()
	}
	return false
}

// number returns v as float64, as Python converts an int that meets a float.
func (v value) number() float64 {
	switch v.kind {
	case float:
		return v.f
	case truth, integer:
		return float64(v.i)
	}
	giveUp()
	return 0
}

func (v value) isWhole() bool { return v.kind == truth || v.kind == integer }

func whole(i int64) value      { return value{kind: integer, i: i} }
func floating(f float64) value { return value{kind: float, f: f} }

func add(a, b value) value {
	if a.isWhole() && b.isWhole() {
		s := a.i + b.i
		if (s > a.i) != (b.i > 0) {
			giveUp()
		}
		return whole(s)
	}
	return floating(a.number() + b.number())
}

func subtract(a, b value) value {
	if a.isWhole() && b.isWhole() {
		s := a.i - b.i
		if (s < a.i) != (b.i > 0) {
			giveUp()
		}
		return whole(s)
	}
	return floating(a.number() - b.number())
}

func multiply(a, b value) value {
	if a.isWhole() && b.isWhole() {
		hi, lo := bits.Mul64(magnitude(a.i), magnitude(b.i))
		if hi != 0 || lo > math.MaxInt64 {
			giveUp()
		}
		return whole(a.i * b.i)
	}
	return floating(a.number() * b.number())
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

func divide(a, b value) value {
	if a.isWhole() && b.isWhole() && (magnitude(a.i) > exact || magnitude(b.i) > exact) {
		giveUp() // Python rounds the exact quotient
	}
	x, y := a.number(), b.number()
	if y == 0 {
		giveUp()
	}
	return floating(x / y)
}

func floorDivide(a, b value) value {
	if a.isWhole() && b.isWhole() {
		if b.i == 0 || a.i == math.MinInt64 {
			giveUp()
		}
		q := a.i / b.i
		if a.i%b.i != 0 && (a.i < 0) != (b.i < 0) {
			q--
		}
		return whole(q)
	}
	q, _ := floatDivmod(a.number(), b.number())
	return floating(q)
}

func modulo(a, b value) value {
	if a.isWhole() && b.isWhole() {
		if b.i == 0 || a.i == math.MinInt64 {
			giveUp()
		}
		m := a.i % b.i
		if m != 0 && (m < 0) != (b.i < 0) {
			m += b.i
		}
		return whole(m)
	}
	_, m := floatDivmod(a.number(), b.number())
	return floating(m)
}

// floatDivmod is Python's definition: the remainder has the divisor's sign, and the quotient is rounded down.
func floatDivmod(x, y float64) (q, m float64) {
	if y == 0 {
		giveUp()
	}
	m = math.Mod(x, y)
	div := (x - m) / y
	if m != 0 {
		if (y < 0) != (m < 0) {
			m += y
			div--
		}
	} else {
		m = math.Copysign(0, y)
	}
	if div == 0 {
		return math.Copysign(0, x/y), m
	}
	q = math.Floor(div)
	if div-q > 0.5 {
		q++
	}
	return q, m
}

func negate(a value) value {
	if a.isWhole() {
		if a.i == math.MinInt64 {
			giveUp()
		}
		return whole(-a.i)
	}
	return floating(-a.number())
}

func plus(a value) value {
	if a.isWhole() {
		return whole(a.i)
	}
	return floating(a.number())
}

// less and equal compare an int and a float exactly, as Python does.
func less(a, b value) bool {
	if a.isWhole() && b.isWhole() {
		return a.i < b.i
	}
	comparable(a, b)
	return a.number() < b.number()
}

func equal(a, b value) bool {
	if a.kind == unbound || b.kind == unbound {
		giveUp()
	}
	if a.kind == none || b.kind == none {
		return a.kind == b.kind
	}
	if a.isWhole() && b.isWhole() {
		return a.i == b.i
	}
	comparable(a, b)
	return a.number() == b.number()
}

func lessOrEqual(a, b value) bool {
	if a.isWhole() && b.isWhole() {
		return a.i <= b.i
	}
	comparable(a, b)
	return a.number() <= b.number()
}

func comparable(a, b value) {
	for _, v := range []value{a, b} {
		if v.isWhole() && magnitude(v.i) > exact {
			giveUp()
		}
	}
}

func absolute(a value) value {
	if a.isWhole() {
		if a.i < 0 {
			return negate(a)
		}
		return whole(a.i)
	}
	return floating(math.Abs(a.number()))
}

// toInt truncates.
func toInt(a value) value {
	if a.isWhole() {
		return whole(a.i)
	}
	f := math.Trunc(a.number())
	if !(f > -exact && f < exact) {
		giveUp()
	}
	return whole(int64(f))
}
