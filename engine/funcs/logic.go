package funcs

import "github.com/dreamql/dreamql/engine/kernels"

// "and" and "or" are evaluated by package expr, which does not look at the right side of rows that the left one decides; these
// kernels are for when both sides are at hand. With optional truth values, false decides "and" and true decides "or", absent or not
// the other side; what is then undecided is absent. So the order of evaluation never shows.

var and = &Func{Name: "and", Kind: Scalar, Family: "operators",
	Doc: "Whether both are true. The right side is not looked at where the left one is false.",
	Overloads: []Overload{
		{Signature: "(a: bool, b: bool) => bool", Absence: Sees, Kernel: decide(false),
			Examples: []Example{{Call: "true and false", Result: "false"}, {Call: "1 > 2 and 1 / 0 > 0", Result: "false"}}},
		{Signature: "(a: bool?, b: bool?) => bool?", Absence: Sees, Unlisted: true, Kernel: decide(false)},
	}}

var or = &Func{Name: "or", Kind: Scalar, Family: "operators",
	Doc: "Whether at least one is true. The right side is not looked at where the left one is true.",
	Overloads: []Overload{
		{Signature: "(a: bool, b: bool) => bool", Absence: Sees, Kernel: decide(true),
			Examples: []Example{{Call: "true or false", Result: "true"}, {Call: "1 < 2 or 1 / 0 > 0", Result: "true"}}},
		{Signature: "(a: bool?, b: bool?) => bool?", Absence: Sees, Unlisted: true, Kernel: decide(true)},
	}}

// decide computes "or" (by true) or "and" (by false).
func decide(by bool) Kernel {
	return func(c *Call) error {
		a, b, out := c.Args[0], c.Args[1], c.Out
		if a.Valid == nil && b.Valid == nil && !a.Const && !b.Const {
			if words := Words(c.N); by {
				kernels.Best.Or(a.Bits[:words], b.Bits, out.Bits)
			} else {
				kernels.Best.And(a.Bits[:words], b.Bits, out.Bits)
			}
			return nil
		}
		if a.Valid != nil || b.Valid != nil {
			out.Valid = make([]uint64, Words(c.N))
		}
		for i := range out.Bits {
			va, vb := validWord(a, i), validWord(b, i)
			ta, tb := word(a, a.Bits, i)&va, word(b, b.Bits, i)&vb
			fa, fb := va&^ta, vb&^tb
			t, f := ta&tb, fa|fb
			if by {
				t, f = ta|tb, fa&fb
			}
			if out.Bits[i] = t; out.Valid != nil {
				out.Valid[i] = t | f
			}
		}
		return nil
	}
}

var not = &Func{Name: "not", Kind: Scalar, Family: "operators",
	Doc: "The opposite of a truth value.",
	Overloads: []Overload{{Signature: "(a: bool) => bool", Kernel: func(c *Call) error {
		for i := range c.Out.Bits {
			c.Out.Bits[i] = ^word(c.Args[0], c.Args[0].Bits, i)
		}
		return nil
	}, Examples: []Example{{Call: "not true", Result: "false"}}}}}

var isNone = &Func{Name: "is_none", Kind: Scalar, Family: "absence",
	Doc: "Whether the value is absent; written x is none.",
	Overloads: []Overload{{Signature: "(x: T?) => bool", Absence: Sees, Kernel: func(c *Call) error {
		for i := range c.Out.Bits {
			c.Out.Bits[i] = ^validWord(c.Args[0], i)
		}
		return nil
	}, Examples: []Example{{Call: "none is none", Result: "true"}, {Call: "is_none(3)", Result: "false"}}}}}

var coalesce = &Func{Name: "??", Kind: Scalar, Family: "absence",
	Doc: "The first value where it is present, else the second.",
	Overloads: []Overload{
		{Signature: "(x: T?, otherwise: T) => T", Absence: Sees, Kernel: choose, Examples: []Example{{Call: "none ?? 3", Result: "3"}, {Call: "4 ?? 3", Result: "4"}}},
	}}

// choose copies the second argument over the rows where the first is absent.
func choose(c *Call) error {
	return c.Out.pick(c.Args, c.N, func(i int) (int, int) {
		if c.Args[0].Present(i) {
			return 0, i
		}
		return 1, i
	})
}
