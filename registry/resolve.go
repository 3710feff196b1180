package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Requirement is one import: a package, what versions of it will do, and who says so, for messages.
type Requirement struct {
	Package    string // scope/name
	Constraint string // as written after "@"
	From       string // "cell 3", a file
}

// Candidate is a published version as resolution sees it.
type Candidate struct {
	Version string
	Digest  string
	Yanked  bool
}

// Conflict says that no version of a package satisfies everyone who imports it.
type Conflict struct {
	Package  string
	Asked    []Requirement
	Versions []string // published, newest first
}

func (e *Conflict) Error() string {
	var asked []string
	for _, r := range e.Asked {
		c := r.Constraint
		if c == "" {
			c = "any version"
		}
		if r.From != "" {
			c += " (" + r.From + ")"
		}
		asked = append(asked, c)
	}
	have := "none is published"
	if len(e.Versions) > 0 {
		have = "published: " + strings.Join(e.Versions[:min(len(e.Versions), 5)], ", ")
	}
	return fmt.Sprintf("no version of %s satisfies %s; %s", e.Package, strings.Join(asked, " and "), have)
}

// Resolve chooses one version of every required package by minimal version selection: the oldest version that satisfies
// all constraints on it, so that what was chosen does not change when something newer is published. A package that nobody
// constrains gets its newest version. lock, by package name, keeps an earlier choice while it still satisfies all. Yanked
// versions are chosen only by a lock or an exact constraint. list gives a package's versions; ErrNotFound if there are none.
func Resolve(ctx context.Context, reqs []Requirement, lock map[string]Candidate,
	list func(ctx context.Context, pkg string) ([]Candidate, error)) (map[string]Candidate, error) {
	byPackage := map[string][]Requirement{}
	for _, r := range reqs {
		byPackage[r.Package] = append(byPackage[r.Package], r)
	}
	chosen := map[string]Candidate{}
	for _, pkg := range slices.Sorted(maps.Keys(byPackage)) {
		versions, err := list(ctx, pkg)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", pkg, err)
		}
		locked, ok := lock[pkg]
		c, err := choose(pkg, byPackage[pkg], versions, locked, ok, false)
		if err != nil {
			return nil, err
		}
		chosen[pkg] = c
	}
	return chosen, nil
}

// Newest chooses the newest version of one package that satisfies all requirements on it: what an upgrade takes.
func Newest(ctx context.Context, pkg string, reqs []Requirement, list func(ctx context.Context, pkg string) ([]Candidate, error)) (Candidate, error) {
	versions, err := list(ctx, pkg)
	if err != nil {
		return Candidate{}, fmt.Errorf("package %s: %w", pkg, err)
	}
	return choose(pkg, reqs, versions, Candidate{}, false, true)
}

func choose(pkg string, reqs []Requirement, versions []Candidate, locked Candidate, isLocked, newest bool) (Candidate, error) {
	var constraints []Constraint
	anything := true
	for _, r := range reqs {
		c, err := ParseConstraint(r.Constraint)
		if err != nil {
			return Candidate{}, fmt.Errorf("package %s: %w", pkg, err)
		}
		constraints = append(constraints, c)
		anything = anything && c.op == 0
	}
	versions = slices.SortedFunc(slices.Values(versions), func(a, b Candidate) int { return CompareVersions(a.Version, b.Version) })
	if anything || newest {
		slices.Reverse(versions)
	}
	exact := slices.ContainsFunc(constraints, func(c Constraint) bool { return c.op == '=' })
	fits := func(v Candidate) bool {
		return !slices.ContainsFunc(constraints, func(c Constraint) bool { return !c.Accepts(v.Version) })
	}
	if isLocked && (anything || fits(locked)) {
		for _, v := range versions {
			if v.Version == locked.Version {
				return v, nil
			}
		}
	}
	for _, v := range versions {
		if fits(v) && (exact || !v.Yanked) {
			return v, nil
		}
	}
	e := &Conflict{Package: pkg, Asked: reqs}
	slices.SortFunc(versions, func(a, b Candidate) int { return CompareVersions(b.Version, a.Version) })
	for _, v := range versions {
		if !v.Yanked {
			e.Versions = append(e.Versions, v.Version)
		}
	}
	return Candidate{}, e
}
