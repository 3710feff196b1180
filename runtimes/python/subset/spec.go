package subset

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// spec is a format of Python's format(): [[fill]align][sign][0][width][,][.precision][type].
type spec struct {
	fill      string
	align     byte // < > ^, 0 where none is given
	plus      byte // + or a space, 0 for - alone
	zero      bool
	width     int
	comma     bool
	precision int // -1 for none
	verb      byte
}

// parseSpec reads a format for values of type t. What it does not know, or is not sure of, it refuses with a sentence.
func parseSpec(s string, t typ) (spec, string) {
	f := spec{fill: " ", precision: -1}
	if t.kind == unseen {
		return f, ""
	}
	if s == "" {
		if t.kind == number {
			return f, "the text of " + t.String() + " is not compiled"
		}
		return f, ""
	}
	refused := "the format " + strconv.Quote(s) + " of " + t.String() + " is not compiled"
	rest := s
	if r, n := utf8.DecodeRuneInString(rest); n < len(rest) && strings.IndexByte("<>^", rest[n]) >= 0 {
		f.fill, f.align, rest = string(r), rest[n], rest[n+1:]
	} else if strings.IndexByte("<>^", rest[0]) >= 0 {
		f.align, rest = rest[0], rest[1:]
	}
	take := func(c byte) bool {
		if rest != "" && rest[0] == c {
			rest = rest[1:]
			return true
		}
		return false
	}
	number := func() (int, bool) {
		n := 0
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
		v, err := strconv.Atoi(rest[:n])
		rest = rest[n:]
		return v, err == nil && v <= 100
	}
	if take('+') {
		f.plus = '+'
	} else if take(' ') {
		f.plus = ' '
	} else {
		take('-')
	}
	f.zero = take('0')
	if rest != "" && isDigit(rest[0]) {
		var ok bool
		if f.width, ok = number(); !ok {
			return f, refused
		}
	}
	f.comma = take(',')
	if take('.') {
		var ok bool
		if f.precision, ok = number(); !ok {
			return f, refused
		}
	}
	if len(rest) == 1 {
		f.verb, rest = rest[0], ""
	}
	if rest != "" || f.zero && (f.align != 0 || f.comma) || !f.fits(t) {
		return f, refused
	}
	return f, ""
}

// fits reports whether the parts of a format go together for a type.
func (f *spec) fits(t typ) bool {
	real := f.verb == 'f' || f.verb == '%' || f.verb == 'e' && !f.comma
	switch t.kind {
	case text:
		return (f.verb == 0 || f.verb == 's') && f.plus == 0 && !f.zero && !f.comma
	case integer:
		return real || f.precision < 0 && (f.verb == 0 || f.verb == 'd' || !f.comma && strings.IndexByte("xXbo", f.verb) >= 0)
	case float:
		return real || f.verb == 0 && f.precision < 0 && !f.comma
	case number:
		return real
	}
	return false
}

// real formats a float; false where it is not finite, which has rules of its own.
func (f *spec) real(v float64) (string, bool) {
	precision := f.precision
	if precision < 0 {
		precision = 6
	}
	verb := f.verb
	if verb == '%' {
		v *= 100
		verb = 'f'
	}
	if v-v != 0 {
		return "", false
	}
	s := ""
	if verb == 0 {
		s = floatText(v)
	} else {
		s = strconv.FormatFloat(v, verb, precision, 64)
	}
	if f.verb == '%' {
		s += "%"
	}
	return f.number(s), true
}

func (f *spec) whole(v int64) string {
	base := map[byte]int{0: 10, 'd': 10, 'x': 16, 'X': 16, 'b': 2, 'o': 8}[f.verb]
	s := strconv.FormatInt(v, base)
	if f.verb == 'X' {
		s = strings.ToUpper(s)
	}
	return f.number(s)
}

// number adds sign, commas and padding to digits.
func (f *spec) number(s string) string {
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	} else if f.plus != 0 {
		sign = string(f.plus)
	}
	if f.comma {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		for i := n - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
	}
	if missing := f.width - len(sign) - len(s); f.zero && missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	return f.pad(sign+s, '>')
}

func (f *spec) text(s string) string {
	if f.precision >= 0 {
		n := 0
		for i := range s {
			if n == f.precision {
				s = s[:i]
				break
			}
			n++
		}
	}
	return f.pad(s, '<')
}

func (f *spec) pad(s string, usual byte) string {
	missing := f.width - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	align := f.align
	if align == 0 {
		align = usual
	}
	switch align {
	case '<':
		return s + strings.Repeat(f.fill, missing)
	case '>':
		return strings.Repeat(f.fill, missing) + s
	}
	return strings.Repeat(f.fill, missing/2) + s + strings.Repeat(f.fill, missing-missing/2)
}

// floatText is repr of a float: the shortest digits that give the same float again.
func floatText(v float64) string {
	switch {
	case v != v:
		return "nan"
	case v-v != 0:
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+"))
	}
	e := strconv.FormatFloat(v, 'e', -1, 64)
	exponent, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
	if exponent < -4 || exponent >= 16 {
		return e
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if strings.IndexByte(s, '.') < 0 {
		s += ".0"
	}
	return s
}
