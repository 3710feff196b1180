package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
)

type kind uint8

const (
	tEOF      kind = iota
	tNewline       // one or more line ends
	tComment       // kept for the formatter, never seen by the parser
	tName          // text: the name without backquotes
	tKeyword       // match if else and or not in is true false none
	tNumber        // 300_000, 1.5, 2e-3
	tDuration      // 90d
	tString        // '…' with its prefix
	tOp            // punctuation and operators
	tBad           // reported already
)

type token struct {
	kind       kind
	start, end int
	text       string // tName: the name; others: the source text
	quoted     bool   // a name in backquotes
	match      int    // opening bracket: index of its closing token, or -1
}

// IsReserved reports whether a word of the language has this spelling, so that the name needs backquotes.
func IsReserved(name string) bool { return keywords[name] }

var keywords = map[string]bool{
	"match": true, "if": true, "else": true, "and": true, "or": true, "not": true, "in": true, "is": true,
	"true": true, "false": true, "none": true,
}

var units = map[string]bool{
	"ns": true, "us": true, "ms": true, "s": true, "m": true, "h": true, "d": true, "w": true, "mo": true, "q": true, "y": true,
}

var stringPrefixes = map[string]bool{"f": true, "r": true, "b": true, "d": true, "t": true, "ts": true}

// operators, longest first where one is the start of another.
var operators = []string{
	"..<", "...", "..", "->", "=>", "==", "!=", "<=", ">=", "**", "??", "?.",
	"<", ">", "=", "+", "-", "*", "/", "%", ".", ",", ":", "|", "(", ")", "[", "]", "{", "}", "@", "$", "?", "^", "~",
}

type lexer struct {
	file  source.FileID
	text  string
	i     int
	end   int
	toks  []token
	open  []int // indices of open brackets in toks
	diags source.Diagnostics
}

// lex splits text[start:end] into tokens; offsets are those of the whole text. The last token is tEOF.
func lex(file source.FileID, text string, start, end int) ([]token, source.Diagnostics) {
	l := &lexer{file: file, text: text, i: start, end: end}
	for l.i < l.end {
		l.next()
	}
	l.toks = append(l.toks, token{kind: tEOF, start: l.end, end: l.end})
	return l.toks, l.diags
}

func (l *lexer) span(start, end int) source.Span {
	return source.Span{File: l.file, Start: start, End: end}
}

func (l *lexer) report(code string, start, end int, message, help string) {
	if len(l.diags) < maxDiagnostics {
		l.diags = append(l.diags, source.Diagnostic{
			Code: code, Severity: source.Error, Span: l.span(start, end), Message: message, Help: help,
		})
	}
}

func (l *lexer) add(k kind, start int) *token {
	l.toks = append(l.toks, token{kind: k, start: start, end: l.i, text: l.text[start:l.i], match: -1})
	return &l.toks[len(l.toks)-1]
}

func (l *lexer) next() {
	start := l.i
	c := l.text[l.i]
	switch {
	case c == ' ' || c == '\t' || c == '\r':
		l.i++
	case c == '\n':
		l.i++
		if n := len(l.toks); n == 0 || l.toks[n-1].kind != tNewline {
			l.add(tNewline, start)
		}
	case strings.HasPrefix(l.text[l.i:l.end], "//"):
		if nl := strings.IndexByte(l.text[l.i:l.end], '\n'); nl >= 0 {
			l.i += nl
		} else {
			l.i = l.end
		}
		l.add(tComment, start)
	case strings.HasPrefix(l.text[l.i:l.end], "/*"):
		if n := strings.Index(l.text[l.i+2:l.end], "*/"); n >= 0 {
			l.i += n + 4
		} else {
			l.i = l.end
			l.report("DQL1001", start, start+2, "this comment is never closed", "end it with */")
		}
		l.add(tComment, start)
	case c == '\'':
		l.str(start, "")
	case c == '`':
		l.quotedName(start)
	case c >= '0' && c <= '9':
		l.number(start)
	default:
		l.nameOrOperator(start)
	}
}

