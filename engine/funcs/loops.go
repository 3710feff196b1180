package funcs

import (
	"cmp"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// Kernels go over a batch in blocks, so that a constant operand is spread over one small block once, each operation is a
// single loop over slices, and what it touches stays in the first-level cache. The size is a multiple of 64 for bitmaps.
const block = 1024

type cell interface {
	int64 | float64 | int32 | decimal128.Num | arrow.MonthDayNanoInterval | [16]byte
}

// values is the slice of v that holds cells of type T.
func values[T cell](v *Vec) []T {
	var s any
	switch any((*T)(nil)).(type) {
	case *int64:
		s = v.Ints
	case *float64:
		s = v.Floats
	case *int32:
		s = v.Days
	case *decimal128.Num:
		s = v.wide().Decimals
	case *arrow.MonthDayNanoInterval:
		s = v.Intervals
	case *[16]byte:
		s = v.UUIDs
	}
	return s.([]T)
}

// operand gives blocks of a column, or of a constant.
type operand[T cell] struct {
	all    []T
	spread []T
	blocks func(from, to int) []T // of a narrow column of decimals, else nil
}

func operandOf[T cell](v *Vec, n int) operand[T] {
	var o operand[T]
	if v.Narrow != nil && !v.Const {
		if d, ok := any(&o).(*operand[decimal128.Num]); ok {
			d.blocks = narrowBlocks(v)
			return o
		}
	}
	o.all = values[T](v)
	if v.Const {
		o.spread = make([]T, min(n, block))
		for i := range o.spread {
			o.spread[i] = o.all[0]
		}
	}
	return o
}

func (o *operand[T]) at(from, to int) []T {
	if o.spread != nil {
		return o.spread[:to-from]
	}
	if o.blocks != nil {
		return o.blocks(from, to)
	}
	return o.all[from:to]
}

// loop1 applies loop to blocks of one operand.
func loop1[A, R cell](loop func(a []A, out []R)) Kernel {
	return func(c *Call) error {
		a, out := operandOf[A](c.Args[0], c.N), values[R](c.Out)
		for i := 0; i < c.N; i += block {
			j := min(i+block, c.N)
			loop(a.at(i, j), out[i:j])
		}
		return nil
	}
}

// loop2 applies loop to blocks of two operands.
func loop2[A, B, R cell](loop func(a []A, b []B, out []R)) Kernel {
	return func(c *Call) error {
		a, b, out := operandOf[A](c.Args[0], c.N), operandOf[B](c.Args[1], c.N), values[R](c.Out)
		for i := 0; i < c.N; i += block {
			j := min(i+block, c.N)
			loop(a.at(i, j), b.at(i, j), out[i:j])
		}
		return nil
	}
}

// checked is loop2 for a loop that reports whether some row may have failed; then fail is asked about each present row
// of the block and returns what is wrong with it, or "".
func checked[A, B, R cell](loop func(a []A, b []B, out []R) bool, fail func(a A, b B) string) Kernel {
	return func(c *Call) error {
		a, b, out := operandOf[A](c.Args[0], c.N), operandOf[B](c.Args[1], c.N), values[R](c.Out)
		for i := 0; i < c.N; i += block {
			j := min(i+block, c.N)
			x, y := a.at(i, j), b.at(i, j)
			if !loop(x, y, out[i:j]) {
				continue
			}
			for k := range x {
				if !c.Out.Present(i + k) {
					continue
				}
				if m := fail(x[k], y[k]); m != "" {
					return &RowError{Row: i + k, Message: m}
				}
			}
		}
		return nil
	}
}

// each1 computes one row at a time, for functions whose own cost hides the call.
func each1[A, R cell](f func(a A) R) Kernel {
	return loop1(func(a []A, out []R) {
		for i, x := range a {
			out[i] = f(x)
		}
	})
}

// each2 is each1 for two operands.
func each2[A, B, R cell](f func(a A, b B) R) Kernel {
	return loop2(func(a []A, b []B, out []R) {
		for i, x := range a {
			out[i] = f(x, b[i])
		}
	})
}

// bitmap2 applies loop to blocks of two operands; loop writes one bit a row, and is given whole words.
func bitmap2[A, B cell](loop func(a []A, b []B, out []uint64)) Kernel {
	return func(c *Call) error {
		a, b := operandOf[A](c.Args[0], c.N), operandOf[B](c.Args[1], c.N)
		for i := 0; i < c.N; i += block {
			j := min(i+block, c.N)
			loop(a.at(i, j), b.at(i, j), c.Out.Bits[i/64:Words(j)])
		}
		return nil
	}
}

// bool01 compiles to a flag move. Words are filled from their last row, so that each shift is by one.
func bool01(x bool) uint64 {
	if x {
		return 1
	}
	return 0
}

// lessBits writes a[i] < b[i] as bits.
func lessBits[T cmp.Ordered](a, b []T, out []uint64) {
	for w := range out {
		x := a[w*64 : min(w*64+64, len(a))]
		y := b[w*64:][:len(x)]
		var m uint64
		for i := len(x) - 1; i >= 0; i-- {
			m = m<<1 | bool01(x[i] < y[i])
		}
		out[w] = m
	}
}

// equalBits writes a[i] == b[i] as bits.
func equalBits[T cmp.Ordered](a, b []T, out []uint64) {
	for w := range out {
		x := a[w*64 : min(w*64+64, len(a))]
		y := b[w*64:][:len(x)]
		var m uint64
		for i := len(x) - 1; i >= 0; i-- {
			m = m<<1 | bool01(x[i] == y[i])
		}
		out[w] = m
	}
}
