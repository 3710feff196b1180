package syntax

import (
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

func edit(file source.FileID, start, end int, text string) source.Edit {
	return source.Edit{Span: source.Span{File: file, Start: start, End: end}, Text: text}
}

func fixOf(title string, edits ...source.Edit) source.Fix {
	return source.Fix{Title: title, Edits: edits}
}

// mechanical adds the fix of a mistake that can be mended without knowing what is meant.
func (m *mending) mechanical() {
	at := m.d.Span
	if at.End > len(m.text) {
		return
	}
	here := m.text[at.Start:at.End]
	before := strings.TrimRight(m.text[:at.Start], " \t\n")
	switch m.d.Code {
	case "DQL1001":
		m.fix("end the comment", len(m.text), len(m.text), "*/")
	case "DQL1004":
		m.quotes()
	case "DQL1005":
		instead := "\n"
		if rest, _, _ := strings.Cut(m.text[at.End:], "\n"); strings.TrimSpace(rest) == "" {
			instead = ""
		}
		m.fix("leave the semicolon out", at.Start, at.End, instead)
	case "DQL1011":
		if !strings.HasPrefix(here, "f'") { // there it may be the } that is missing
			m.fix("end the string", at.End, at.End, "'")
		}
	case "DQL1014":
		if rest := strings.TrimLeft(m.text[at.End:], " \t"); rest == "" || rest[0] == '\n' || strings.HasPrefix(rest, "->") {
			m.d.Fixes = append(m.d.Fixes, fixOf("write parentheses", edit(at.File, len(before), at.Start, "("), edit(at.File, at.End, at.End, ")")))
		}
	case "DQL1015", "DQL1025":
		m.fix("write a comma", len(before), len(before), ",")
	case "DQL1021":
		m.fix("put it in backquotes", at.Start, at.End, "`"+here+"`")
	case "DQL1023":
		m.fix("remove it", at.Start, at.End, "")
	case "DQL1026":
		m.fix("write |", at.Start, at.Start, "| ")
	case "DQL1029":
		if strings.HasSuffix(before, "@") && nameLength(here) == len(here) {
			m.fix("take the newest version", len(before)-1, at.End, "")
		}
	case "DQL1034":
		m.fix("write ==", at.Start, at.End, "==")
	case "DQL1045":
		if n := nameLength(here); n > 0 && strings.HasPrefix(here[n:], "(") {
			m.fix("name it "+here[:n], at.Start, at.Start, here[:n]+": ")
		}
	case "DQL1047":
		if here == "->" {
			m.fix("write =>", at.Start, at.End, "=>")
		}
	}
}

// quotes makes a string in double quotes one in single quotes, where it holds neither a quote nor an escape.
func (m *mending) quotes() {
	start := m.d.Span.Start
	if m.text[start] != '"' {
		return
	}
	line, _, _ := strings.Cut(m.text[start+1:], "\n")
	body, _, closed := strings.Cut(line, `"`)
	if !closed || strings.ContainsAny(body, `'\`) {
		return
	}
	end := start + 1 + len(body) + 1
	m.d.Span.End = end
	m.fix("write single quotes", start, end, "'"+body+"'")
}
