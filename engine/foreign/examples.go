package foreign

import (
	"strings"
)

// documented parts a documentation from its examples: a line ">>> f(1, 2)" and the result below it, as Python's doctest has them. Only
// examples of literals are taken, because those mean the same in DreamQL.
func documented(doc, name string, l Language) (string, []Example) {
	var text []string
	var examples []Example
	lines := strings.Split(dedent(doc), "\n")
	for i := 0; i < len(lines); i++ {
		call, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), ">>> ")
		if !ok {
			text = append(text, lines[i])
			continue
		}
		var result []string
		for i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" && !strings.HasPrefix(strings.TrimSpace(lines[i+1]), ">>>") {
			i++
			result = append(result, strings.TrimSpace(lines[i]))
		}
		if e, ok := example(call, strings.Join(result, " "), name, l); ok {
			examples = append(examples, e)
		}
	}
	out := strings.TrimSpace(strings.Join(text, "\n"))
	for strings.Contains(out, "\n\n\n") {
		out = strings.ReplaceAll(out, "\n\n\n", "\n\n")
	}
	return out, examples
}

// dedent removes the margin that all lines but the first share.
func dedent(doc string) string {
	lines := strings.Split(strings.ReplaceAll(doc, "\t", "    "), "\n")
	margin := -1
	for _, l := range lines[1:] {
		if n := len(l) - len(strings.TrimLeft(l, " ")); n < len(l) && (margin < 0 || n < margin) {
			margin = n
		}
	}
	for i := range lines {
		if i > 0 && margin > 0 && len(lines[i]) >= margin {
			lines[i] = lines[i][margin:]
		}
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// Documented parts the documentation of a function in DreamQL from its examples.
func Documented(doc string) (string, []Example) { return documented(doc, "", "") }

func example(call, result, name string, l Language) (Example, bool) {
	if l == "" {
		return Example{call, result}, result != ""
	}
	c, ok := literals(call, name, l)
	if !ok || !strings.HasPrefix(c, name+"(") {
		return Example{}, false
	}
	if result == "" { // doctest shows nothing for None
		return Example{c, "none"}, true
	}
	r, ok := literals(result, "", l)
	return Example{c, r}, ok
}

// words are the literals that are words, as DreamQL has them.
var words = map[Language]map[string]string{
	Python:         {"True": "true", "False": "false", "None": "none", "nan": "nan"},
	AssemblyScript: {"true": "true", "false": "false", "null": "none", "NaN": "nan"},
}

// literals writes an expression of literals, and of calls of one function, as DreamQL.
func literals(text, name string, l Language) (string, bool) {
	r := &reader{text: text, out: &Source{}}
	if !r.split(l == Python) || len(r.tokens) == 0 {
		return "", false
	}
	var b strings.Builder
	for _, t := range r.tokens {
		switch t.kind {
		case word:
			w, known := words[l][t.text]
			if !known && t.text != name {
				return "", false
			}
			if t.text == name {
				w = name
			}
			b.WriteString(w)
		case number:
			if strings.Trim(t.text, "0123456789._eE+-") != "" {
				return "", false
			}
			n := strings.ReplaceAll(t.text, "_", "")
			if strings.HasPrefix(n, ".") {
				n = "0" + n
			}
			if strings.HasSuffix(n, ".") {
				n += "0"
			}
			b.WriteString(n)
		case quoted:
			s, ok := textLiteral(t.text)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		case sign:
			switch t.text {
			case ",":
				b.WriteString(", ")
			case "(", ")", "[", "]", "-":
				b.WriteString(t.text)
			default:
				return "", false
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// textLiteral writes a text as DreamQL; false for one with a prefix, or an escape that DreamQL does not have.
func textLiteral(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' && s[0] != '\'' || s[0] != s[len(s)-1] || len(s) >= 6 && s[1] == s[0] {
		return "", false
	}
	var b strings.Builder
	b.WriteByte('\'')
	for body, i := s[1:len(s)-1], 0; i < len(body); i++ {
		switch c := body[i]; c {
		case '\'':
			b.WriteString(`\'`)
		case '\\':
			if i++; i == len(body) || strings.IndexByte(`ntr\'"0`, body[i]) < 0 {
				return "", false
			}
			b.WriteByte('\\')
			b.WriteByte(body[i])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String(), true
}
