package syntax

import (
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// Habits of other languages that the grammar has no place for. The parser stumbles somewhere behind them, so its diagnostics
// are looked at afterwards: what stands at their place says more than what was expected there.

// operatorHabits are looked for in this order.
var operatorHabits = []struct{ written, instead string }{
	{"&&", "and"}, {"||", "or"}, {"!==", "!="}, {"===", "=="}, {"<>", "!="}, {"|>", "->"}, {":=", "="}, {"!", "not "}, {"^", "**"}, {"#", "//"}, {"|", "->"},
}

// wordHabits are words that stand where only an operator can.
var wordHabits = map[string]message{
	"AND":     {"DQL1081", "`AND` is written in small letters", "and"},
	"OR":      {"DQL1081", "`OR` is written in small letters", "or"},
	"NOT":     {"DQL1081", "`NOT` is written in small letters", "not"},
	"IN":      {"DQL1081", "`IN` is written in small letters", "in"},
	"IS":      {"DQL1081", "`IS` is written in small letters", "is"},
	"THEN":    {"DQL1081", "`THEN` is not used: the values of an if stand in braces", ""},
	"then":    {"DQL1081", "`then` is not used: the values of an if stand in braces", ""},
	"null":    {"DQL1082", "an absent value is called none", "none"},
	"NULL":    {"DQL1082", "an absent value is called none", "none"},
	"nil":     {"DQL1082", "an absent value is called none", "none"},
	"like":    {"DQL1083", "there is no operator `like`", ""},
	"LIKE":    {"DQL1083", "there is no operator `LIKE`", ""},
	"between": {"DQL1084", "there is no operator `between`", ""},
	"BETWEEN": {"DQL1084", "there is no operator `BETWEEN`", ""},
	"desc":    {"DQL1085", "`desc` is written as a minus before the key", ""},
	"DESC":    {"DQL1085", "`DESC` is written as a minus before the key", ""},
	"asc":     {"DQL1085", "ascending is the order without a word", ""},
	"ASC":     {"DQL1085", "ascending is the order without a word", ""},
}

// statementHabits are words that other languages begin a statement with.
var statementHabits = map[string]message{
	"select": {"DQL1086", "a query begins with its table", "write table -> filter condition -> { columns }"},
	"SELECT": {"DQL1086", "a query begins with its table", "write table -> filter condition -> { columns }"},
	"from":   {"DQL1086", "a query begins with its table", "write table -> filter condition -> { columns }"},
	"FROM":   {"DQL1086", "a query begins with its table", "write table -> filter condition -> { columns }"},
	"with":   {"DQL1086", "a name for a table is a binding", "write name = table -> filter condition"},
	"WITH":   {"DQL1086", "a name for a table is a binding", "write name = table -> filter condition"},
	"let":    {"DQL1087", "a binding needs no word before it", "leave `let` out"},
	"var":    {"DQL1087", "a binding needs no word before it", "leave `var` out"},
	"const":  {"DQL1087", "a binding needs no word before it", "leave `const` out"},
	"def":    {"DQL1087", "a function is bound like any value", "write name = x => expression"},
	"fn":     {"DQL1087", "a function is bound like any value", "write name = x => expression"},
	"case":   {"DQL1088", "there is no case expression", "write match { | condition => value | _ => other }"},
	"CASE":   {"DQL1088", "there is no case expression", "write match { | condition => value | _ => other }"},
}

// mended gives diagnostics their fixes, and those that a habit explains their explanation.
func mended(text string, in source.Diagnostics) source.Diagnostics {
	out := in[:0]
	var covered source.Span // by the fix before: what follows from the same mistake
	for _, d := range in {
		if covered.Start <= d.Span.Start && d.Span.Start < covered.End {
			continue
		}
		m := mending{text: text, d: d}
		if !m.operator() && !m.word() {
			m.mechanical()
		}
		for _, f := range m.d.Fixes {
			for _, e := range f.Edits {
				if e.Span.End > covered.End {
					covered = e.Span
				}
			}
		}
		out = append(out, m.d)
	}
	return out
}

type mending struct {
	text string
	d    source.Diagnostic
}

func (m *mending) explain(code, text, help string, at source.Span) {
	m.d.Code, m.d.Message, m.d.Help, m.d.Span = code, text, help, at
}

func (m *mending) fix(title string, start, end int, text string) {
	m.d.Fixes = append(m.d.Fixes, source.Replace(title, source.Span{File: m.d.Span.File, Start: start, End: end}, text))
}

// operator finds an operator of another language around the place.
func (m *mending) operator() bool {
	switch m.d.Code {
	case "DQL1006", "DQL1019", "DQL1024", "DQL1025", "DQL1015":
	default:
		return false
	}
	at := m.d.Span
	for _, h := range operatorHabits {
		for start := max(0, at.Start-len(h.written)+1); start <= at.Start; start++ {
			if !strings.HasPrefix(m.text[start:], h.written) {
				continue
			}
			end := start + len(h.written)
			instead := h.instead
			if instead == "not " && end < len(m.text) && m.text[end] == ' ' {
				instead = "not"
			}
			m.explain("DQL1080", "there is no `"+h.written+"` in the language", "write `"+strings.TrimSpace(instead)+"`", source.Span{File: at.File, Start: start, End: end})
			m.fix("write `"+strings.TrimSpace(instead)+"`", start, end, instead)
			return true
		}
	}
	if strings.HasPrefix(m.text[at.Start:], "?") && m.d.Code == "DQL1024" {
		m.explain("DQL1089", "there is no ? : operator", "write if condition { a } else { b }", at)
		return true
	}
	if strings.HasPrefix(m.text[at.Start:], "*") && strings.HasSuffix(strings.TrimRight(m.text[:at.Start], " "), "(") {
		m.explain("DQL1090", "a star is no argument", "write count() for the number of rows", at)
		m.fix("leave the star out", at.Start, at.Start+1, "")
		return true
	}
	if strings.HasPrefix(m.text[at.Start:], "*") && strings.HasSuffix(strings.TrimRight(m.text[:at.Start], " "), "{") {
		m.explain("DQL1090", "a star is no column", "write ... for all the other columns", at)
		m.fix("write ...", at.Start, at.Start+1, "...")
		return true
	}
	return false
}

// word finds a word of another language at the place, or at the beginning of the statement.
func (m *mending) word() bool {
	switch m.d.Code {
	case "DQL1013", "DQL1014", "DQL1015", "DQL1024", "DQL1042", "DQL1044", "DQL1025":
	default:
		return false
	}
	at := m.d.Span
	if at.End > len(m.text) {
		return false
	}
	if h, ok := wordHabits[m.text[at.Start:at.End]]; ok {
		m.explainWord(h, at)
		return true
	}
	first, start := firstWord(m.text, at.Start)
	h, ok := statementHabits[first]
	if !ok || m.d.Code != "DQL1014" && m.d.Code != "DQL1024" {
		return false
	}
	m.explain(h.code, h.text, h.help, source.Span{File: at.File, Start: start, End: start + len(first)})
	if h.code == "DQL1087" && strings.HasPrefix(h.help, "leave") {
		m.fix(h.help, start, at.Start, "")
	}
	return true
}

func (m *mending) explainWord(h message, at source.Span) {
	help := "write " + h.help
	switch h.code {
	case "DQL1081":
		if h.help == "" {
			help = "write if condition { a } else { b }"
		}
	case "DQL1083":
		help = "use starts_with, contains, ends_with or matches, as in contains(name, 'x')"
	case "DQL1084":
		help = "write x in 1..5"
	case "DQL1085":
		help = "write sort -key for the largest first, and sort key for the smallest"
	}
	m.explain(h.code, h.text, help, at)
	switch {
	case h.help != "":
		m.fix("write "+h.help, at.Start, at.End, h.help)
	case h.code == "DQL1085":
		before := strings.TrimRight(m.text[:at.Start], " ")
		if m.text[at.Start]|0x20 == 'a' {
			m.fix("leave `"+m.text[at.Start:at.End]+"` out", len(before), at.End, "")
			return
		}
		key := strings.LastIndexAny(before, " ,(") + 1
		m.d.Fixes = append(m.d.Fixes, fixOf("write -"+clip(before[key:]), edit(at.File, key, key, "-"), edit(at.File, len(before), at.End, "")))
	}
}

// firstWord is the word that the line of an offset begins with.
func firstWord(text string, i int) (string, int) {
	start := strings.LastIndexByte(text[:i], '\n') + 1
	for start < i && (text[start] == ' ' || text[start] == '\t') {
		start++
	}
	return text[start : start+nameLength(text[start:i])], start
}
