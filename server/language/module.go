package language

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/assist"
	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
)

// module is the documents that form one program: the cells of a notebook, or a file by itself.
type module struct {
	uri     string
	catalog catalog.Catalog
	open    []*document // in the order in which they were opened
	order   []string    // of cells, as the client told
	dirty   bool
	now     *snapshot
	timer   *time.Timer        // until diagnostics
	stop    context.CancelFunc // of diagnostics that are being made
}

// snapshot is a module at one moment. It does not change.
type snapshot struct {
	*assist.Module
	places []place // of its sources, in order
	at     map[string]int
}

// place is where a source stands: in a document as it was.
type place struct {
	doc *document
	part
}

// moduleOf is the URI of the module that a document belongs to.
func moduleOf(uri string) string {
	if i := strings.LastIndex(uri, "/cells/"); i > 0 && strings.HasPrefix(uri, "dreamql:/notebooks/") {
		return uri[:i]
	}
	return uri
}

// module returns that of a document, new if need be.
func (s *session) module(uri string) *module {
	m := s.modules[uri]
	if m == nil {
		m = &module{uri: uri, catalog: s.cfg.Catalog(uri)}
		s.modules[uri] = m
	}
	return m
}

// sorted are the documents in the order of the program.
func (m *module) sorted() []*document {
	docs := slices.Clone(m.open)
	rank := func(d *document) int {
		if i := slices.Index(m.order, d.uri[strings.LastIndexByte(d.uri, '/')+1:]); i >= 0 {
			return i
		}
		return len(m.order)
	}
	slices.SortStableFunc(docs, func(a, b *document) int { return rank(a) - rank(b) })
	return docs
}

// snapshot is the module as it stands; texts that have not changed are not parsed again. The session's mutex is held.
func (m *module) snapshot() *snapshot {
	if m.now != nil && !m.dirty {
		return m.now
	}
	next := &snapshot{at: map[string]int{}}
	var texts []assist.Text
	for _, d := range m.sorted() {
		frozen := *d
		next.at[d.uri] = len(next.places)
		for _, p := range d.sources {
			texts = append(texts, assist.Text{Source: d.text[p.start:p.end], Language: p.language, Cell: fmt.Sprint(len(texts) + 1)})
			next.places = append(next.places, place{&frozen, p})
		}
	}
	var before *assist.Module
	if m.now != nil {
		before = m.now.Module
	}
	next.Module = assist.NewMixed(m.catalog, texts, before)
	m.now, m.dirty = next, false
	return next
}

// find is the position in a source of a place in a document; it is not ok outside of any.
func (s *snapshot) find(d *document, p position) (assist.Position, bool) {
	offset := d.offset(p)
	for i := s.at[d.uri]; i < len(s.places) && s.places[i].doc.uri == d.uri; i++ {
		if at := s.places[i]; at.start <= offset && offset <= at.end {
			return assist.Position{File: source.FileID(i), Offset: offset - at.start}, true
		}
	}
	return assist.Position{}, false
}

// locate is where a span of a source is.
func (s *snapshot) locate(span source.Span) (location, bool) {
	if span.File < 0 || int(span.File) >= len(s.places) {
		return location{}, false
	}
	p := s.places[span.File]
	return location{URI: p.doc.uri, Range: p.doc.textRange(p.start+span.Start, p.start+span.End)}, true
}

// touched notes that a module has changed and plans its diagnostics. The session's mutex is held.
func (s *session) touched(m *module) {
	m.dirty = true
	if m.stop != nil {
		m.stop()
	}
	if m.timer == nil {
		m.timer = time.AfterFunc(s.cfg.Delay, func() { s.diagnose(m) })
		return
	}
	m.timer.Reset(s.cfg.Delay)
}

// diagnose tells the client what is wrong in the documents of a module, where that has changed.
func (s *session) diagnose(m *module) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.background.Add(1)
	defer s.background.Done()
	ctx, cancel := context.WithTimeout(s.ctx, maxTime)
	defer cancel()
	m.stop = cancel
	snap := m.snapshot()
	docs := m.sorted()
	versions := make([]int, len(docs))
	for i, d := range docs {
		versions[i] = d.version
	}
	s.mu.Unlock()

	found, err := snap.Diagnostics(ctx)
	if err != nil {
		return // overtaken by another change, or too long
	}
	lists := map[string][]diagnostic{}
	for _, d := range found {
		at, ok := snap.locate(d.Span)
		if !ok && len(snap.places) > 0 {
			at.URI = snap.places[0].doc.uri
		}
		lists[at.URI] = append(lists[at.URI], snap.diagnostic(d, at.Range))
	}
	for i, d := range docs {
		list := lists[d.uri]
		if d.problem != "" {
			list = []diagnostic{{Severity: 1, Source: "dreamql", Message: d.problem}}
		}
		s.publish(ctx, d, versions[i], list)
	}
}

// publish sends the diagnostics of a document, unless they are those that the client has.
func (s *session) publish(ctx context.Context, d *document, version int, list []diagnostic) {
	if list == nil {
		list = []diagnostic{}
	}
	text, err := json.Marshal(publishParams{URI: d.uri, Version: version, Diagnostics: list})
	if err != nil {
		return
	}
	s.mu.Lock()
	current := s.documents[d.uri]
	stale := current == nil || current.version != version || bytes.Equal(current.published, text)
	if !stale {
		current.published = text
	}
	s.mu.Unlock()
	if !stale {
		_ = s.rpc.Notify(ctx, "textDocument/publishDiagnostics", json.RawMessage(text)) // a client that has gone needs none
	}
}
