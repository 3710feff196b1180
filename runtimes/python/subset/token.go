package subset

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	endOfFile tokenKind = iota
	newline             // the end of a statement
	indent
	dedent
	identifier // keywords too
	operator
	intToken
	floatToken
	textToken
	formatToken // an f-string
	alienToken  // what only CPython knows: bytes, imaginary and very long numbers
)

type token struct {
	kind  tokenKind
	line  int
	text  string // of names and operators; the value of textToken; of alienToken what it is
	whole int64
	real  float64
	parts []piece // of formatToken
}

// piece of an f-string: text, or a value in braces.
type piece struct {
	text   string
	tokens []token // nil for text
	spec   string
	alien  string // what in it only CPython knows
}

// scanner makes tokens of source as CPython's tokenizer does, and refuses what it is not sure of.
type scanner struct {
	source   string
	at, line int
	depth    int // of brackets
	indents  []int
	tokens   []token
}

// scan returns the tokens of a module; a Reason is panicked where there is something that is not understood.
func scan(source string) []token {
	if !utf8.ValidString(source) {
		refuse(1, "the source is not UTF-8")
	}
	s := &scanner{source: strings.ReplaceAll(source, "\r\n", "\n"), line: 1, indents: []int{0}}
	for s.lineStart() {
		for s.next() {
		}
	}
	if n := len(s.tokens); n > 0 && s.tokens[n-1].kind != newline {
		s.add(token{kind: newline})
	}
	for range s.indents[1:] {
		s.add(token{kind: dedent})
	}
	s.add(token{kind: endOfFile})
	return s.tokens
}

func (s *scanner) add(t token) {
	t.line = s.line
	s.tokens = append(s.tokens, t)
}

func (s *scanner) peek(ahead int) byte {
	if s.at+ahead < len(s.source) {
		return s.source[s.at+ahead]
	}
	return 0
}

// lineStart measures the indentation of the next line that is not blank; false at the end.
func (s *scanner) lineStart() bool {
	for s.at < len(s.source) {
		start := s.at
		for s.peek(0) == ' ' {
			s.at++
		}
		switch s.peek(0) {
		case '\n':
			s.at++
			s.line++
			continue
		case '#':
			s.comment()
			continue
		case '\t', '\f':
			refuse(s.line, "a line begins with a tab; only spaces are compiled")
		case 0:
			if s.at >= len(s.source) {
				return false
			}
		}
		width := s.at - start
		if width > s.indents[len(s.indents)-1] {
			if len(s.indents) > maxDepth {
				refuse(s.line, "blocks are nested too deeply")
			}
			s.indents = append(s.indents, width)
			s.add(token{kind: indent})
		}
		for width < s.indents[len(s.indents)-1] {
			s.indents = s.indents[:len(s.indents)-1]
			s.add(token{kind: dedent})
		}
		if width != s.indents[len(s.indents)-1] {
			refuse(s.line, "the indentation fits no block")
		}
		return true
	}
	return false
}

func (s *scanner) comment() {
	for s.at < len(s.source) && s.source[s.at] != '\n' {
		s.character()
	}
}

// character steps over one character that may stand in a comment or a string.
func (s *scanner) character() {
	if c := s.source[s.at]; c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
		refuse(s.line, "there is a control character in the source")
	}
	s.at++
}

// next adds a token; false at the end of the logical line or of the source.
func (s *scanner) next() bool {
	for s.at < len(s.source) {
		switch c := s.source[s.at]; {
		case c == ' ' || c == '\t':
			s.at++
		case c == '#':
			s.comment()
		case c == '\\' && s.peek(1) == '\n':
			s.at += 2
			s.line++
		case c == '\n':
			s.at++
			if s.depth == 0 {
				s.add(token{kind: newline})
				s.line++
				return false
			}
			s.line++
		default:
			s.token(c)
			return true
		}
	}
	if s.depth > 0 {
		refuse(s.line, "a bracket is not closed")
	}
	return false
}

func (s *scanner) token(c byte) {
	switch {
	case isLetter(c):
		start := s.at
		for isLetter(s.peek(0)) || isDigit(s.peek(0)) {
			s.at++
		}
		word := s.source[start:s.at]
		if q := s.peek(0); (q == '"' || q == '\'') && len(word) <= 2 {
			if s.prefixed(strings.ToLower(word)) {
				return
			}
		}
		if s.peek(0) >= 0x80 {
			refuse(s.line, "a name has letters beyond ASCII")
		}
		s.add(token{kind: identifier, text: word})
	case isDigit(c) || c == '.' && isDigit(s.peek(1)):
		s.number()
	case c == '"' || c == '\'':
		s.text(false)
	default:
		s.operator()
	}
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

var operators = []string{"**=", "//=", ">>=", "<<=", "...", "!=", "==", "<=", ">=", "->", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", ":=",
	"**", "//", "<<", ">>", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "="}

func (s *scanner) operator() {
	for _, op := range operators {
		if !strings.HasPrefix(s.source[s.at:], op) {
			continue
		}
		s.at += len(op)
		switch op {
		case "(", "[", "{":
			if s.depth++; s.depth > maxDepth {
				refuse(s.line, "brackets are nested too deeply")
			}
		case ")", "]", "}":
			if s.depth--; s.depth < 0 {
				refuse(s.line, "a bracket is closed that was not opened")
			}
		}
		s.add(token{kind: operator, text: op})
		return
	}
	r, _ := utf8.DecodeRuneInString(s.source[s.at:])
	refuse(s.line, "%q is no Python", r)
}

func (s *scanner) number() {
	start, base := s.at, 10
	digits := func(ok func(byte) bool) {
		for ok(s.peek(0)) || s.peek(0) == '_' && ok(s.peek(1)) {
			s.at++
		}
	}
	if s.peek(0) == '0' {
		switch s.peek(1) | 0x20 {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
	}
	real := false
	if base != 10 {
		s.at += 2
		digits(func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' })
	} else {
		digits(isDigit)
		if s.peek(0) == '.' {
			real = true
			s.at++
			if isDigit(s.peek(0)) {
				digits(isDigit)
			}
		}
		if e := s.peek(0); e == 'e' || e == 'E' {
			n := 1
			if c := s.peek(1); c == '+' || c == '-' {
				n = 2
			}
			if isDigit(s.peek(n)) {
				real = true
				s.at += n
				digits(isDigit)
			}
		}
	}
	literal := strings.ReplaceAll(s.source[start:s.at], "_", "")
	if base == 10 && (s.peek(0) == 'j' || s.peek(0) == 'J') {
		s.at++
		s.add(token{kind: alienToken, text: "a complex number"})
		return
	}
	if c := s.peek(0); isLetter(c) || isDigit(c) || c >= 0x80 {
		refuse(s.line, "a number runs into what follows it")
	}
	if real {
		// A literal beyond the range is infinity here and there.
		v, err := strconv.ParseFloat(literal, 64)
		if err != nil && !math.IsInf(v, 0) {
			refuse(s.line, "%s is no number", literal)
		}
		s.add(token{kind: floatToken, real: v})
		return
	}
	if base != 10 {
		literal = literal[2:]
	} else if strings.Trim(literal, "0") != "" && literal[0] == '0' {
		refuse(s.line, "a number begins with 0")
	}
	v, ok := new(big.Int).SetString(literal, base)
	switch {
	case !ok:
		refuse(s.line, "%s is no number", literal)
	case !v.IsInt64():
		s.add(token{kind: alienToken, text: "an int of more than 64 bits"})
	default:
		s.add(token{kind: intToken, whole: v.Int64()})
	}
}
