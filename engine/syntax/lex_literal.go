package syntax

import (
	"strings"
	"unicode/utf8"
)

func (l *lexer) digits() {
	for l.i < l.end && (l.text[l.i] >= '0' && l.text[l.i] <= '9' || l.text[l.i] == '_') {
		l.i++
	}
}

func (l *lexer) digitAt(i int) bool { return i < l.end && l.text[i] >= '0' && l.text[i] <= '9' }

// number reads 300_000, 1.5, 2e-3 and, with a unit, 90d.
func (l *lexer) number(start int) {
	l.digits()
	fraction := false
	if l.i < l.end && l.text[l.i] == '.' && l.digitAt(l.i+1) {
		fraction = true
		l.i++
		l.digits()
	}
	if l.i < l.end && (l.text[l.i] == 'e' || l.text[l.i] == 'E') {
		j := l.i + 1
		if j < l.end && (l.text[j] == '+' || l.text[j] == '-') {
			j++
		}
		if l.digitAt(j) {
			fraction = true
			l.i = j
			l.digits()
		}
	}
	if l.i-start > maxNumber {
		l.report(errLongNumber, start, l.i)
		l.add(tBad, start)
		return
	}
	n := nameLength(l.text[l.i:l.end])
	if n == 0 {
		l.add(tNumber, start)
		return
	}
	unit := l.text[l.i : l.i+n]
	l.i += n
	switch {
	case !isUnit(unit):
		m := errUnit
		m.text = "'" + clip(unit) + "' is no unit of time"
		l.report(m, start, l.i)
		l.add(tBad, start)
	case fraction:
		l.report(errFractionUnit, start, l.i)
		l.add(tBad, start)
	default:
		l.add(tDuration, start)
	}
}

// str reads a quoted string with its prefix; in f-strings, ${…} may hold strings of its own.
func (l *lexer) str(start int, prefix string) {
	end, ok := stringEnd(l.text[:l.end], l.i+1, prefix)
	l.i = end
	if !ok {
		l.report(errOpenString, start, l.i)
		l.add(tBad, start)
		return
	}
	l.add(tString, start)
}

// stringEnd returns the offset behind the quote that closes a string whose body begins at i, or false with that of the end of the
// line. It keeps a stack, not Go's, of the f-strings and braces that are open, so that depth costs memory only.
func stringEnd(text string, i int, prefix string) (int, bool) {
	const brace = "{" // an open brace of an interpolation; the other entries are prefixes of strings
	stack := []string{prefix}
	for i < len(text) && text[i] != '\n' {
		c, top := text[i], stack[len(stack)-1]
		switch {
		case top == brace && c == '\'':
			stack = append(stack, prefixBefore(text, i))
		case top == brace && c == '`':
			n := strings.IndexAny(text[i+1:], "`\n")
			if n < 0 || text[i+1+n] == '\n' {
				return lineEnd(text, i), false
			}
			i += n + 1
		case top == brace && c == '{':
			stack = append(stack, brace)
		case top == brace && c == '}':
			stack = stack[:len(stack)-1]
		case top == brace:
		case c == '\'':
			if stack = stack[:len(stack)-1]; len(stack) == 0 {
				return i + 1, true
			}
		case c == '\\' && top != "r" && i+1 < len(text) && text[i+1] != '\n':
			_, n := utf8.DecodeRuneInString(text[i+1:])
			i += n
		case c == '$' && top == "f" && i+1 < len(text) && text[i+1] == '{':
			stack = append(stack, brace)
			i++
		}
		i++
	}
	return i, false
}

// prefixBefore is the prefix of the string whose quote stands at i.
func prefixBefore(text string, i int) string {
	j := i
	for j > 0 && i-j < 3 && (isNameByte[text[j-1]] || text[j-1] >= '0' && text[j-1] <= '9') {
		j--
	}
	if isStringPrefix(text[j:i]) {
		return text[j:i]
	}
	return ""
}

func lineEnd(text string, i int) int {
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}

// interpolationEnd returns the offset behind the "}" that closes an interpolation whose expression begins at i; the lexer has seen to it
// that there is one.
func interpolationEnd(text string, i int) int {
	for depth := 1; i < len(text); i++ {
		switch text[i] {
		case '\'':
			end, _ := stringEnd(text, i+1, prefixBefore(text, i))
			i = end - 1
		case '`':
			if n := strings.IndexByte(text[i+1:], '`'); n >= 0 {
				i += n + 1
			}
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
