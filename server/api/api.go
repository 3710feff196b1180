// Package api is the HTTP interface: openapi.yaml, what is generated from it, and a file of handlers for each resource.
//
// A handler translates between HTTP and a service and decides nothing; errors that are problems reach the caller as they are
// (problem.go), others as "internal". To add a route: openapi.yaml, go generate, a method of API in the resource's file,
// and a line in access.go.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/notebook"
	"github.com/dreamql/dreamql/server/run"
)

// Registry is the packages that handlers show and change; registry/postgres is one.
type Registry interface {
	registry.Store
	Search(ctx context.Context, text, cursor string, limit int) ([]registry.Summary, string, error)
	Latest(ctx context.Context, scope, name string) (*registry.Version, error)
	Yank(ctx context.Context, ref registry.Ref, yanked bool, reason string, by registry.Account) error
	CountDownload(ctx context.Context, ref registry.Ref) error
}

// API implements StrictServerInterface over the services.
type API struct {
	Accounts  *account.Store
	Notebooks *notebook.Store
	Datasets  *dataset.Store
	Outside   dataset.Outside
	Locks     *lock.Locks
	Runs      *run.Service
	Registry  Registry
	Publisher *registry.Publisher
	Modules   run.Modules                             // of function cells
	Health    func(context.Context) map[string]string // "ok", or what is wrong, by part
	Metrics   http.Handler
	Version   string
	Log       *slog.Logger

	languages languages
}

var _ StrictServerInterface = (*API)(nil)

// value is what an optional parameter holds, or its default.
func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// optional is nil for the zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func pageSize(l *LimitParam) int { return min(max(value(l, 50), 1), 200) }

// parsed is an ID that the service made itself, or the zero one.
func parsed(id string) uuid.UUID {
	u, err := uuid.Parse(id)
	if err != nil {
		return uuid.UUID{}
	}
	return u
}
