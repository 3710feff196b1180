package funcs

// text computes a text column; f appends row i, which is present, to out.
func text(f func(c *Call, i int, out []byte) []byte) Kernel {
	return func(c *Call) error {
		b := newText(c.N)
		for i := range c.N {
			if c.Out.Present(i) {
				b.data = f(c, i, b.data)
			}
			b.end()
		}
		return b.to(c.Out)
	}
}

var concatKernel = text(func(c *Call, i int, out []byte) []byte {
	for _, a := range c.Args {
		out = append(out, a.Str(i)...)
	}
	return out
})
