// Package assist is what an editor knows of a program while it is written: errors, completion, hover, definitions, references,
// rename, signatures, fixes and symbols, as functions over texts, a catalogue and a position in bytes.
//
// It infers nothing itself: the checker evaluates the program as it stands, broken as it may be, and assist looks up what the checker
// noted (check.Facts). Where something is being typed, a marker takes the place of the word at the cursor, so that the parser and
// the checker see a name there (cursor.go). It knows no protocol: positions in lines and UTF-16, documents and messages are
// package language of the server. A new request is a method of Module in a file of its own.
package assist

import (
	"context"
	"sync"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Module is the texts of one program at one moment: the cells of a notebook, or a file. It never changes, may be used by several
// goroutines, and checks its texts once, when that is first needed.
type Module struct {
	cat    catalog.Catalog
	texts  []string
	cells  []Text
	parsed []parsed

	mu    sync.Mutex
	known *known
	stale *known // of an earlier state, for what need not be looked at again for a completion
}

// parsed is one text as the parser read it.
type parsed struct {
	prog  *syntax.Program
	diags source.Diagnostics
	other *foreign.Source // of a text in another language, about whose places nothing is known but what it defines
}

// Text is one of a module. Cell names it where it is in another language than DreamQL, which "" means.
type Text struct {
	Source   string
	Language foreign.Language
	Cell     string
}

// known is what the checker found.
type known struct {
	set    *source.Set
	result *check.Result
	facts  *check.Facts
	diags  source.Diagnostics
}

// Position is a byte of one of the texts.
type Position struct {
	File   source.FileID
	Offset int
}

// New returns the module of texts in DreamQL. before is an earlier state of it, or nil: texts that have not changed are not parsed again.
func New(cat catalog.Catalog, texts []string, before *Module) *Module {
	mixed := make([]Text, len(texts))
	for i, text := range texts {
		mixed[i].Source = text
	}
	return NewMixed(cat, mixed, before)
}

// NewMixed is New where some texts may be in other languages.
func NewMixed(cat catalog.Catalog, texts []Text, before *Module) *Module {
	m := &Module{cat: cat, cells: texts, parsed: make([]parsed, len(texts)), stale: before.latest()}
	for i, text := range texts {
		m.texts = append(m.texts, text.Source)
		switch {
		case before != nil && i < len(before.cells) && before.cells[i] == text:
			m.parsed[i] = before.parsed[i]
		case text.Language != "":
			id := source.FileID(i)
			m.parsed[i] = parsed{prog: check.Foreign(id), other: foreign.Read(id, text.Language, text.Cell, text.Source)}
		default:
			m.parsed[i] = parse(source.FileID(i), text.Source)
		}
	}
	return m
}

// latest is the newest knowledge of the module or of an earlier state; nil if nobody has asked yet.
func (m *Module) latest() *known {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known != nil {
		return m.known
	}
	return m.stale
}

// keep makes what a completion found out the latest knowledge, until the module is checked as it stands.
func (m *Module) keep(k *known) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stale = k
}

func parse(file source.FileID, text string) parsed {
	prog, diags := syntax.Parse(file, text)
	return parsed{prog: prog, diags: diags}
}

// Texts are the texts of the module, in order.
func (m *Module) Texts() []string { return m.texts }

// observe checks the module, once. The error is that of ctx.
func (m *Module) observe(ctx context.Context) (*known, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known != nil {
		return m.known, nil
	}
	k, err := m.look(ctx, m.parsed)
	if err == nil {
		m.known, m.stale = k, nil
	}
	return k, err
}

// look checks texts, or only those in focus.
func (m *Module) look(ctx context.Context, texts []parsed, focus ...source.FileID) (*known, error) {
	k := &known{set: &source.Set{}}
	var sources []*syntax.Program
	for i, p := range texts {
		k.set.Add("", m.texts[i]) // modules become files after these
		sources = append(sources, p.prog)
	}
	prog, diags := check.Load(ctx, m.cat, k.set, sources)
	prog.Foreign = map[source.FileID]*foreign.Source{}
	for i, p := range texts {
		prog.Foreign[source.FileID(i)] = p.other
	}
	k.result, k.facts, k.diags = check.Observe(ctx, m.cat, prog, focus...)
	k.diags = append(diags, k.diags...)
	return k, ctx.Err()
}

// text is the source of a span.
func (m *Module) text(s source.Span) string {
	if s.File < 0 || int(s.File) >= len(m.texts) || s.Start < 0 || s.End > len(m.texts[s.File]) || s.Start > s.End {
		return ""
	}
	return m.texts[s.File][s.Start:s.End]
}

// valid reports whether a position lies in the module, in a text in DreamQL.
func (m *Module) valid(at Position) bool {
	return at.File >= 0 && int(at.File) < len(m.texts) && m.parsed[at.File].other == nil && at.Offset >= 0 && at.Offset <= len(m.texts[at.File])
}
