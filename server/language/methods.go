package language

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/dreamql/dreamql/engine/assist"
	"github.com/dreamql/dreamql/engine/catalog"
)

// Errors of the protocol beside those of JSON-RPC.
const (
	notInitialized   jrpc2.Code = -32002
	requestFailed    jrpc2.Code = -32803
	contentModified  jrpc2.Code = -32801
	requestCancelled jrpc2.Code = -32800
)

type handler = func(s *session, ctx context.Context, r *jrpc2.Request) (any, error)

// methods is everything that a client may send.
func methods(name string) handler {
	switch name {
	case "initialize":
		return call((*session).initialize)
	case "initialized", "$/setTrace", "textDocument/didSave", "workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles":
		return func(*session, context.Context, *jrpc2.Request) (any, error) { return nil, nil }
	case "shutdown":
		return (*session).shutdown
	case "exit":
		return (*session).exit
	case "$/cancelRequest":
		return call((*session).cancel)
	case "dreamql/cells":
		return call((*session).reorder)
	case "dreamql/refresh":
		return (*session).refresh
	case "textDocument/didOpen":
		return call((*session).didOpen)
	case "textDocument/didChange":
		return call((*session).didChange)
	case "textDocument/didClose":
		return call((*session).didClose)
	case "textDocument/completion":
		return about((*session).completion)
	case "textDocument/hover":
		return about((*session).hover)
	case "textDocument/definition":
		return about((*session).definition)
	case "textDocument/references", "textDocument/documentHighlight":
		return about((*session).references)
	case "textDocument/prepareRename":
		return about((*session).prepareRename)
	case "textDocument/rename":
		return about((*session).rename)
	case "textDocument/signatureHelp":
		return about((*session).signatureHelp)
	case "textDocument/formatting":
		return about((*session).formatting)
	case "textDocument/codeAction":
		return about((*session).codeAction)
	case "textDocument/documentSymbol":
		return about((*session).documentSymbol)
	case "textDocument/semanticTokens/full":
		return about((*session).semanticTokens)
	}
	return nil
}

// call decodes the parameters of a message.
func call[P any](f func(*session, context.Context, P) (any, error)) handler {
	return func(s *session, ctx context.Context, r *jrpc2.Request) (any, error) {
		var p P
		if r.HasParams() {
			if err := json.Unmarshal([]byte(r.ParamString()), &p); err != nil {
				return nil, jrpc2.Errorf(jrpc2.InvalidParams, "the parameters of %s cannot be read: %v", r.Method(), err)
			}
		}
		return f(s, ctx, p)
	}
}

// target is what a request is about: a document as it is at this moment.
type target struct {
	*snapshot
	doc    *document
	at     assist.Position
	inside bool // of a source
}

// about decodes a request about an open document, ends it when the document changes, and lets only some be worked on at a time.
func about[P any](f func(*session, context.Context, *target, P) (any, error)) handler {
	return func(s *session, ctx context.Context, r *jrpc2.Request) (any, error) {
		var where placeParams
		var p P
		if err := json.Unmarshal([]byte(r.ParamString()), &where); err != nil {
			return nil, jrpc2.Errorf(jrpc2.InvalidParams, "the parameters of %s cannot be read: %v", r.Method(), err)
		}
		if err := json.Unmarshal([]byte(r.ParamString()), &p); err != nil {
			return nil, jrpc2.Errorf(jrpc2.InvalidParams, "the parameters of %s cannot be read: %v", r.Method(), err)
		}
		s.mu.Lock()
		doc := s.documents[where.TextDocument.URI]
		if doc == nil {
			s.mu.Unlock()
			return nil, jrpc2.Errorf(jrpc2.InvalidParams, "the document %.200q is not open", where.TextDocument.URI)
		}
		t := &target{snapshot: doc.module.snapshot()}
		frozen := *doc
		t.doc = &frozen
		changed := doc.changed
		ctx, cancel := context.WithTimeout(ctx, maxTime)
		defer cancel()
		ctx, end := context.WithCancelCause(ctx)
		defer end(nil)
		s.running[r.ID()] = end
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			delete(s.running, r.ID())
			s.mu.Unlock()
		}()
		defer context.AfterFunc(changed, func() { end(errModified) })()
		t.at, t.inside = t.find(t.doc, where.Position)
		select {
		case s.work <- struct{}{}:
			defer func() { <-s.work }()
		case <-ctx.Done():
			return nil, ended(ctx)
		}
		out, err := f(s, ctx, t, p)
		if ctx.Err() != nil {
			return nil, ended(ctx)
		}
		var refused *assist.Refusal
		if errors.As(err, &refused) {
			return nil, jrpc2.Errorf(requestFailed, "%s", refused.Reason)
		}
		return out, err
	}
}

