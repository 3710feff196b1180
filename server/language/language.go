// Package language is the language server: the Language Server Protocol over engine/assist, for editors that start `dreamql lsp` and for
// the notebook in the browser, which speaks it over a WebSocket.
//
// It knows documents, versions, positions in UTF-16 and messages; what is said about programs is assist's. Every message may come from a
// stranger: sizes, numbers and times are bounded (limits.go), and nothing that arrives ends the process. A new request is an entry
// in methods (methods.go) and a file of its own.
package language

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"

	"github.com/dreamql/dreamql/engine/assist"
	"github.com/dreamql/dreamql/engine/catalog"
)

// Config is what a server works with.
type Config struct {
	// Catalog is what the programs of a module see; module is the URI that its documents begin with (a notebook), or have (a file).
	// Its calls should be quick: see catalog.Remember.
	Catalog func(module string) catalog.Catalog
	// Link is the URI of a dataset or a package, or "" where an editor cannot open one; nil for the URIs of the notebook.
	Link    func(assist.Target) string
	Version string
	Delay   time.Duration // between the last change and diagnostics; 0 for the default
	Log     *slog.Logger
}

// ErrAborted is what Serve returns where the client went away without asking for a shutdown.
var ErrAborted = errors.New("the client left without a shutdown")

// Serve answers the messages of one client until it leaves or ctx ends.
func Serve(ctx context.Context, ch channel.Channel, cfg Config) error {
	if cfg.Delay == 0 {
		cfg.Delay = defaultDelay
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Link == nil {
		cfg.Link = notebookLink
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &session{cfg: cfg, ctx: ctx, documents: map[string]*document{}, modules: map[string]*module{}, running: map[string]context.CancelCauseFunc{}, work: make(chan struct{}, maxWorking), left: make(chan struct{})}
	s.rpc = jrpc2.NewServer(s, &jrpc2.ServerOptions{
		AllowPush: true, DisableBuiltin: true, Concurrency: maxWaiting * 2,
		NewContext: func() context.Context { return ctx },
	})
	stop := context.AfterFunc(ctx, s.rpc.Stop)
	defer stop()
	s.rpc.Start(ch)
	gone := make(chan error, 1)
	go func() { gone <- s.rpc.Wait() }() // a reader that cannot be interrupted may outlive the session
	var err error
	select {
	case err = <-gone:
	case <-s.left:
		s.rpc.Stop()
	}
	cancel()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.background.Wait()
	switch {
	case s.state.Load() == shutDown && s.leaving.Load():
		return nil
	case err != nil:
		return err
	}
	return ErrAborted
}

// session is one client.
type session struct {
	cfg        Config
	ctx        context.Context // ends with the session
	rpc        *jrpc2.Server
	state      atomic.Int32
	left       chan struct{} // closed by exit
	leaving    atomic.Bool
	waiting    atomic.Int32
	work       chan struct{} // a place for each request that may be worked on at a time
	background sync.WaitGroup
	snippets   atomic.Bool // the client understands them

	mu        sync.Mutex // guards the rest
	documents map[string]*document
	modules   map[string]*module
	running   map[string]context.CancelCauseFunc // requests, by ID
	closed    bool                               // nothing is begun any more
}

// States of a session.
const (
	fresh int32 = iota
	initialized
	shutDown
)
