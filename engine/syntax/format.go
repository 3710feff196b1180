package syntax

import (
	"strings"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
)

// width is the column that the formatter keeps lines within where the text has a place to break.
const width = 100

// Format lays a program out: two columns of indentation a bracket, one space between tokens, at most one blank line, long
// lines broken before "->" and between entries. Comments and the author's own line breaks stay. The result parses to the same
// tree, and formatting it again changes nothing. A text with syntax errors is not changed; its diagnostics are returned.
func Format(file source.FileID, text string) (string, source.Diagnostics) {
	if _, diags := Parse(file, text); diags.HasErrors() {
		return text, diags
	}
	toks, _ := lex(file, text, 0, len(text), true)
	f := &formatter{text: text}
	for _, line := range f.lines(toks) {
		f.line(line, true)
	}
	return f.out.String(), nil
}

type formatter struct {
	text     string
	out      strings.Builder
	brackets []int // of every open bracket: the indentation of the line that it stands on
	piped    bool  // the current statement or entry has a line that begins with "->"
}

// fline is the tokens of one line of output.
type fline struct {
	toks  []token
	blank bool // a blank line stands before
}

func (f *formatter) lines(toks []token) []fline {
	var out []fline
	var cur fline
	end := 0
	for _, t := range toks {
		if t.kind == tEOF {
			break
		}
		if t.kind == tNewline {
			if len(cur.toks) > 0 {
				out = append(out, cur)
				cur = fline{}
			}
			continue
		}
		if len(cur.toks) == 0 {
			cur.blank = len(out) > 0 && strings.Count(f.text[end:t.start], "\n") > 1
		}
		cur.toks = append(cur.toks, t)
		end = t.end
	}
	if len(cur.toks) > 0 {
		out = append(out, cur)
	}
	return out
}