// ended says why a request was not worked on to its end.
func ended(ctx context.Context) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errModified):
		return jrpc2.Errorf(contentModified, "the document has changed since the request")
	case errors.Is(cause, context.DeadlineExceeded):
		return jrpc2.Errorf(requestFailed, "this took longer than %s and was given up", maxTime)
	}
	return jrpc2.Errorf(requestCancelled, "the request was cancelled")
}

// Assign finds the handler of a method, and puts around it what holds for all.
func (s *session) Assign(_ context.Context, method string) jrpc2.Handler {
	h := methods(method)
	if h == nil {
		if strings.HasPrefix(method, "$/") {
			h = func(*session, context.Context, *jrpc2.Request) (any, error) {
				return nil, jrpc2.Errorf(jrpc2.MethodNotFound, "there is no method %s", method)
			}
		} else {
			return nil
		}
	}
	refusal := s.advance(method)
	return func(ctx context.Context, r *jrpc2.Request) (out any, err error) {
		defer func() {
			if x := recover(); x != nil {
				s.cfg.Log.Error("a language request panicked", "method", method, "error", x, "stack", string(debug.Stack()))
				out, err = nil, jrpc2.Errorf(jrpc2.InternalError, "this request met a defect of the language server")
			}
		}()
		if refusal != nil {
			return nil, refusal
		}
		if !r.IsNotification() {
			if s.waiting.Add(1) > maxWaiting {
				s.waiting.Add(-1)
				return nil, jrpc2.Errorf(requestFailed, "more than %d requests are waiting; send fewer at a time", maxWaiting)
			}
			defer s.waiting.Add(-1)
		}
		return h(s, ctx, r)
	}
}

// advance moves the session on by a method, or says why the method may not come now. It is called in the order of the messages.
func (s *session) advance(method string) error {
	state := s.state.Load()
	switch {
	case method == "exit":
	case method == "initialize" && state != fresh:
		return jrpc2.Errorf(jrpc2.InvalidRequest, "initialize is sent once")
	case method == "initialize":
		s.state.Store(initialized)
	case state == fresh:
		return jrpc2.Errorf(notInitialized, "send initialize first")
	case state == shutDown:
		return jrpc2.Errorf(jrpc2.InvalidRequest, "after shutdown there is only exit")
	case method == "shutdown":
		s.state.Store(shutDown)
	}
	return nil
}

func (s *session) shutdown(context.Context, *jrpc2.Request) (any, error) { return nil, nil }

// exit ends the session.
func (s *session) exit(context.Context, *jrpc2.Request) (any, error) {
	if s.leaving.CompareAndSwap(false, true) {
		close(s.left)
	}
	return nil, nil
}

func (s *session) cancel(_ context.Context, p cancelParams) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.running[string(p.ID)]; end != nil {
		end(context.Canceled)
	}
	return nil, nil
}

// refresh checks everything again: datasets or packages have changed.
func (s *session) refresh(context.Context, *jrpc2.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.modules {
		if r, ok := m.catalog.(catalog.Forgetful); ok {
			r.Forget()
		}
		m.now = nil
		s.touched(m)
	}
	return nil, nil
}

func (s *session) reorder(_ context.Context, p cellOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p.Order) > maxDocuments || len(s.modules) >= maxDocuments && s.modules[p.Notebook] == nil {
		return nil, fmt.Errorf("a notebook has at most %d cells", maxDocuments)
	}
	m := s.module(p.Notebook)
	m.order = p.Order
	s.touched(m)
	return nil, nil
}
