package registry

import (
	"context"
	"time"
)

// Account is who publishes. An Owner owns the service, and with it the scopes that are kept for it.
type Account struct {
	ID    string
	Owner bool
}

// ServiceScopes are never handed to whoever publishes in them first: they belong to the owner of the service.
var ServiceScopes = []string{"std", "dreamql"}

// Store keeps what is published. A version, once inserted, is never changed but for its yank.
type Store interface {
	// MayPublish says why the account may not publish in a scope (ErrForbidden): it is someone else's, is kept for the
	// service, or can be taken for another one. A scope of nobody is free to take.
	MayPublish(ctx context.Context, scope string, by Account) error
	// Insert adds a version, and the scope if it was free, all or nothing. ErrExists if the version is there already,
	// ErrForbidden as MayPublish.
	Insert(ctx context.Context, p *Package, checks []CheckResult, by Account) (*Version, error)
	// Versions lists a package's versions, newest first; ErrNotFound if there is no such package.
	Versions(ctx context.Context, scope, name string) ([]VersionSummary, error)
	// Version returns one version with its functions; ErrNotFound if it is not there.
	Version(ctx context.Context, r Ref) (*Version, error)
}

// Summary is a package in a list.
type Summary struct {
	Scope       string
	Name        string
	Version     string // the newest that is not yanked
	Description string
	Keywords    []string
	Kinds       []string
	Functions   []string
	Downloads   int64
	PublishedAt time.Time
}

// VersionSummary is a version in a list.
type VersionSummary struct {
	Ref
	Digest      string
	Size        int64
	PublishedAt time.Time
	Yanked      bool
	YankReason  string
	Downloads   int64
}

// Version is one published version with all that its page shows.
type Version struct {
	VersionSummary
	Manifest    Manifest
	Readme      string
	Functions   []PublishedFunction
	Checks      []CheckResult
	PublishedBy string // the account's name
	Notebooks   int64  // that have this version locked
}

// Import is the line that brings the version's functions into a notebook.
func (v *Version) Import() string {
	s := "import " + v.Package() + "@" + v.Version
	for i, f := range v.Functions {
		if i == 0 {
			s += " (" + f.Name
		} else {
			s += ", " + f.Name
		}
	}
	if len(v.Functions) > 0 {
		s += ")"
	}
	return s
}
