package syntax

import "strings"

// join writes tokens with the spaces between them.
func (f *formatter) join(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 && f.space(toks[i-1], t) {
			b.WriteByte(' ')
		}
		text := f.text[t.start:t.end]
		if t.kind == tComment {
			text = strings.TrimRight(text, " \t\r")
		}
		b.WriteString(text)
	}
	return b.String()
}

// isInfix reports whether a token is an operator between two operands.
func (f *formatter) isInfix(t token) bool {
	return t.level > 0 && t.level != levelRange && t.text != "not" && f.signs[t.start] == 0
}

// space decides whether a space stands between prev and t. Where touching has a meaning of its own (calls, members) or is the author's
// choice (ranges), it stays as it is.
func (f *formatter) space(prev, t token) bool {
	touch := prev.end == t.start
	switch {
	case t.kind == tComment:
		return !prev.op("(") && !prev.op("[")
	case prev.kind == tComment:
		return !t.op(",") && !t.op(")") && !t.op("]")
	case f.signs[prev.start] == asIs || f.signs[t.start] == asIs:
		return !touch
	case t.op(",") || t.op(")") || t.op("]") || t.op(":") || t.op("?"):
		return false
	case prev.op("(") || prev.op("[") || prev.op("@") || prev.op("$"):
		return false
	case prev.op("{") && t.op("}"):
		return false
	case f.signs[prev.start] == tight && !prev.op(">"), f.signs[t.start] == tight && !t.op("-"):
		return false
	case t.op("(") || t.op("["):
		return !touch || prev.op("{") || prev.op(",") || prev.op(":") || prev.op("|") || prev.op("=") || prev.op("=>") || prev.kind == tKeyword || f.isInfix(prev)
	case t.op(".") || t.op("?.") || prev.op("..."):
		return !touch || prev.op("{") || prev.op(",")
	case prev.op(".") || prev.op("?."):
		return false
	case t.op("..") || t.op("..<") || prev.op("..") || prev.op("..<"):
		return !touch || prev.op("{") || prev.op(",") || prev.op(":") || prev.op("|") || t.op("=>") || t.op("{") || t.op("}") || t.op("->") || f.isInfix(prev) || f.isInfix(t)
	}
	return true
}
