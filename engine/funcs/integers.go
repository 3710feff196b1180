package funcs

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// ofInts builds a function from ints to an int.
func ofInts(name, doc, signature string, f func(r row) (int64, error), ex ...Example) *Func {
	o := Overload{Signature: signature, Kernel: rowCells(f), Examples: ex}
	for _, x := range ex {
		o.Fails = o.Fails || x.Error != ""
	}
	return scalarFunc("mathematics", name, doc, o)
}

var gcd = ofInts("gcd", "The greatest common divisor, never negative; gcd(0, 0) is 0.", "(a: int, b: int) => int", func(r row) (int64, error) {
	return fitted(divisor(r.int(0), r.int(1)))
}, eg("gcd(12, -18)", "6"), egFails("gcd(-9223372036854775807 - 1, 0)", overflow))

var lcm = ofInts("lcm", "The least common multiple, never negative; 0 where one of them is 0.", "(a: int, b: int) => int", func(r row) (int64, error) {
	a, b := r.int(0), r.int(1)
	if a == 0 || b == 0 {
		return 0, nil
	}
	high, low := bits.Mul64(size(a)/divisor(a, b), size(b))
	if high != 0 {
		return 0, errors.New(overflow)
	}
	return fitted(low)
}, eg("lcm(4, 6)", "12"), egFails("lcm(9223372036854775807, 2)", overflow))

