// Package registry is packages of functions: what one is made of, how it is packed and read back, which versions satisfy
// a program's imports, and the gate that a package passes before it is published.
//
// It runs no code: modules are compiled and examples are run by a Checker that the server or the command line hands in.
// Rows live in registry/postgres, bytes in Blobs. A new key of the manifest is a field in manifest.go and a check in
// validate.go; a new condition for publishing is a step in publish.go.
package registry

import (
	"errors"
	"fmt"
	"strings"
)

// Errors that callers tell apart.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("already published")
	ErrForbidden = errors.New("not allowed")
)

// Invalid is what is wrong with a package, in sentences for its author.
type Invalid struct{ Problems []string }

func (e *Invalid) Error() string { return strings.Join(e.Problems, "\n") }

func invalid(format string, args ...any) error {
	return &Invalid{Problems: []string{fmt.Sprintf(format, args...)}}
}

// Ref names one version of a package.
type Ref struct {
	Scope   string `json:"scope"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Package is the name that imports use: "std/geo".
func (r Ref) Package() string { return r.Scope + "/" + r.Name }

func (r Ref) String() string { return r.Package() + "@" + r.Version }

// SplitName takes "scope/name" apart; it does not check that the parts are valid names.
func SplitName(s string) (scope, name string, err error) {
	scope, name, ok := strings.Cut(s, "/")
	if !ok || scope == "" || name == "" || strings.Contains(name, "/") {
		return "", "", fmt.Errorf("%q is not a package name; write it as scope/name, for example std/geo", s)
	}
	return scope, name, nil
}
