package foreign

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	end     kind = iota
	word         // a name or a keyword
	number       //
	quoted       // a text, quotes and prefix included
	sign         // anything else, one character, but -> and =>
	newline      // of Python, where a logical line ends
	comment      // of AssemblyScript, where it documents
)

// token is a piece of a text; column is 0 for one that begins a line.
type token struct {
	kind       kind
	text       string
	start, end int
	column     int
}

// split cuts the text into tokens; it is false, with a problem, where brackets or quotes do not match.
func (r *reader) split(python bool) bool {
	var open []token
	lineStart := 0
	for i := 0; i < len(r.text); {
		c, size := utf8.DecodeRuneInString(r.text[i:])
		rest := r.text[i:]
		t := token{start: i, end: i + size, column: i - lineStart}
		switch {
		case c == '\n':
			if python && len(open) == 0 {
				t.kind, t.text = newline, "\n"
				r.tokens = append(r.tokens, t)
			}
			i, lineStart = i+1, i+1
			continue
		case python && c == '\\' && strings.HasPrefix(rest[1:], "\n"):
			i, lineStart = i+2, i+2
			continue
		case unicode.IsSpace(c):
			i += size
			continue
		case python && c == '#', !python && strings.HasPrefix(rest, "//"):
			t.end = i + line(rest)
			if !python {
				t.kind, t.text = comment, r.text[i:t.end]
				r.tokens = append(r.tokens, t)
			}
			i = t.end
			continue
		case !python && strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				r.problem(Unreadable, t, "this comment is not closed", "end it with */")
				return false
			}
			t.end = i + n + 4
			t.kind, t.text = comment, r.text[i:t.end]
			r.tokens = append(r.tokens, t)
			if n := strings.LastIndexByte(t.text, '\n'); n >= 0 {
				lineStart = i + n + 1
			}
			i = t.end
			continue
		case unicode.IsLetter(c) || c == '_' || c == '$':
			n := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '$' })
			if n < 0 {
				n = len(rest)
			}
			if python && n < len(rest) && (rest[n] == '"' || rest[n] == '\'') && n <= 2 && strings.Trim(strings.ToLower(rest[:n]), "rbfut") == "" {
				if t.end = r.quote(i, i+n, true); t.end < 0 {
					return false
				}
				t.kind = quoted
				break
			}
			t.kind, t.end = word, i+n
		case c == '"' || c == '\'' || !python && c == '`':
			if t.end = r.quote(i, i, python); t.end < 0 {
				return false
			}
			t.kind = quoted
		case unicode.IsDigit(c) || c == '.' && len(rest) > 1 && unicode.IsDigit(rune(rest[1])):
			n := 1
			for n < len(rest) && (isNumber(rest[n]) || strings.IndexByte("+-", rest[n]) >= 0 && strings.IndexByte("eE", rest[n-1]) >= 0 && !strings.HasPrefix(rest, "0x")) {
				n++
			}
			t.kind, t.end = number, i+n
		default:
			t.kind = sign
			if strings.HasPrefix(rest, "->") || strings.HasPrefix(rest, "=>") {
				t.end = i + 2
			}
		}
		t.text = r.text[t.start:t.end]
		if t.kind == sign && !r.bracket(&open, t) {
			return false
		}
		if n := strings.LastIndexByte(t.text, '\n'); n >= 0 {
			lineStart = t.start + n + 1
		}
		r.tokens = append(r.tokens, t)
		i = t.end
	}
	if len(open) > 0 {
		t := open[len(open)-1]
		r.problem(Unreadable, t, "this bracket is not closed", "add the closing bracket")
		return false
	}
	return true
}

func (r *reader) bracket(open *[]token, t token) bool {
	switch t.text {
	case "(", "[", "{":
		if len(*open) == maxNested {
			r.problem(Unreadable, t, "there are too many brackets inside each other", "take the function apart")
			return false
		}
		*open = append(*open, t)
	case ")", "]", "}":
		pairs := map[string]string{")": "(", "]": "[", "}": "{"}
		if n := len(*open); n == 0 || (*open)[n-1].text != pairs[t.text] {
			r.problem(Unreadable, t, "this bracket closes none", "remove it, or add the one that it should close")
			return false
		}
		*open = (*open)[:len(*open)-1]
	}
	return true
}

// quote finds the end of a text whose prefix begins at start and whose quotes begin at at; -1, with a problem, if there is none.
func (r *reader) quote(start, at int, python bool) int {
	mark := r.text[at : at+1]
	if three := strings.Repeat(mark, 3); python && strings.HasPrefix(r.text[at:], three) {
		mark = three
	}
	for i := at + len(mark); i < len(r.text); {
		switch {
		case strings.HasPrefix(r.text[i:], mark):
			return i + len(mark)
		case r.text[i] == '\\':
			i += 2
		case r.text[i] == '\n' && len(mark) == 1 && mark != "`":
			i = len(r.text)
		default:
			i++
		}
	}
	r.problem(Unreadable, token{start: start, end: min(at+len(mark), len(r.text))}, "this text is not closed", "end it with "+mark)
	return -1
}

func line(s string) int {
	if n := strings.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

func isNumber(c byte) bool {
	return c == '.' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
