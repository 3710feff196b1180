package subset

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// prefixed reads a string with a prefix such as r, b or f; false where the letters are no prefix.
func (s *scanner) prefixed(prefix string) bool {
	switch prefix {
	case "u":
		s.text(false)
	case "r":
		s.text(true)
	case "b", "rb", "br":
		s.text(true)
		last := &s.tokens[len(s.tokens)-1]
		*last = token{kind: alienToken, line: last.line, text: "a bytes literal"}
	case "f":
		s.format(false)
	case "rf", "fr":
		s.format(true)
	default:
		return false
	}
	return true
}

// quote steps over an opening quotation mark and returns it: one, or three.
func (s *scanner) quote() string {
	q := s.source[s.at : s.at+1]
	if strings.HasPrefix(s.source[s.at:], q+q+q) {
		q += q + q
	}
	s.at += len(q)
	return q
}

func (s *scanner) text(raw bool) {
	line := s.line
	q := s.quote()
	value := s.until(func() bool { return strings.HasPrefix(s.source[s.at:], q) }, len(q) == 3, raw)
	s.at += len(q)
	s.tokens = append(s.tokens, token{kind: textToken, line: line, text: value})
}

// until reads the text of a string up to where end says so.
func (s *scanner) until(end func() bool, long, raw bool) string {
	var b strings.Builder
	for {
		if s.at >= len(s.source) {
			refuse(s.line, "a string is not closed")
		}
		if end() {
			return b.String()
		}
		switch c := s.source[s.at]; {
		case c == '\n':
			if !long {
				refuse(s.line, "a string is not closed")
			}
			s.at++
			s.line++
			b.WriteByte('\n')
		case c == '\\' && raw:
			b.WriteByte(c)
			s.at++
			if s.at < len(s.source) && s.source[s.at] != '\n' {
				b.WriteByte(s.source[s.at])
				s.character()
			}
		case c == '\\':
			s.at++
			s.escape(&b)
		default:
			b.WriteByte(c)
			s.character()
		}
	}
}

var escapes = map[byte]byte{'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func (s *scanner) escape(b *strings.Builder) {
	c := s.peek(0)
	s.at++
	if plain, ok := escapes[c]; ok {
		b.WriteByte(plain)
		return
	}
	digits, base := 0, 16
	switch {
	case c == '\n':
		s.line++
		return
	case '0' <= c && c <= '7':
		s.at--
		base = 8
		for digits < 3 && '0' <= s.peek(digits) && s.peek(digits) <= '7' {
			digits++
		}
	case c == 'x':
		digits = 2
	case c == 'u':
		digits = 4
	case c == 'U':
		digits = 8
	default:
		refuse(s.line, "the escape \\%c is not compiled", c)
	}
	if s.at+digits > len(s.source) {
		refuse(s.line, "a string is not closed")
	}
	v, err := strconv.ParseUint(s.source[s.at:s.at+digits], base, 32)
	if err != nil || v > utf8.MaxRune || !utf8.ValidRune(rune(v)) {
		refuse(s.line, "an escape in a string is no character")
	}
	s.at += digits
	b.WriteRune(rune(v))
}

// format reads an f-string, whose braces may hold strings with the same quotation mark.
func (s *scanner) format(raw bool) {
	line := s.line
	q := s.quote()
	t := token{kind: formatToken, line: line}
	literal := ""
	closed := func() bool { return strings.HasPrefix(s.source[s.at:], q) }
	for {
		literal += s.until(func() bool { return closed() || s.peek(0) == '{' || s.peek(0) == '}' }, len(q) == 3, raw)
		if closed() {
			break
		}
		c := s.source[s.at]
		s.at++
		if s.peek(0) == c {
			s.at++
			literal += string(c)
			continue
		}
		if c == '}' {
			refuse(s.line, "an f-string has a single }")
		}
		if raw {
			refuse(s.line, "a raw f-string with values is not compiled")
		}
		t.parts = append(t.parts, piece{text: literal}, s.value(q))
		literal = ""
	}
	t.parts = append(t.parts, piece{text: literal})
	s.at += len(q)
	s.tokens = append(s.tokens, t)
}

// value reads what stands between braces.
func (s *scanner) value(q string) piece {
	inner := &scanner{source: s.source, at: s.at, line: s.line, depth: s.depth + 1, indents: s.indents}
	var p piece
	for {
		if !inner.skipSpace(len(q) == 3) {
			refuse(s.line, "an f-string is not closed")
		}
		c := inner.peek(0)
		if inner.depth == s.depth+1 {
			if c == '}' || c == ':' || c == '!' && inner.peek(1) != '=' {
				break
			}
			if c == '=' && inner.peek(1) != '=' {
				p.alien = "= in an f-string"
				inner.at++
				continue
			}
		}
		inner.token(c)
	}
	s.at, s.line = inner.at, inner.line
	if len(inner.tokens) == 0 {
		refuse(s.line, "an f-string has empty braces")
	}
	p.tokens = append(inner.tokens, token{kind: newline, line: s.line}, token{kind: endOfFile, line: s.line})
	if s.peek(0) == '!' {
		p.alien = "a conversion such as !r in an f-string"
		s.at += 2
	}
	if s.peek(0) == ':' {
		s.at++
		start := s.at
		for s.at < len(s.source) && strings.IndexByte("}\\\n'\"", s.source[s.at]) < 0 {
			if s.source[s.at] == '{' {
				p.alien = "a format within a format"
				s.at++
				s.value(q)
				continue
			}
			s.character()
		}
		p.spec = s.source[start:s.at]
	}
	if s.peek(0) != '}' {
		refuse(s.line, "an f-string has a format that is not understood")
	}
	s.at++
	return p
}

// skipSpace steps over space within braces; false at the end of the source.
func (s *scanner) skipSpace(long bool) bool {
	for s.at < len(s.source) {
		switch c := s.source[s.at]; {
		case c == ' ' || c == '\t':
			s.at++
		case c == '\n':
			if !long {
				refuse(s.line, "a value in an f-string goes over several lines")
			}
			s.at++
			s.line++
		case c == '#' || c == '\\':
			refuse(s.line, "an f-string has a comment or a backslash between its braces")
		default:
			return true
		}
	}
	return false
}
