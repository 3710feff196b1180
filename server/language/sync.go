package language

import (
	"context"
	"slices"

	"github.com/dreamql/dreamql/engine/foreign"
)

func (s *session) didOpen(_ context.Context, p openParams) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.documents[p.TextDocument.URI]
	if d == nil {
		if len(s.documents) >= maxDocuments || len(p.TextDocument.URI) > 2000 {
			s.cfg.Log.Warn("a document was not opened", "documents", len(s.documents))
			return nil, nil
		}
		d = &document{uri: p.TextDocument.URI, module: s.module(moduleOf(p.TextDocument.URI))}
		d.module.open = append(d.module.open, d)
		s.documents[d.uri] = d
	}
	d.language = ""
	if l := foreign.Language(p.TextDocument.LanguageID); l.Known() && moduleOf(d.uri) != d.uri {
		d.language = l
	}
	s.set(d, p.TextDocument.Text, p.TextDocument.Version)
	return nil, nil
}

// set changes a document, within what all documents may have together.
func (s *session) set(d *document, text string, version int) {
	total := len(text)
	for _, other := range s.documents {
		if other != d {
			total += len(other.text)
		}
	}
	d.set(s.ctx, text, version)
	if total > maxTotal && d.problem == "" {
		d.set(s.ctx, "", version)
		d.problem = "This document is not looked at, because all that are open are too large together; close some."
	}
	s.touched(d.module)
}

func (s *session) didChange(_ context.Context, p changeParams) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.documents[p.TextDocument.URI]
	if d == nil {
		return nil, nil
	}
	for _, c := range p.ContentChanges {
		if d.problem != "" && c.Range != nil {
			continue // its text is not known any more; a whole one makes it known again
		}
		s.set(d, d.edit(c), p.TextDocument.Version)
	}
	d.version = p.TextDocument.Version
	return nil, nil
}

func (s *session) didClose(ctx context.Context, p placeParams) (any, error) {
	s.mu.Lock()
	d := s.documents[p.TextDocument.URI]
	if d == nil {
		s.mu.Unlock()
		return nil, nil
	}
	d.change(errModified)
	delete(s.documents, d.uri)
	d.module.open = slices.DeleteFunc(d.module.open, func(x *document) bool { return x == d })
	s.touched(d.module)
	if len(d.module.open) == 0 {
		d.module.timer.Stop()
		delete(s.modules, d.module.uri)
	}
	s.mu.Unlock()
	return nil, s.rpc.Notify(ctx, "textDocument/publishDiagnostics", publishParams{URI: d.uri, Diagnostics: []diagnostic{}})
}
