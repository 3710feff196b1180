// Package account knows who may act: accounts, their tokens, and what a token is allowed to do.
//
// A token is a secret of 256 random bits; only its SHA-256 is stored, so whoever reads the database cannot act. The package
// must not know of HTTP. A new permission is a Scope here and a line in the access table of server/api.
package account

import (
	"context"
	"slices"
	"time"
)

// Scope is something that a token may do.
type Scope string

const (
	Read    Scope = "read"    // see notebooks, datasets, packages, runs and results
	Run     Scope = "run"     // run queries and notebooks
	Write   Scope = "write"   // change notebooks and datasets
	Publish Scope = "publish" // publish and yank packages
	Admin   Scope = "admin"   // everything, tokens included
)

// Scopes are all of them, weakest first.
var Scopes = []Scope{Read, Run, Write, Publish, Admin}

// Identity is who makes a request.
type Identity struct {
	AccountID string
	Name      string
	TokenID   string
	Scopes    []Scope
}

// May reports whether the identity has a scope; admin has all.
func (i *Identity) May(s Scope) bool {
	return slices.Contains(i.Scopes, s) || slices.Contains(i.Scopes, Admin)
}

// Token is a token without its secret.
type Token struct {
	ID         string
	Name       string
	Scopes     []Scope
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
}

type key struct{}

// With returns a context of the identity's request.
func With(ctx context.Context, i *Identity) context.Context { return context.WithValue(ctx, key{}, i) }

// From returns who makes the request, or nil.
func From(ctx context.Context) *Identity {
	i, _ := ctx.Value(key{}).(*Identity)
	return i
}
