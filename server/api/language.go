package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"golang.org/x/mod/semver"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/language"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/problem"
)

const (
	maxLanguage   = 32               // connections of an account
	languageIdle  = 30 * time.Minute // without a message
	languageAlive = 30 * time.Second // between two looks whether the client is there, and its token still good
	languageFresh = 10 * time.Second // age of what the catalogue said, before it is asked again
)

// Language is the language server over a WebSocket: GET /api/v1/language. It is not among the generated routes, because those answer
// requests and this takes the connection over.
func (a *API) Language(c echo.Context) error {
	r := c.Request()
	if !ownOrigin(r) {
		return problem.New(problem.Forbidden, "This WebSocket is for pages of this server, and the request comes from %.100q.", r.Header.Get("Origin"))
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return problem.New(problem.InvalidRequest, "This address speaks the Language Server Protocol over a WebSocket; connect to it as ws:// or wss://.")
	}
	who := account.From(r.Context())
	if !a.languages.enter(who.AccountID) {
		return problem.New(problem.Busy, "This account has %d connections to the language server already. Close some of its pages.", maxLanguage)
	}
	defer a.languages.leave(who.AccountID)
	conn, err := websocket.Accept(c.Response(), r, nil)
	if err != nil {
		return nil // it has answered
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go a.attend(ctx, cancel, conn, r)
	// A client that goes away without a word is no error of ours.
	_ = language.Serve(ctx, language.Socket(ctx, conn, languageIdle), language.Config{
		Version: a.Version, Log: a.Log,
		Catalog: func(module string) catalog.Catalog {
			return catalog.Remember(a.catalogOf(module), languageFresh)
		},
	})
	conn.Close(websocket.StatusGoingAway, "")
	return nil
}

// attend ends a connection whose client has gone, or whose token is not good any more.
func (a *API) attend(ctx context.Context, end context.CancelFunc, conn *websocket.Conn, r *http.Request) {
	defer end()
	secret, _ := credentials(r)
	t := time.NewTicker(languageAlive)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if _, err := a.Accounts.Authenticate(ctx, secret); problem.Has(err, problem.Unauthorized) {
			conn.Close(websocket.StatusPolicyViolation, "the token is not valid any more")
			return
		}
		ping, cancel := context.WithTimeout(ctx, languageAlive)
		err := conn.Ping(ping)
		cancel()
		if err != nil {
			return
		}
	}
}

// ownOrigin reports whether a page of this server, or no page at all, opens a connection. Browsers send cookies with WebSockets of any
// page, and let it read what comes.
func ownOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		_, byCookie := credentials(r)
		return !byCookie || r.Header.Get("Upgrade") == ""
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// languages counts connections by account.
type languages struct {
	mu   sync.Mutex
	open map[string]int
}

func (l *languages) enter(account string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[account] >= maxLanguage {
		return false
	}
	if l.open == nil {
		l.open = map[string]int{}
	}
	l.open[account]++
	return true
}

func (l *languages) leave(account string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[account]--; l.open[account] <= 0 {
		delete(l.open, account)
	}
}

// catalogOf is what the programs of a module see: the datasets, and packages as the lock of its notebook has them.
func (a *API) catalogOf(module string) catalog.Catalog {
	c := languageCatalog{Catalog: dataset.Catalog{Datasets: a.Datasets, Packages: a.Locks, Outside: a.Outside}, locks: a.Locks, registry: a.Registry}
	if id, err := uuid.Parse(strings.TrimPrefix(module, "dreamql:/notebooks/")); err == nil {
		c.notebook = &id
	}
	return c
}

type languageCatalog struct {
	dataset.Catalog
	notebook *uuid.UUID
	locks    *lock.Locks
	registry Registry
}

// Package resolves an import by the notebook's lock, without changing it.
func (c languageCatalog) Package(ctx context.Context, name, constraint string) (*catalog.Package, error) {
	if !strings.Contains(name, "/") {
		return c.Catalog.Package(ctx, name, constraint)
	}
	return c.locks.Resolve(ctx, c.notebook, []registry.Requirement{{Package: name, Constraint: constraint}}, false).Package(ctx, name)
}

// Versions lists what can be imported, the newest first.
func (c languageCatalog) Versions(ctx context.Context, pkg string) ([]string, error) {
	all, err := registry.Candidates(c.registry)(ctx, pkg)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range all {
		if !v.Yanked {
			out = append(out, v.Version)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return semver.Compare("v"+b, "v"+a) })
	return out, nil
}
