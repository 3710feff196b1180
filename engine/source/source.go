// Package source holds the texts of a program and what can be said about places in them: spans and diagnostics.
//
// It knows nothing of the language. Every other package of the engine may use it. A new way to show a
// diagnostic (a terminal, JSON, an editor) goes into a file of its own here.
package source

import "fmt"

// FileID names one text of a program: a cell, a file, or the value of -e. IDs count from zero in the order of Set.Add.
type FileID int

// Span is a half-open range of bytes, [Start, End), of one file. The zero Span means "no place".
type Span struct {
	File  FileID `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// Join returns the smallest span that covers both; they must be of one file.
func (s Span) Join(t Span) Span {
	if s == (Span{}) {
		return t
	}
	if t == (Span{}) {
		return s
	}
	return Span{File: s.File, Start: min(s.Start, t.Start), End: max(s.End, t.End)}
}

// File is one text with a name that a person recognises: "cell 3", "query.dql", "-e".
type File struct {
	Name string
	Text string
	// Module says that the file was read for an import: it is no part of the program itself.
	Module bool
}

// Set is the texts of one program.
type Set struct{ Files []File }

// Add appends a text and returns its ID.
func (s *Set) Add(name, text string) FileID {
	s.Files = append(s.Files, File{Name: name, Text: text})
	return FileID(len(s.Files) - 1)
}

// Severity says whether a diagnostic stops the program.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one thing to tell the author of a program. Message says what is wrong in one sentence; Help how to
// mend it, in one sentence, and may be empty only where nothing useful can be said. Code is stable: DQL1xxx syntax,
// DQL2xxx names, DQL3xxx types, DQL4xxx tables and joins, DQL5xxx modules, DQL9xxx run time.
type Diagnostic struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Span     Span     `json:"span"`
	Message  string   `json:"message"`
	Help     string   `json:"help,omitempty"`
	Notes    []Note   `json:"notes,omitempty"`
	Fixes    []Fix    `json:"fixes,omitempty"`
}

// Note points at a second place that explains the first.
type Note struct {
	Span    Span   `json:"span"`
	Message string `json:"message"`
}

// Diagnostics is an error that holds one diagnostic or more.
type Diagnostics []Diagnostic

func (d Diagnostics) Error() string {
	switch len(d) {
	case 0:
		return "no diagnostics"
	case 1:
		return d[0].Code + ": " + d[0].Message
	}
	return fmt.Sprintf("%s: %s (and %d more)", d[0].Code, d[0].Message, len(d)-1)
}

// HasErrors reports whether any diagnostic stops the program.
func (d Diagnostics) HasErrors() bool {
	for _, x := range d {
		if x.Severity == Error {
			return true
		}
	}
	return false
}
