package funcs

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths and positions count characters (Unicode code points), from 1 for the first as people do.

// ofText builds a function from strings to a string.
func ofText(name, doc, signature string, f func(c *Call, i int, out []byte) []byte, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "text", Doc: doc,
		Overloads: []Overload{{Signature: signature, Costly: true, Kernel: text(f), Examples: ex}}}
}

// ofBits builds a predicate over strings.
func ofBits(name, doc, signature string, f func(a, b string) bool, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "text", Doc: doc,
		Overloads: []Overload{{Signature: signature, Costly: true, Examples: ex, Kernel: func(c *Call) error {
			eachBit(c.N, c.Out.Bits, func(i int) bool { return c.Out.Present(i) && f(c.Args[0].Str(i), c.Args[1].Str(i)) })
			return nil
		}}}}
}

// ofInt builds a function from one string to an int.
func ofInt(name, doc, signature string, f func(s string) int64, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "text", Doc: doc,
		Overloads: []Overload{{Signature: signature, Costly: true, Examples: ex, Kernel: func(c *Call) error {
			for i := range c.N {
				if c.Out.Present(i) {
					c.Out.Ints[i] = f(c.Args[0].Str(i))
				}
			}
			return nil
		}}}}
}

var lower = ofText("lower", "The text in lower case.", "(s: string) => string", func(c *Call, i int, out []byte) []byte {
	return appendMapped(out, c.Args[0].Str(i), 'A', 'Z', strings.ToLower)
}, Example{Call: "lower('ÄBC')", Result: "'äbc'"})

var upper = ofText("upper", "The text in upper case.", "(s: string) => string", func(c *Call, i int, out []byte) []byte {
	return appendMapped(out, c.Args[0].Str(i), 'a', 'z', strings.ToUpper)
}, Example{Call: "upper('äbc')", Result: "'ÄBC'"})

// appendMapped flips the case of ASCII letters between from and to in place, and leaves other text to slow.
func appendMapped(out []byte, s string, from, to byte, slow func(string) string) []byte {
	start := len(out)
	out = append(out, s...)
	for i, b := range out[start:] {
		switch {
		case b >= utf8.RuneSelf:
			return append(out[:start], slow(s)...)
		case b >= from && b <= to:
			out[start+i] = b ^ 0x20
		}
	}
	return out
}

// trimFunc builds trim and its one-sided variants, of white space or of given characters.
func trimFunc(name, doc string, spaces func(s string) string, cut func(s, chars string) string, ex ...Example) *Func {
	return textFunc(name, doc,
		takes("(s: string) => string", mapped(spaces), ex[:1]...),
		takes("(s: string, chars: string) => string", rowText(func(r row, out []byte) ([]byte, error) {
			return append(out, cut(r.str(0), r.str(1))...), nil
		}), ex[1:]...))
}

var trim = trimFunc("trim", "The text without white space, or without any of the given characters, at its ends.", strings.TrimSpace, strings.Trim,
	eg("trim('  a b ')", "'a b'"), eg("trim('--a-b-', '-')", "'a-b'"))

var trimStart = trimFunc("trim_start", "The text without white space, or without any of the given characters, at its start.",
	func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }, strings.TrimLeft, eg("trim_start('  a ')", "'a '"), eg("trim_start('007', '0')", "'7'"))

var trimEnd = trimFunc("trim_end", "The text without white space, or without any of the given characters, at its end.",
	func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }, strings.TrimRight, eg("trim_end('  a ')", "'  a'"), eg("trim_end('1.500', '0')", "'1.5'"))

var replace = ofText("replace", "The text with every occurrence of one part replaced by another.", "(s: string, part: string, by: string) => string",
	func(c *Call, i int, out []byte) []byte {
		return append(out, strings.ReplaceAll(c.Args[0].Str(i), c.Args[1].Str(i), c.Args[2].Str(i))...)
	}, Example{Call: "replace('a-b-c', '-', '+')", Result: "'a+b+c'"})

var concat = ofText("concat", "The texts, or the lists, one after the other; f'…${x}…' is written with it.", "(s: string…) => string", func(c *Call, i int, out []byte) []byte {
	for _, a := range c.Args {
		out = append(out, a.Str(i)...)
	}
	return out
}, Example{Call: "concat('a', 'b', 'c')", Result: "'abc'"}).and(concatLists)

