package assist

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// marker takes the place of the word at the cursor.
const marker = "cursor__here"

// cursor is a place where something is being typed.
type cursor struct {
	replace source.Span // the word there; empty between words
	prefix  string      // of the word, left of the cursor
	inText  bool        // inside a string
	before  string      // the text of the statement up to the word
	path    []syntax.Node
	known   *known // of the module with the marker in it
	text    string // with the marker
}

// aim finds out what is at a position; nil where nothing can be completed: in a comment, or in a number.
func (m *Module) aim(ctx context.Context, at Position) (*cursor, error) {
	c := m.word(at)
	if c == nil {
		return nil, nil
	}
	text := m.texts[at.File]
	for _, attempt := range c.attempts(text) {
		p := parse(at.File, attempt)
		offset := strings.Index(attempt, marker)
		c.path, c.text = syntax.Path(p.prog, offset), attempt
		if !c.reached() {
			continue
		}
		texts := append([]parsed{}, m.parsed...)
		texts[at.File] = p
		focus := []source.FileID{at.File}
		if m.latest() == nil || slices.ContainsFunc(c.path, func(n syntax.Node) bool { _, lambda := n.(*syntax.Lambda); return lambda }) {
			focus = nil // a function is known by its calls, which may be anywhere
		}
		var err error
		c.known, err = m.look(ctx, texts, focus...)
		if focus == nil && err == nil {
			m.keep(c.known)
		}
		return c, err
	}
	c.path = nil
	var err error
	c.known, err = m.observe(ctx)
	return c, err
}

// reached reports whether the path ends at the marker.
func (c *cursor) reached() bool {
	if len(c.path) == 0 {
		return false
	}
	switch n := c.path[len(c.path)-1].(type) {
	case *syntax.Bad, *syntax.Bind, *syntax.ExprStmt:
		return false
	case *syntax.String:
		return strings.Contains(n.Value, marker)
	}
	return true
}

// word finds the word at a position.
func (m *Module) word(at Position) *cursor {
	text := m.texts[at.File]
	c := &cursor{replace: source.Span{File: at.File, Start: at.Offset, End: at.Offset}}
	for _, t := range syntax.Tokens(text) {
		if t.Start >= at.Offset || t.End < at.Offset {
			continue
		}
		touches := t.End == at.Offset
		switch t.Kind {
		case syntax.CommentToken:
			if !touches || strings.HasPrefix(t.Text, "//") {
				return nil
			}
		case syntax.NumberToken:
			if touches {
				return nil
			}
		case syntax.NameToken, syntax.KeywordToken:
			c.replace.Start, c.replace.End = t.Start, t.End
		case syntax.StringToken, syntax.BadToken:
			if !c.inside(text, t, at.Offset) {
				return nil
			}
		}
	}
	c.prefix = strings.TrimLeft(text[c.replace.Start:at.Offset], "`")
	c.before = text[statementStart(text, c.replace.Start):c.replace.Start]
	return c
}

// inside finds the word in a string: the whole of it, or in the braces of an f-string. It is false for a literal of another type.
func (c *cursor) inside(text string, t syntax.Token, at int) bool {
	q := strings.IndexByte(text[t.Start:t.End], '\'')
	if q < 0 {
		return t.Kind != syntax.StringToken
	}
	open := t.Start + q + 1
	if at < open || t.Kind == syntax.StringToken && at == t.End {
		return at < open || at == t.End
	}
	prefix := text[t.Start : open-1]
	if prefix == "f" {
		dollar := strings.LastIndex(text[open:at], "${")
		if dollar < 0 || strings.Contains(text[open+dollar:at], "}") {
			return false
		}
		c.replace.Start = at - len(nameBefore(text[open:at]))
		c.replace.End = at + len(nameAfter(text[at:]))
		return true
	}
	if prefix != "" && prefix != "r" {
		return false
	}
	c.inText = true
	c.replace.Start, c.replace.End = open, max(at, t.End-1)
	if t.Kind == syntax.BadToken { // not closed yet: up to the cursor
		c.replace.End = at
	}
	return true
}

func nameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func nameBefore(s string) string {
	i := len(s)
	for i > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if !nameRune(r) {
			break
		}
		i -= n
	}
	return s[i:]
}

func nameAfter(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return !nameRune(r) }); i >= 0 {
		return s[:i]
	}
	return s
}

// attempts are texts with the marker, from the text as it stands to less and less of what follows the cursor: brackets that are
// not closed yet, and half a statement before the cursor, would hide it from the parser.
func (c *cursor) attempts(text string) []string {
	head, tail := text[:c.replace.Start], text[c.replace.End:]
	word := marker
	if c.inText && !strings.HasPrefix(tail, "'") {
		word += "'"
	}
	if r, _ := utf8.DecodeRuneInString(tail); !c.inText && nameRune(r) {
		word += " "
	}
	closers, lastArrow := c.open()
	rest := ""
	if i := strings.IndexByte(tail, '\n'); i >= 0 {
		rest = tail[i:]
	}
	out := []string{
		head + word + tail,
		head + word + closers + tail,
		head + word + closers + rest,
		head + word + closers,
	}
	if start := len(head) - len(c.before); lastArrow >= 0 && !c.inText {
		arrow := start + lastArrow
		shorter := cursor{before: text[start:arrow]}
		closers, _ := shorter.open()
		out = append(out, text[:arrow]+"-> filter "+marker+closers)
	}
	return out
}

// open is what closes the brackets that are open before the word, and where the last arrow before it is, or -1.
func (c *cursor) open() (closers string, lastArrow int) {
	lastArrow = -1
	for _, t := range syntax.Tokens(c.before) {
		switch t.Text {
		case "(":
			closers = ")" + closers
		case "[":
			closers = "]" + closers
		case "{":
			closers = "}" + closers
		case ")", "]", "}":
			closers = strings.TrimPrefix(closers, t.Text)
		case "->":
			lastArrow = t.Start
		}
	}
	return closers, lastArrow
}

// statementStart is the start of the line that a statement around an offset most likely begins on: the nearest one above whose text begins
// at its very start with what begins a statement.
func statementStart(text string, offset int) int {
	for {
		start := strings.LastIndexByte(text[:offset], '\n') + 1
		line := text[start:]
		if r, _ := utf8.DecodeRuneInString(line); start == 0 || nameRune(r) || r == '`' || r == '@' || r == '[' || r == '{' {
			return start
		}
		offset = start - 1
	}
}
