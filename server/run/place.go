package run

import (
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/source"
)

// Located rewrites diagnostics of a program, whose files are the sources in order, for clients.
func Located(ds source.Diagnostics, sources []Source) []Diagnostic {
	var out []Diagnostic
	for _, d := range ds {
		cell, at := place(d.Span, sources)
		x := Diagnostic{Code: d.Code, Severity: string(d.Severity), Message: d.Message, Help: d.Help, CellID: cell, Range: at}
		for _, n := range d.Notes {
			cell, at := place(n.Span, sources)
			x.Notes = append(x.Notes, Note{Message: n.Message, CellID: cell, Range: at})
		}
		for _, f := range d.Fixes {
			fix := Fix{Title: f.Title}
			for _, e := range f.Edits {
				cell, at := place(e.Span, sources)
				if at == nil { // the beginning of the first source
					cell, at = sources[e.Span.File].ID, &Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 1}
				}
				fix.Edits = append(fix.Edits, Edit{CellID: cell, Range: at, Text: e.Text})
			}
			x.Fixes = append(x.Fixes, fix)
		}
		out = append(out, x)
	}
	return out
}

func place(s source.Span, sources []Source) (string, *Range) {
	if s == (source.Span{}) || s.File < 0 || int(s.File) >= len(sources) {
		return "", nil
	}
	src := sources[s.File]
	start := min(max(s.Start, 0), len(src.Text))
	end := min(max(s.End, start), len(src.Text))
	r := &Range{}
	r.Start, r.Line, r.Column = position(src.Text[:start])
	r.End, r.EndLine, r.EndColumn = position(src.Text[:end])
	return src.ID, r
}

// position is where the text before it ends: UTF-16 units, line, and column in characters.
func position(before string) (units, line, column int) {
	line, column = 1, 1
	for len(before) > 0 {
		c, n := utf8.DecodeRuneInString(before)
		before = before[n:]
		units++
		if c > 0xffff {
			units++
		}
		column++
		if c == '\n' {
			line++
			column = 1
		}
	}
	return units, line, column
}