var reverse = ofText("reverse", "The characters of a text, or the elements of a list, in reverse order.", "(s: string) => string", func(c *Call, i int, out []byte) []byte {
	for s := c.Args[0].Str(i); s != ""; {
		_, size := utf8.DecodeLastRuneInString(s)
		out = append(out, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return out
}, Example{Call: "reverse('añb')", Result: "'bña'"}).and(Overload{Signature: "(list: [T]) => [T]", Kernel: pickItems(reverseItems), Examples: []Example{{Call: "reverse([4, none, 6])", Result: "[6, none, 4]"}}})

var startsWith = ofBits("starts_with", "Whether the text starts with the other.", "(s: string, start: string) => bool", strings.HasPrefix,
	Example{Call: "starts_with('query', 'qu')", Result: "true"})

var endsWith = ofBits("ends_with", "Whether the text ends with the other.", "(s: string, end: string) => bool", strings.HasSuffix,
	Example{Call: "ends_with('query', 'qu')", Result: "false"})

var position = &Func{Name: "position", Kind: Scalar, Family: "text", Doc: "Where the part first stands in the text, counting from 1; 0 if nowhere.",
	Overloads: []Overload{{Signature: "(s: string, part: string) => int", Costly: true, Examples: []Example{{Call: "position('añb', 'b')", Result: "3"}, {Call: "position('a', 'x')", Result: "0"}},
		Kernel: func(c *Call) error {
			for i := range c.N {
				if !c.Out.Present(i) {
					continue
				}
				s := c.Args[0].Str(i)
				c.Out.Ints[i] = 0
				if at := strings.Index(s, c.Args[1].Str(i)); at >= 0 {
					c.Out.Ints[i] = int64(utf8.RuneCountInString(s[:at])) + 1
				}
			}
			return nil
		}}}}

// slice is the part of s from character from (1 is the first) of at most n characters.
func slice(s string, from, n int64) string {
	if n <= 0 {
		return ""
	}
	if from < 1 {
		if n += from - 1; n <= 0 || from < -1<<40 {
			return ""
		}
		from = 1
	}
	for ; from > 1 && s != ""; from-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	end := 0
	for ; n > 0 && end < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end]
}

var substring = &Func{Name: "substring", Kind: Scalar, Family: "text", Doc: "The part of the text from a position on, counting from 1, of at most so many characters, or to its end.",
	Overloads: []Overload{
		{Signature: "(s: string, from: int, length: int) => string", Costly: true, Kernel: text(func(c *Call, i int, out []byte) []byte {
			return append(out, slice(c.Args[0].Str(i), c.Args[1].Ints[c.Args[1].At(i)], c.Args[2].Ints[c.Args[2].At(i)])...)
		}), Examples: []Example{{Call: "substring('query', 2, 3)", Result: "'uer'"}}},
		{Signature: "(s: string, from: int) => string", Costly: true, Kernel: text(func(c *Call, i int, out []byte) []byte {
			return append(out, slice(c.Args[0].Str(i), max(c.Args[1].Ints[c.Args[1].At(i)], 1), maxText)...)
		}), Examples: []Example{{Call: "substring('query', 4)", Result: "'ry'"}}},
	}}

// maxPad bounds what one pad or repeat may make of a row.
const maxPad = 1 << 20

func pad(left bool) Kernel {
	return func(c *Call) error {
		b := newText(c.N)
		for i := range c.N {
			if c.Out.Present(i) {
				s, width, fill := c.Args[0].Str(i), c.Args[1].Ints[c.Args[1].At(i)], " "
				if len(c.Args) == 3 {
					fill = c.Args[2].Str(i)
				}
				if width > maxPad {
					return &RowError{i, "a text can be padded to 1048576 characters at most"}
				}
				missing := int(max(width, 0)) - utf8.RuneCountInString(s)
				more := ""
				if missing > 0 && fill != "" {
					more = slice(strings.Repeat(fill, missing/utf8.RuneCountInString(fill)+1), 1, int64(missing))
				}
				if left {
					b.data = append(append(b.data, more...), s...)
				} else {
					b.data = append(append(b.data, s...), more...)
				}
				if len(b.data) > maxText {
					return &RowError{i, "the texts of one batch come to more than 2 GiB"}
				}
			}
			b.end()
		}
		return b.to(c.Out)
	}
}

func padFunc(name, doc string, left bool, ex ...Example) *Func {
	return &Func{Name: name, Kind: Scalar, Family: "text", Doc: doc, Overloads: []Overload{
		{Signature: "(s: string, width: int) => string", Costly: true, Fails: true, Kernel: pad(left), Examples: ex[:1]},
		{Signature: "(s: string, width: int, fill: string) => string", Costly: true, Fails: true, Kernel: pad(left), Examples: ex[1:]}}}
}

var padStart = padFunc("pad_start", "The text, filled up at its start to a width in characters.", true,
	Example{Call: "pad_start('7', 3)", Result: "'  7'"}, Example{Call: "pad_start('7', 3, '0')", Result: "'007'"})

var padEnd = padFunc("pad_end", "The text, filled up at its end to a width in characters.", false,
	Example{Call: "pad_end('7', 3)", Result: "'7  '"}, Example{Call: "pad_end('7', 4, 'ab')", Result: "'7aba'"})

var repeat = &Func{Name: "repeat", Kind: Scalar, Family: "text", Doc: "The text so many times over.",
	Overloads: []Overload{{Signature: "(s: string, times: int) => string", Costly: true, Fails: true, Examples: []Example{{Call: "repeat('ab', 3)", Result: "'ababab'"}},
		Kernel: func(c *Call) error {
			b := newText(c.N)
			for i := range c.N {
				if c.Out.Present(i) {
					s, k := c.Args[0].Str(i), max(c.Args[1].Ints[c.Args[1].At(i)], 0)
					if n, ok := mulInt(int64(len(s)), k); !ok || n > maxPad || len(b.data)+int(n) > maxText {
						return &RowError{i, "a repeated text can have 1048576 bytes at most"}
					}
					b.data = append(b.data, strings.Repeat(s, int(k))...)
				}
				b.end()
			}
			return b.to(c.Out)
		}}}}