// size is the absolute value, also of the least int.
func size(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func divisor(a, b int64) uint64 {
	x, y := size(a), size(b)
	for y != 0 {
		x, y = y, x%y
	}
	return x
}

func fitted(x uint64) (int64, error) {
	if x > math.MaxInt64 {
		return 0, errors.New(overflow)
	}
	return int64(x), nil
}

var factorial = ofInts("factorial", "The product of the ints from 1 to n, for n from 0 to 20.", "(n: int) => int", func(r row) (int64, error) {
	n := r.int(0)
	if n < 0 || n > 20 {
		return 0, errors.New("factorial: n is from 0 to 20; what is larger does not fit an int")
	}
	out := int64(1)
	for k := int64(2); k <= n; k++ {
		out *= k
	}
	return out, nil
}, eg("factorial(5)", "120"), egFails("factorial(21)", "from 0 to 20"))

var floorMod = ofInts("mod", "The remainder of a division that rounds down: it has the sign of the divisor, where % has that of the dividend.", "(a: int, b: int) => int",
	func(r row) (int64, error) {
		a, b := r.int(0), r.int(1)
		switch b {
		case 0:
			return 0, errors.New(divideByZero)
		case -1:
			return 0, nil
		}
		return a - floorDiv(a, b)*b, nil
	}, eg("mod(-7, 3)", "2"), eg("mod(7, -3)", "-2"), egFails("mod(1, 0)", "zero"))

var (
	bitAnd   = ofInts("bit_and", "The bits that both have.", "(a: int, b: int) => int", func(r row) (int64, error) { return r.int(0) & r.int(1), nil }, eg("bit_and(12, 10)", "8"))
	bitOr    = ofInts("bit_or", "The bits that one has or both have.", "(a: int, b: int) => int", func(r row) (int64, error) { return r.int(0) | r.int(1), nil }, eg("bit_or(12, 10)", "14"))
	bitXor   = ofInts("bit_xor", "The bits that exactly one of them has.", "(a: int, b: int) => int", func(r row) (int64, error) { return r.int(0) ^ r.int(1), nil }, eg("bit_xor(12, 10)", "6"))
	bitNot   = ofInts("bit_not", "Every bit turned: -x - 1.", "(a: int) => int", func(r row) (int64, error) { return ^r.int(0), nil }, eg("bit_not(12)", "-13"))
	bitCount = ofInts("bit_count", "The number of bits that are set, of 64.", "(a: int) => int", func(r row) (int64, error) {
		return int64(bits.OnesCount64(uint64(r.int(0)))), nil
	}, eg("bit_count(12)", "2"), eg("bit_count(-1)", "64"))
	leftShift = ofInts("shift_left", "The bits moved to the left by so many places, from 0 to 63; what leaves the 64 bits is lost.", "(a: int, places: int) => int", func(r row) (int64, error) {
		k, err := places64(r)
		return r.int(0) << k, err
	}, eg("shift_left(3, 4)", "48"), egFails("shift_left(1, 64)", "0 to 63"))
	rightShift = ofInts("shift_right", "The bits moved to the right by so many places, from 0 to 63; the sign stays.", "(a: int, places: int) => int", func(r row) (int64, error) {
		k, err := places64(r)
		return r.int(0) >> k, err
	}, eg("shift_right(48, 4)", "3"), eg("shift_right(-1, 9)", "-1"), egFails("shift_right(1, -1)", "0 to 63"))
)

func places64(r row) (uint, error) {
	k := r.int(1)
	if k < 0 || k > 63 {
		return 0, errors.New("bits move by 0 to 63 places")
	}
	return uint(k), nil
}

var widthBucket = scalarFunc("mathematics", "width_bucket", "Which of so many equally wide buckets between two bounds the number falls into, from 1; 0 below the first, and one more than the last above it. Absent for NaN.",
	takes("(x: float, low: float, high: float, buckets: int) => int?", rowCells(func(r row) (int64, error) {
		x, low, high, n := r.float(0), r.float(1), r.float(2), r.int(3)
		switch {
		case !(low < high) || n < 1 || high-low > math.MaxFloat64:
			return 0, errors.New("width_bucket: the bounds go from low to high, and there is one bucket at least")
		case x != x:
			return 0, errAbsent
		case x < low:
			return 0, nil
		case x >= high:
			return n + 1, nil
		}
		return min(int64((x-low)/(high-low)*float64(n))+1, n), nil
	}), eg("width_bucket(5, 0, 10, 4)", "3"), eg("width_bucket(10, 0, 10, 4)", "5"), egFails("width_bucket(1, 2, 2, 3)", "from low to high")).failing())

var toBase = scalarFunc("mathematics", "to_base", "The int written to a base from 2 to 36, with lower-case letters for the digits above 9.",
	takes("(x: int, base: int) => string", rowText(func(r row, out []byte) ([]byte, error) {
		base := r.int(1)
		if base < 2 || base > 36 {
			return nil, errBase
		}
		return strconv.AppendInt(out, r.int(0), int(base)), nil
	}), eg("to_base(255, 16)", "'ff'"), egFails("to_base(1, 1)", "from 2 to 36")).failing())

var errBase = errors.New("a base is from 2 to 36")

var fromBase = scalarFunc("mathematics", "from_base", "The int that a text says to a base from 2 to 36; absent where it says none.",
	takes("(s: string, base: int) => int?", rowCells(func(r row) (int64, error) {
		base := r.int(1)
		if base < 2 || base > 36 {
			return 0, errBase
		}
		n, err := strconv.ParseInt(strings.TrimSpace(r.str(0)), int(base), 64)
		if err != nil {
			return 0, errAbsent
		}
		return n, nil
	}), eg("from_base('ff', 16)", "255"), eg("from_base('12', 2)", "none"), egFails("from_base('1', 99)", "from 2 to 36")).failing())

// checkedFunc builds the variant of an operator that is absent where the operator fails.
func checkedFunc(name, operator string, f func(a, b int64) (int64, bool), ex ...Example) *Func {
	return scalarFunc("arithmetic", name, "Like "+operator+" on ints, but absent where the result does not fit or there is none.",
		Overload{Signature: "(a: int, b: int) => int?", Examples: ex, Kernel: rowCells(func(r row) (int64, error) {
			x, ok := f(r.int(0), r.int(1))
			if !ok {
				return 0, errAbsent
			}
			return x, nil
		})})
}

var (
	checkedAdd = checkedFunc("checked_add", "+", func(a, b int64) (int64, bool) { s := a + b; return s, (a^s)&(b^s) >= 0 },
		eg("checked_add(1, 2)", "3"), eg("checked_add(9223372036854775807, 1)", "none"))
	checkedSubtract = checkedFunc("checked_subtract", "-", func(a, b int64) (int64, bool) { d := a - b; return d, (a^b)&(a^d) >= 0 },
		eg("checked_subtract(1, 2)", "-1"), eg("checked_subtract(-9223372036854775807, 2)", "none"))
	checkedMultiply = checkedFunc("checked_multiply", "*", mulInt, eg("checked_multiply(3, 4)", "12"), eg("checked_multiply(9223372036854775807, 2)", "none"))
	checkedDiv      = checkedFunc("checked_div", "div", func(a, b int64) (int64, bool) {
		if b == 0 || b == -1 && a == math.MinInt64 {
			return 0, false
		}
		return a / b, true
	}, eg("checked_div(7, 2)", "3"), eg("checked_div(7, 0)", "none"))
)

var checkedDivide = scalarFunc("arithmetic", "checked_divide", "Like /, but absent where the divisor is 0.",
	Overload{Signature: "(a: float, b: float) => float?", Examples: []Example{eg("checked_divide(1, 4)", "0.25"), eg("checked_divide(1, 0)", "none")}, Kernel: rowCells(func(r row) (float64, error) {
		if r.float(1) == 0 {
			return 0, errAbsent
		}
		return r.float(0) / r.float(1), nil
	})})