func (l *lexer) nameOrOperator(start int) {
	if n := nameLength(l.text[l.i:l.end]); n > 0 {
		l.i += n
		name := l.text[start:l.i]
		if l.i < l.end && l.text[l.i] == '\'' && stringPrefixes[name] {
			l.str(start, name)
			return
		}
		if len(name) > maxName {
			l.report("DQL1002", start, l.i, "this name is too long", "names have at most 1,000 bytes")
		}
		k := tName
		if keywords[name] {
			k = tKeyword
		}
		l.add(k, start)
		return
	}
	for _, op := range operators {
		if strings.HasPrefix(l.text[l.i:l.end], op) {
			l.i += len(op)
			l.add(tOp, start)
			l.bracket(op)
			return
		}
	}
	r, n := utf8.DecodeRuneInString(l.text[l.i:l.end])
	l.i += n
	switch {
	case r == utf8.RuneError && n <= 1:
		l.report("DQL1003", start, l.i, "this byte is not valid UTF-8", "save the text as UTF-8")
	case r == '"' || r == '“' || r == '”' || r == '‘' || r == '’':
		l.report("DQL1004", start, l.i, "strings are written in single quotes", "write 'text'; names with spaces go in `backquotes`")
	case r == ';':
		l.report("DQL1005", start, l.i, "statements end at the end of the line", "leave the semicolon out")
	case unicode.IsSpace(r):
		return
	default:
		l.report("DQL1006", start, l.i, "the character "+string(r)+" has no meaning here", "names with such characters go in `backquotes`")
	}
	l.add(tBad, start)
}

// bracket keeps, for every opening bracket, where it closes. A closing bracket of another kind closes nothing.
func (l *lexer) bracket(op string) {
	at := len(l.toks) - 1
	switch op {
	case "(", "[", "{":
		l.open = append(l.open, at)
	case ")", "]", "}":
		if n := len(l.open); n > 0 && closer[l.toks[l.open[n-1]].text] == op {
			l.toks[l.open[n-1]].match = at
			l.open = l.open[:n-1]
		}
	}
}

var closer = map[string]string{"(": ")", "[": "]", "{": "}"}

func nameLength(s string) int {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return i
		}
	}
	return len(s)
}

func (l *lexer) quotedName(start int) {
	rest := l.text[l.i+1 : l.end]
	n := strings.IndexAny(rest, "`\n")
	if n < 0 || rest[n] == '\n' {
		if n < 0 {
			n = len(rest)
		}
		l.i += 1 + n
		l.report("DQL1007", start, l.i, "this name in backquotes is never closed", "end it with ` on the same line")
		l.add(tBad, start)
		return
	}
	l.i += n + 2
	t := l.add(tName, start)
	t.text, t.quoted = rest[:n], true
	if n == 0 {
		l.report("DQL1008", start, l.i, "this name is empty", "write a name between the backquotes")
	}
}

func (l *lexer) digits() {
	for l.i < l.end && (l.text[l.i] >= '0' && l.text[l.i] <= '9' || l.text[l.i] == '_') {
		l.i++
	}
}

func (l *lexer) digitAt(i int) bool { return i < l.end && l.text[i] >= '0' && l.text[i] <= '9' }

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
	n := nameLength(l.text[l.i:l.end])
	if n == 0 {
		l.add(tNumber, start)
		return
	}
	unit := l.text[l.i : l.i+n]
	l.i += n
	switch {
	case !units[unit]:
		l.report("DQL1009", start, l.i, "'"+clip(unit)+"' is no unit of time", "durations end in ns us ms s m h d w mo q or y; names do not begin with a digit")
		l.add(tBad, start)
	case fraction:
		l.report("DQL1010", start, l.i, "a duration needs a whole number", "write 90m for one and a half hours")
		l.add(tBad, start)
	default:
		l.add(tDuration, start)
	}
}

// str reads a quoted string with its prefix; in f-strings, ${…} may hold strings of its own.
func (l *lexer) str(start int, prefix string) {
	l.i++ // the quote
	for l.i < l.end {
		switch c := l.text[l.i]; {
		case c == '\'':
			l.i++
			l.add(tString, start)
			return
		case c == '\n':
			l.unclosed(start)
			return
		case c == '\\' && prefix != "r" && l.i+1 < l.end && l.text[l.i+1] != '\n':
			_, n := utf8.DecodeRuneInString(l.text[l.i+1 : l.end])
			l.i += 1 + n
		case prefix == "f" && c == '$' && l.i+1 < l.end && l.text[l.i+1] == '{':
			l.i = interpolationEnd(l.text, l.i+2, l.end)
		default:
			l.i++
		}
	}
	l.unclosed(start)
}

func (l *lexer) unclosed(start int) {
	l.report("DQL1011", start, l.i, "this string is never closed", "end it with ' on the same line; a line break inside is written \\n")
	l.add(tBad, start)
}

// interpolationEnd returns the offset behind the "}" that closes an interpolation, or the first line end.
func interpolationEnd(text string, i, end int) int {
	depth := 1
	quoted := false
	for ; i < end && text[i] != '\n'; i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return min(i, end)
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
