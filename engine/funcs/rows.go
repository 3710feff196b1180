package funcs

import (
	"errors"

	"github.com/dreamql/dreamql/engine/types"
)

// Most functions do enough for one row that going row by row costs nothing that shows. They are written as a Go function of
// one row; what follows makes kernels of such functions, by what they return.

// row is one row of a call, whose arguments are all present if the overload lifts.
type row struct {
	c *Call
	i int
}

func (r row) has(k int) bool { return r.c.Args[k].Type.Kind != types.None && r.c.Args[k].Present(r.i) }

func (r row) str(k int) string { return r.c.Args[k].Str(r.i) }

func (r row) bool(k int) bool { return r.c.Args[k].Bool(r.i) }

func (r row) int(k int) int64 { a := r.c.Args[k]; return a.Ints[a.At(r.i)] }

func (r row) float(k int) float64 { a := r.c.Args[k]; return a.Floats[a.At(r.i)] }

func (r row) day(k int) int64 { a := r.c.Args[k]; return int64(a.Days[a.At(r.i)]) }

// given reports whether the call has an argument k.
func (r row) given(k int) bool { return k < len(r.c.Args) }

// errAbsent is what a function of one row returns where the result is absent. Any other error ends the run.
var errAbsent = errors.New("absent")

// rows calls f for every row that has its arguments.
func (c *Call) rows(f func(r row) error) error {
	for i := range c.N {
		if !c.Out.Present(i) {
			continue
		}
		switch err := f(row{c, i}); {
		case err == nil:
		case err == errAbsent:
			c.forget(i)
		default:
			return &RowError{i, err.Error()}
		}
	}
	return nil
}

// forget makes row i of the result absent.
func (c *Call) forget(i int) {
	if c.Out.Valid == nil {
		c.Out.Valid = make([]uint64, Words(c.N))
		FillBits(c.Out.Valid, c.N)
	}
	clearBit(c.Out.Valid, i)
}

// rowCells is for results of a fixed width: ints, floats, dates, times, timestamps, durations, uuids.
func rowCells[T cell](f func(r row) (T, error)) Kernel {
	return func(c *Call) error {
		out := values[T](c.Out)
		return c.rows(func(r row) (err error) {
			out[r.i], err = f(r)
			return err
		})
	}
}

func rowBits(f func(r row) (bool, error)) Kernel {
	return func(c *Call) error {
		clear(c.Out.Bits)
		return c.rows(func(r row) error {
			x, err := f(r)
			assignBit(c.Out.Bits, r.i, x)
			return err
		})
	}
}

// rowText is for strings, bytes and json; f appends the result to out.
func rowText(f func(r row, out []byte) ([]byte, error)) Kernel {
	return func(c *Call) error {
		b := newText(c.N)
		for i := range c.N {
			if c.Out.Present(i) {
				out, err := f(row{c, i}, b.data)
				switch {
				case err == nil:
					b.data = out
				case err == errAbsent:
					c.forget(i)
				default:
					return &RowError{i, err.Error()}
				}
				if len(b.data) > maxText {
					return &RowError{i, tooMuchText}
				}
			}
			b.end()
		}
		return b.to(c.Out)
	}
}

const tooMuchText = "the texts of one batch come to more than 2 GiB"

// rowTexts is for lists of strings; f gives the elements to add, which reports whether there is room for more.
func rowTexts(f func(r row, add func(s string)) error) Kernel {
	return func(c *Call) error {
		b := newText(c.N)
		offsets := make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				switch err := f(row{c, i}, b.add); {
				case err == nil:
				case err == errAbsent:
					c.forget(i)
				default:
					return &RowError{i, err.Error()}
				}
				if len(b.data) > maxText {
					return &RowError{i, tooMuchText}
				}
			}
			offsets = append(offsets, int32(len(b.offsets)-1))
		}
		items := &Vec{Type: c.Out.Type.Elem.Required(), N: len(b.offsets) - 1}
		if err := b.to(items); err != nil {
			return err
		}
		return makeList(c.Out, items, offsets)
	}
}

// maxItems bounds what the lists that one batch makes may hold, far below what offsets can count.
const maxItems = 1 << 26

var errTooMany = errors.New("the lists of one batch come to more than 67108864 elements")

// rowItems is for lists of cells of a fixed width; f appends the elements of one row to out.
func rowItems[T cell](f func(r row, out []T) ([]T, error)) Kernel {
	return func(c *Call) error {
		var all []T
		offsets := make([]int32, 1, c.N+1)
		for i := range c.N {
			if c.Out.Present(i) {
				out, err := f(row{c, i}, all)
				switch {
				case err == errAbsent:
					c.forget(i)
				case err != nil:
					return &RowError{i, err.Error()}
				case len(out) > maxItems:
					return &RowError{i, errTooMany.Error()}
				default:
					all = out
				}
			}
			offsets = append(offsets, int32(len(all)))
		}
		items := NewVec(*c.Out.Type.Elem, len(all))
		copy(values[T](items), all)
		return makeList(c.Out, items, offsets)
	}
}

// scalarFunc builds a scalar function of a family.
func scalarFunc(family, name, doc string, overloads ...Overload) *Func {
	return &Func{Name: name, Kind: Scalar, Family: family, Doc: doc, Overloads: overloads}
}

// takes is an overload that lifts, cannot fail, and is slow enough to be put off.
func takes(signature string, k Kernel, ex ...Example) Overload {
	return Overload{Signature: signature, Costly: true, Kernel: k, Examples: ex}
}

// failing says that the overload may end the run.
func (o Overload) failing() Overload {
	o.Fails = true
	return o
}

// seeing says that the kernel sees absent arguments.
func (o Overload) seeing() Overload {
	o.Absence = Sees
	return o
}

// giving computes the result type of the arguments'.
func (o Overload) giving(result func(args []types.Type) (types.Type, error)) Overload {
	o.Result = result
	return o
}

func eg(call, result string) Example { return Example{Call: call, Result: result} }

func egFails(call, message string) Example { return Example{Call: call, Error: message} }
