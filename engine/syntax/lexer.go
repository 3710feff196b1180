package syntax

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
)

type lexer struct {
	file     source.FileID
	text     string
	i        int
	end      int
	comments bool // keep them
	toks     []token
	open     []int32     // indices of open brackets in toks
	count    [3]int      // how many of ( [ { are open
	diags    diagnostics //
}

// lex splits text[start:end] into tokens; offsets are those of the whole text. The last token is tEOF.
func lex(file source.FileID, text string, start, end int, comments bool) ([]token, source.Diagnostics) {
	l := &lexer{file: file, text: text, i: start, end: end, comments: comments}
	l.toks = make([]token, 0, (end-start)/4+8)
	if start == 0 && strings.HasPrefix(text, "\ufeff") {
		l.i = len("\ufeff")
	}
	for l.i < l.end {
		l.next()
	}
	l.toks = append(l.toks, token{kind: tEOF, start: l.end, end: l.end, match: -1})
	return l.toks, l.diags.list
}

func (l *lexer) span(start, end int) source.Span {
	return source.Span{File: l.file, Start: start, End: end}
}

func (l *lexer) report(m message, start, end int) { l.diags.add(m, l.span(start, end)) }

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
	case isNameByte[c]:
		l.name(start)
	case c == '/' && l.i+1 < l.end && (l.text[l.i+1] == '/' || l.text[l.i+1] == '*'):
		l.comment(start)
	case c == '\'':
		l.str(start, "")
	case c == '`':
		l.quotedName(start)
	case c >= '0' && c <= '9':
		l.number(start)
	default:
		if n := operatorLength(l.text[l.i:l.end]); n > 0 {
			l.i += n
			t := l.add(tOp, start)
			t.level = levelOf(t.text)
			if n == 1 {
				l.bracket(c)
			}
			return
		}
		if nameLength(l.text[l.i:l.end]) > 0 {
			l.name(start)
			return
		}
		l.stray(start)
	}
}

func (l *lexer) comment(start int) {
	rest := l.text[l.i:l.end]
	if rest[1] == '/' {
		if nl := strings.IndexByte(rest, '\n'); nl >= 0 {
			l.i += nl
		} else {
			l.i = l.end
		}
	} else if n := strings.Index(rest[2:], "*/"); n >= 0 {
		l.i += n + 4
	} else {
		l.i = l.end
		l.report(errOpenComment, start, start+2)
	}
	if l.comments {
		l.add(tComment, start)
	}
}

func (l *lexer) name(start int) {
	l.i += nameLength(l.text[l.i:l.end])
	name := l.text[start:l.i]
	if l.i < l.end && l.text[l.i] == '\'' && isStringPrefix(name) {
		l.str(start, name)
		return
	}
	if len(name) > maxName {
		l.report(errLongName, start, l.i)
		l.add(tBad, start)
		return
	}
	if isKeyword(name) {
		l.add(tKeyword, start).level = levelOf(name)
		return
	}
	l.add(tName, start)
}

// stray reports a character that begins nothing.
func (l *lexer) stray(start int) {
	r, n := utf8.DecodeRuneInString(l.text[l.i:l.end])
	l.i += n
	switch {
	case unicode.IsSpace(r):
		return
	case r == '"' || r == '“' || r == '”' || r == '‘' || r == '’':
		l.report(errQuotes, start, l.i)
		l.skipString(r)
	case r == ';':
		l.report(errSemicolon, start, l.i)
	case r == '#': // a comment elsewhere
		l.report(errCharacter, start, l.i)
		l.i = lineEnd(l.text[:l.end], l.i)
	default:
		m := errCharacter
		m.text = "the character " + string(r) + " has no meaning here"
		if !unicode.IsPrint(r) {
			m.text = fmt.Sprintf("the invisible character U+%04X has no meaning here", r)
			m.help = "delete it; inside strings it can be written as an escape"
		}
		l.report(m, start, l.i)
	}
	l.add(tBad, start)
}

// skipString goes behind a string in other quotes than single ones, if it ends on its line.
func (l *lexer) skipString(quote rune) {
	line := l.text[l.i:lineEnd(l.text[:l.end], l.i)]
	ends := "“”"
	switch quote {
	case '"':
		ends = `"`
	case '‘', '’':
		ends = "‘’"
	}
	if n := strings.IndexAny(line, ends); n >= 0 {
		_, size := utf8.DecodeRuneInString(line[n:])
		l.i += n + size
	}
}

// IsReserved reports whether a word of the language has this spelling, so that the name needs backquotes.
func IsReserved(name string) bool { return isKeyword(name) }

// bracket pairs brackets. One that closes leaves those unpaired that were opened behind its partner; without a partner it
// closes nothing.
func (l *lexer) bracket(c byte) {
	at := int32(len(l.toks) - 1)
	switch c {
	case '(', '[', '{':
		l.open = append(l.open, at)
		l.count[bracketKind(c)]++
	case ')', ']', '}':
		k := bracketKind(c)
		if l.count[k] == 0 {
			return
		}
		for {
			n := len(l.open) - 1
			o := l.open[n]
			l.open = l.open[:n]
			ok := bracketKind(l.toks[o].text[0])
			l.count[ok]--
			if ok == k {
				l.toks[o].match, l.toks[at].match = at, o
				return
			}
		}
	}
}

func bracketKind(c byte) int {
	switch c {
	case '(', ')':
		return 0
	case '[', ']':
		return 1
	}
	return 2
}

// isNameByte holds for the ASCII bytes that a name can begin with.
var isNameByte = func() (is [256]bool) {
	for c := range is {
		is[c] = c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return is
}()

func nameLength(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isNameByte[c] && (c < '0' || c > '9' || i == 0) {
			if c < utf8.RuneSelf {
				return i
			}
			return i + wideNameLength(s[i:], i == 0)
		}
	}
	return len(s)
}

func wideNameLength(s string, first bool) int {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 && first || !unicode.IsDigit(r) && !unicode.IsMark(r)) {
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
		l.report(errOpenName, start, l.i)
		l.add(tBad, start)
		return
	}
	l.i += n + 2
	switch {
	case n == 0:
		l.report(errEmptyName, start, l.i)
		l.add(tBad, start)
	case n > maxName:
		l.report(errLongName, start, l.i)
		l.add(tBad, start)
	default:
		t := l.add(tName, start)
		t.text, t.quoted = rest[:n], true
	}
}
