package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
)

// Width is the column that Format keeps lines within where the text has a place to break.
const Width = 100

// Format lays a program out: two columns of indentation a bracket, one space between tokens, at most one blank line, long
// lines broken before "->" and between entries. Comments and the author's own line breaks stay. The result parses to the same
// tree, and formatting it again changes nothing. A text with syntax errors is not changed; its diagnostics are returned.
func Format(file source.FileID, text string) (string, source.Diagnostics) {
	return FormatWidth(file, text, Width)
}

// FormatWidth is Format for lines of another width.
func FormatWidth(file source.FileID, text string, width int) (string, source.Diagnostics) {
	p := newParser(file, text)
	if p.program(); len(p.diags.list) > 0 {
		return text, p.done()
	}
	toks, _ := lex(file, text, 0, len(text), true)
	f := &formatter{text: text, width: width, signs: p.signs}
	lines := f.lines(toks)
	for i := range lines {
		f.line(lines[i], lines[i+1:])
	}
	return f.out.String(), nil
}

type formatter struct {
	text     string
	width    int
	signs    map[int]sign
	out      strings.Builder
	brackets []int   // of every open bracket: the indentation of the line that it stands on
	outer    []entry // what is being laid out around them
	entry            // what is being laid out in the innermost
	last     token   // of the line before, comments apart
}

// entry is what is known of the statement or entry that lines belong to.
type entry struct {
	piped bool // a line begins with "->"
	cond  int  // one more than the indentation of the line that begins with its "if", or 0
}

// fline is the tokens of one line of output.
type fline struct {
	toks  []token
	blank bool // a blank line stands before
}

// first is the token that a line is laid out by: its first but comments; false where there are only comments.
func (l fline) first() (token, bool) {
	for _, t := range l.toks {
		if t.kind != tComment {
			return t, true
		}
	}
	return token{}, false
}

func (f *formatter) lines(toks []token) []fline {
	var out []fline
	var cur fline
	end := 0
	for _, t := range toks {
		if t.kind == tNewline || t.kind == tEOF {
			if len(cur.toks) > 0 {
				out = append(out, cur)
				cur = fline{}
			}
			continue
		}
		if len(cur.toks) == 0 && len(out) > 0 {
			before := out[len(out)-1].toks
			cur.blank = strings.Count(f.text[end:t.start], "\n") > 1 && !t.closes() && !before[len(before)-1].opens()
		}
		cur.toks = append(cur.toks, t)
		end = t.end
	}
	return out
}

// line writes one line, broken further if it is too wide. What follows tells where a line of comments stands.
func (f *formatter) line(l fline, following []fline) {
	first, code := l.first()
	for i := 0; !code && i < len(following); i++ {
		if first, code = following[i].first(); first.closes() {
			first = token{}
		}
	}
	indent := f.indent(first)
	text := f.join(l.toks)
	if f.tooWide(indent, text) {
		if c := len(l.toks) - 1; c > 0 && l.toks[c].kind == tComment && strings.HasPrefix(l.toks[c].text, "//") {
			if f.above(l, indent) {
				f.line(fline{toks: l.toks[c:], blank: l.blank}, []fline{{toks: l.toks[:c]}})
				f.line(fline{toks: l.toks[:c]}, nil)
				return
			}
		}
		if parts := f.split(l.toks, f.width-2*indent); len(parts) > 1 {
			for i, part := range parts {
				f.line(fline{toks: part, blank: l.blank && i == 0}, nil)
			}
			return
		}
	}
	if l.blank {
		f.out.WriteByte('\n')
	}
	f.out.WriteString(strings.Repeat("  ", indent))
	f.out.WriteString(text)
	f.out.WriteByte('\n')
	f.track(l.toks, indent)
}

// above reports whether the comment at the end of a line goes on a line of its own above it: the comment makes the line too wide, and is
// the only one.
func (f *formatter) above(l fline, indent int) bool {
	for _, t := range l.toks[:len(l.toks)-1] {
		if t.kind == tComment {
			return false
		}
	}
	return true
}

func (f *formatter) tooWide(indent int, text string) bool {
	for i, line := range strings.Split(text, "\n") { // a block comment may have several
		n := utf8.RuneCountInString(line)
		if i == 0 {
			n += 2 * indent
		}
		if n > f.width {
			return true
		}
	}
	return false
}

// indent is one more than that of the line whose bracket is open. Lines that go on with "->" stand one deeper, and so do those behind
// a line that is not complete; those that go on with an operator stand one deeper than the stage that they belong to.
func (f *formatter) indent(first token) int {
	n := 0
	if k := len(f.brackets); k > 0 {
		n = f.brackets[k-1] + 1
		if first.closes() {
			return n - 1
		}
	}
	deeper := n + 1
	if f.piped {
		deeper = n + 2
	}
	switch {
	case first.op("->"):
		return n + 1
	case first.op("=>"):
		return deeper
	case first.kind == tKeyword && first.text == "else" && f.cond > 0:
		return f.cond - 1
	case f.isInfix(first) && !first.op("-"), first.kind == tKeyword && first.text == "else", f.incomplete():
		return deeper
	}
	return n
}

// incomplete reports whether the line before ends in the middle of an expression or of the arguments of a stage.
func (f *formatter) incomplete() bool {
	t := f.last
	if t.op(",") {
		return len(f.brackets) == 0
	}
	return t.op("=") || t.op("=>") || t.op("->") || t.op(":") || f.isInfix(t) || t.word("not") && t.kind == tKeyword
}

// track keeps the brackets that a line leaves open, and what it ends with.
func (f *formatter) track(toks []token, indent int) {
	begun := false
	for _, t := range toks {
		if t.kind == tComment {
			continue
		}
		if !begun && !t.closes() && !(t.kind == tKeyword && t.text == "else") {
			more := f.isInfix(t) || f.incomplete()
			f.entry = entry{piped: t.op("->") || f.piped && more}
			if t.kind == tKeyword && t.text == "if" {
				f.cond = indent + 1
			}
		}
		begun = true
		switch {
		case t.opens():
			f.brackets, f.outer = append(f.brackets, indent), append(f.outer, f.entry)
			f.entry = entry{}
		case t.closes() && len(f.brackets) > 0:
			n := len(f.brackets) - 1
			f.entry, f.brackets, f.outer = f.outer[n], f.brackets[:n], f.outer[:n]
		}
		f.last = t
	}
}
