package registry

import (
	"context"
	"fmt"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/udf"
)

// PublishedFunction is a function of a published version: what runs, and what is written about it.
type PublishedFunction struct {
	udf.Function
	Signature string // "haversine(lat1: float, …) => float"
	Doc       string
	Examples  []Example
}

// Catalog is the version as the checker sees it.
func (v *Version) Catalog() *catalog.Package {
	c := &catalog.Package{Name: v.Package(), Version: v.Version, Digest: v.Digest, Docs: map[string]string{}}
	for _, f := range v.Functions {
		c.Functions = append(c.Functions, f.Function)
		c.Docs[f.Name] = f.Doc
	}
	return c
}

// Import resolves one import against the store: pkg is scope/name and constraint what stands after "@". locked is the
// version that the notebook's lock has for the package, or "". An error that wraps ErrNotFound, and a *Conflict, are for
// the author of the import.
func Import(ctx context.Context, s Store, pkg, constraint, locked string) (*Version, error) {
	scope, name, err := SplitName(pkg)
	if err != nil {
		return nil, err
	}
	lock := map[string]Candidate{}
	if locked != "" {
		lock[pkg] = Candidate{Version: locked}
	}
	chosen, err := Resolve(ctx, []Requirement{{Package: pkg, Constraint: constraint}}, lock, Candidates(s))
	if err != nil {
		return nil, err
	}
	return s.Version(ctx, Ref{scope, name, chosen[pkg].Version})
}

// Candidates gives Resolve the versions that a store has.
func Candidates(s Store) func(context.Context, string) ([]Candidate, error) {
	return func(ctx context.Context, pkg string) ([]Candidate, error) {
		scope, name, err := SplitName(pkg)
		if err != nil {
			return nil, err
		}
		versions, err := s.Versions(ctx, scope, name)
		if err != nil {
			return nil, err
		}
		out := make([]Candidate, len(versions))
		for i, v := range versions {
			out[i] = Candidate{Version: v.Version, Digest: v.Digest, Yanked: v.Yanked}
		}
		return out, nil
	}
}

// FunctionSignature is a function with its name, as documentation shows it.
func FunctionSignature(f *udf.Function) string {
	s := f.Name + "("
	for i, p := range f.Params {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%s: %s", p.Name, p.Type)
	}
	return s + ") => " + f.Result.String()
}
