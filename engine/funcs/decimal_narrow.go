package funcs

import (
	"math/bits"

	"github.com/dreamql/dreamql/engine/kernels"
)

// Arithmetic of narrow columns. The bounds of the operands say beforehand whether a result can be too large for 64 bits. Where
// they do not, each block says so, and at the first one that has no room the result becomes wide: what is there is widened, and
// the rest is computed in 128 bits.

// narrowOp is an operation on 64-bit numbers of the same scale, or of any scale for a product.
type narrowOp struct {
	most     func(a, b uint64) uint64                         // bounds the result; unbounded or more where it may have no room
	free     func(a, b, out []int64)                          // where it has room
	constant func(a []int64, c int64, left bool, out []int64) // the same, where the operand on the left, or on the right, is a constant
	checked  func(a, b, out []int64) bool                     // reports whether a row has no room
}

var (
	narrowAdd = narrowOp{sumOfBounds, kernels.Best.Add64, func(a []int64, c int64, _ bool, out []int64) { kernels.Best.Shift64(a, c, out) }, addInts}

	narrowSubtract = narrowOp{sumOfBounds, kernels.Best.Sub64, func(a []int64, c int64, left bool, out []int64) {
		if left {
			kernels.Best.From64(a, c, out)
		} else {
			kernels.Best.Shift64(a, -c, out)
		}
	}, subtractInts}

	narrowMultiply = narrowOp{productOfBounds, kernels.Best.Mul64, func(a []int64, c int64, _ bool, out []int64) { kernels.Best.Scale64(a, c, out) }, multiplyInts}
)

func sumOfBounds(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return unbounded
	}
	return sum
}

func productOfBounds(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi != 0 {
		return unbounded
	}
	return lo
}

// inNarrow computes the first rows of a call in 64 bits, a multiple of the block or all of them, and returns how many those are. If
// they are not all, the result is wide.
func (op *decimalOp) inNarrow(c *Call) (rows int) {
	if c.Args[0].Narrow == nil || c.Args[1].Narrow == nil || c.Out.Decimals == nil && c.Out.Narrow == nil {
		return 0
	}
	a, okA := narrowOperand(c.Args[0], op.raise(c, 0))
	b, okB := narrowOperand(c.Args[1], op.raise(c, 1))
	if !okA || !okB {
		return 0
	}
	most := op.narrow.most(a.most, b.most)
	c.Out.toNarrow(min(most, unbounded))
	out := c.Out.Narrow
	for i := 0; i < c.N; i += block {
		j := min(i+block, c.N)
		if most < unbounded {
			switch {
			case a.constant == b.constant: // a call of constants has one row
				op.narrow.free(a.at(i, j), b.at(i, j), out[i:j])
			case a.constant:
				op.narrow.constant(b.at(i, j), a.all[0], true, out[i:j])
			default:
				op.narrow.constant(a.at(i, j), b.all[0], false, out[i:j])
			}
			continue
		}
		if a.none(i, j) || b.none(i, j) || op.narrow.checked(a.block, b.block, out[i:j]) {
			c.Out.Widen()
			return i
		}
	}
	return c.N
}

// raise is by how many digits an argument is to be scaled up.
func (op *decimalOp) raise(c *Call, arg int) int {
	if !op.align {
		return 0
	}
	return c.Out.Type.Scale - c.Args[arg].Type.Scale
}

// narrowBlock is an operand in blocks of 64-bit numbers, scaled up by a factor.
type narrowBlock struct {
	all      []int64
	constant bool
	factor   int64
	most     uint64 // bounds what comes out
	block    []int64
	scratch  []int64
	bounded  bool
}

// narrowOperand is an argument scaled up by so many digits; it is false where a constant then has no room.
func narrowOperand(v *Vec, digits int) (*narrowBlock, bool) {
	o := &narrowBlock{all: v.Narrow, constant: v.Const, factor: 1, most: v.Most}
	if digits > 0 {
		if digits > 18 {
			return nil, false
		}
		o.factor = tensOfInts[digits]
	}
	if v.Const {
		x, ok := mulInt(v.Narrow[0], o.factor)
		if !ok {
			return nil, false
		}
		o.all, o.factor, o.most = []int64{x}, 1, uint64(max(x, -x)) // of the least number, -x is itself, and its bound 2^63
	} else if o.factor > 1 {
		o.most = productOfBounds(o.most, uint64(o.factor))
		o.scratch = make([]int64, min(v.N, block))
	}
	o.bounded = o.most < unbounded
	return o, true
}

// at is a block of rows; what is too large wraps around.
func (o *narrowBlock) at(from, to int) []int64 {
	switch {
	case o.constant:
		for len(o.scratch) < to-from {
			o.scratch = append(o.scratch, o.all[0])
		}
		return o.scratch[:to-from]
	case o.factor == 1:
		return o.all[from:to]
	}
	kernels.Best.Scale64(o.all[from:to], o.factor, o.scratch[:to-from])
	return o.scratch[:to-from]
}

// none makes block, and reports whether a row of it has no room.
func (o *narrowBlock) none(from, to int) bool {
	o.block = o.at(from, to)
	if o.constant || o.factor == 1 || o.bounded {
		return false
	}
	limit := uint64(unbounded-1) / uint64(o.factor)
	for _, x := range o.all[from:to] {
		if uint64(x^x>>63) >= limit {
			return true
		}
	}
	return false
}

// tensOfInts are the powers of ten of 64 bits.
var tensOfInts = func() (t [19]int64) {
	t[0] = 1
	for i := range t[1:] {
		t[i+1] = 10 * t[i]
	}
	return t
}()

// castNarrow makes out the numbers in, scaled up by so many digits; it reports false, having done nothing, where the result is not
// known to fit its type or 64 bits.
func castNarrow(out *Vec, in []int64, most uint64, digits int) bool {
	if digits < 0 || digits > 18 {
		return false
	}
	limit := uint64(unbounded - 1)
	if out.Type.Precision <= 18 {
		limit = uint64(tensOfInts[out.Type.Precision]) - 1
	}
	factor := tensOfInts[digits]
	bound := productOfBounds(most, uint64(factor))
	if bound > limit {
		size := uint64(0)
		for _, x := range in {
			size = max(size, uint64(max(x, -x)))
		}
		if bound = productOfBounds(size, uint64(factor)); bound > limit {
			return false
		}
	}
	if out.Most, out.Narrow = bound, in; factor > 1 {
		out.Narrow = make([]int64, len(in))
		kernels.Best.Scale64(in, factor, out.Narrow)
	}
	return true
}
