package source

import (
	"sort"
	"strings"
)

// Fix is a way to mend a mistake that needs no thought: its edits, applied together, make the text right. An editor offers
// the title; a Diagnostic may have several fixes, the likeliest first.
type Fix struct {
	Title string `json:"title"`
	Edits []Edit `json:"edits"`
}

// Edit replaces the bytes of a span with a text; an empty span inserts.
type Edit struct {
	Span Span   `json:"span"`
	Text string `json:"text"`
}

// Replace is a fix of one edit.
func Replace(title string, at Span, text string) Fix {
	return Fix{Title: title, Edits: []Edit{{Span: at, Text: text}}}
}

// Apply makes the edits of a fix that concern one text. It reports false where they overlap or lie outside.
func (f Fix) Apply(file FileID, text string) (string, bool) {
	var edits []Edit
	for _, e := range f.Edits {
		if e.Span.File == file {
			edits = append(edits, e)
		}
	}
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].Span.Start < edits[j].Span.Start })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.Span.Start < at || e.Span.End < e.Span.Start || e.Span.End > len(text) {
			return text, false
		}
		b.WriteString(text[at:e.Span.Start])
		b.WriteString(e.Text)
		at = e.Span.End
	}
	b.WriteString(text[at:])
	return b.String(), true
}