// line writes one line, broken further if it is too wide.
func (f *formatter) line(l fline, breakable bool) {
	indent := f.indent(l.toks[0])
	text := f.join(l.toks)
	if breakable && 2*indent+utf8.RuneCountInString(text) > width {
		if parts := split(l.toks); len(parts) > 1 {
			for i, part := range parts {
				f.line(fline{toks: part, blank: l.blank && i == 0}, true)
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

// indent is one more than that of the line whose bracket is open; lines that go on with "->" stand one deeper, and those that
// go on with an operator one deeper again.
func (f *formatter) indent(first token) int {
	n := 0
	if k := len(f.brackets); k > 0 {
		n = f.brackets[k-1] + 1
		if closes(first) {
			return n - 1
		}
	}
	switch {
	case first.op("->") || first.op("=>"):
		f.piped = true
		return n + 1
	case infix(first) && !first.op("-"):
		if f.piped {
			return n + 2
		}
		return n + 1
	}
	f.piped = false
	return n
}

func closes(t token) bool { return t.closes() }
func opens(t token) bool  { return t.opens() }

// track keeps the brackets that a line leaves open.
func (f *formatter) track(toks []token, indent int) {
	for _, t := range toks {
		if opens(t) {
			f.brackets = append(f.brackets, indent)
		} else if n := len(f.brackets); closes(t) && n > 0 {
			f.brackets = f.brackets[:n-1]
		}
	}
}

// split breaks a line at the first kind of place that it has: before each "->" outside of brackets, behind an opening brace
// and each of its entries, behind each argument in the outermost bracket, behind "and" or "or".
func split(toks []token) [][]token {
	if parts := breakBefore(toks, func(t token) bool { return t.op("->") }); len(parts) > 1 {
		return parts
	}
	if parts := breakBracket(toks); len(parts) > 1 {
		return parts
	}
	return breakBefore(toks, func(t token) bool { return t.word("and") || t.word("or") })
}

func breakBefore(toks []token, at func(token) bool) [][]token {
	var parts [][]token
	depth, start := 0, 0
	for i, t := range toks {
		if opens(t) {
			depth++
		} else if closes(t) {
			depth--
		}
		if depth == 0 && i > start && at(t) {
			parts = append(parts, toks[start:i])
			start = i
		}
	}
	return append(parts, toks[start:])
}

// breakBracket puts what stands in the line's widest bracket on lines of its own.
func breakBracket(toks []token) [][]token {
	from, to := -1, -1
	for i, depth, start := 0, 0, 0; i < len(toks); i++ {
		switch {
		case opens(toks[i]):
			if depth == 0 {
				start = i
			}
			depth++
		case closes(toks[i]):
			if depth--; depth == 0 && i > start+1 && i-start > to-from {
				from, to = start, i
			}
		}
	}
	if from < 0 {
		return nil
	}
	parts := [][]token{toks[:from+1]}
	depth, start := 0, from+1
	for i := from + 1; i < to; i++ {
		if opens(toks[i]) {
			depth++
		} else if closes(toks[i]) {
			depth--
		}
		if depth == 0 && (toks[i].op(",") && i+1 < to || i+1 < to && toks[i+1].op("|") && toks[from].op("{")) {
			parts = append(parts, toks[start:i+1])
			start = i + 1
		}
	}
	return append(parts, toks[start:to], toks[to:])
}

// join writes tokens with the spaces between them.
func (f *formatter) join(toks []token) string {
	var b strings.Builder
	imports := toks[0].word("import")
	angle := 0
	for i, t := range toks {
		if i > 0 {
			prev := toks[i-1]
			touch := prev.end == t.start
			if t.op("<") && prev.kind == tName && (prev.text == "table" || prev.text == "decimal") && touch {
				angle++
			}
			if space(f.before(toks, i-1), prev, t, touch, imports, angle > 0) {
				b.WriteByte(' ')
			}
			if angle > 0 && t.op(">") {
				angle--
			}
		}
		b.WriteString(strings.TrimRight(f.text[t.start:t.end], " \t\r"))
	}
	return b.String()
}

// before is the token in front of toks[i], or the end of the line before.
func (f *formatter) before(toks []token, i int) token {
	if i > 0 {
		return toks[i-1]
	}
	return token{kind: tNewline}
}

// infix reports whether a token is an operator between two operands wherever an operand stands before it.
func infix(t token) bool {
	if t.kind == tKeyword {
		return t.text == "and" || t.text == "or" || t.text == "in" || t.text == "is"
	}
	if t.kind != tOp {
		return false
	}
	switch t.text {
	case "+", "-", "*", "/", "%", "**", "??", "==", "!=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

func endsOperand(t token) bool {
	switch t.kind {
	case tName, tNumber, tDuration, tString:
		return true
	case tKeyword:
		return t.text == "true" || t.text == "false" || t.text == "none"
	}
	return closes(t)
}

// space decides whether a space stands between prev and t. Where touching has a meaning of its own (calls, members, a sign) or is
// the author's choice (ranges), it stays as it is.
func space(before, prev, t token, touch, imports, angle bool) bool {
	switch {
	case t.kind == tComment || prev.kind == tComment:
		return true
	case imports && !prev.op(",") && !t.op(","):
		return !touch && !prev.op("(") && !t.op(")")
	case t.op(",") || t.op(")") || t.op("]") || t.op(":") || t.op("?"):
		return false
	case prev.op("(") || prev.op("[") || prev.op("@") || prev.op("$"):
		return false
	case prev.op("{") && t.op("}"):
		return false
	case angle:
		return false
	case t.op("(") || t.op("["):
		return !touch || prev.op("{") || prev.op(",") || prev.op(":") || infix(prev)
	case t.op(".") || t.op("?.") || prev.op("..."):
		return !touch
	case prev.op(".") || prev.op("?."):
		return false
	case t.op("..") || t.op("..<") || prev.op("..") || prev.op("..<"):
		return !touch
	case prev.op("-") && !endsOperand(before):
		return false
	case prev.op("-"): // behind an operand: a minus, or the sign of an argument, as in sort -k
		return before.end == prev.start || !touch
	}
	return true
}
