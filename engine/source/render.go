package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Position is where a span begins as people count: line and column from 1, columns in characters.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Position of a byte offset in a text; offsets outside are clamped.
func PositionOf(text string, offset int) Position {
	offset = min(max(offset, 0), len(text))
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return Position{Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[start:]) + 1}
}

// Render draws a diagnostic as a terminal shows it: file, line and column, the message, the line with the place underlined, and how
// to mend it.
//
//	query.dql:1:14: error DQL2001: there is no column dely in flights
//	  1 | flights -> filter dely > 60
//	    |                   ^^^^
//	    = did you mean delay?
func (s *Set) Render(d Diagnostic) string {
	if int(d.Span.File) >= len(s.Files) {
		return fmt.Sprintf("%s %s: %s\n", d.Severity, d.Code, d.Message)
	}
	f := s.Files[d.Span.File]
	at := PositionOf(f.Text, d.Span.Start)
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s %s: %s\n", f.Name, at.Line, at.Column, d.Severity, d.Code, d.Message)
	underline(&b, f.Text, d.Span, at)
	if d.Help != "" {
		fmt.Fprintf(&b, "    = %s\n", d.Help)
	}
	for _, n := range d.Notes {
		if n.Span == d.Span { // more about the same place, such as a traceback
			fmt.Fprintf(&b, "    = %s\n", strings.ReplaceAll(n.Message, "\n", "\n      "))
			continue
		}
		p := PositionOf(s.Files[n.Span.File].Text, n.Span.Start)
		where := fmt.Sprintf("line %d", p.Line)
		if n.Span.File != d.Span.File {
			where = fmt.Sprintf("%s, line %d", s.Files[n.Span.File].Name, p.Line)
		}
		fmt.Fprintf(&b, "    = %s: %s\n", where, n.Message)
	}
	return b.String()
}

// RenderAll draws diagnostics one below the other.
func (s *Set) RenderAll(ds Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(s.Render(d))
	}
	return b.String()
}

const maxShown = 160 // characters of a source line that are drawn

func underline(b *strings.Builder, text string, span Span, at Position) {
	start := min(max(span.Start, 0), len(text))
	lineStart := strings.LastIndexByte(text[:start], '\n') + 1
	lineEnd := len(text)
	if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
		lineEnd = start + n
	}
	line := []rune(strings.ReplaceAll(text[lineStart:lineEnd], "\t", " "))
	from := at.Column - 1
	to := from + max(1, utf8.RuneCountInString(text[start:min(max(span.End, start), lineEnd)]))
	if cut := max(0, from-maxShown/2); cut > 0 {
		line, from, to = line[cut:], from-cut, to-cut
	}
	if len(line) > maxShown {
		line = line[:maxShown]
		to = min(to, maxShown)
	}
	number := fmt.Sprintf("%3d", at.Line)
	fmt.Fprintf(b, "%s | %s\n", number, string(line))
	fmt.Fprintf(b, "%s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", from), strings.Repeat("^", max(1, to-from)))
}
