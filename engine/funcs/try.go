package funcs

// try is computed by package expr, which looks for the rows where its argument fails; where none does, this is what it is.
var try = &Func{Name: "try", Kind: Scalar, Family: "absence",
	Doc: "The value, or none in the rows where computing it would be an error: a division by zero, a number that does not fit, a text that is no number.",
	Overloads: []Overload{
		{Signature: "(x: T?) => T?", Absence: Sees, Kernel: func(c *Call) error {
			*c.Out = *c.Args[0]
			return nil
		}, Examples: []Example{{Call: "try(1 / 0)", Result: "none"}, {Call: "try(int('12'))", Result: "12"}, {Call: "try(int('x')) ?? -1", Result: "-1"}}},
	}}
