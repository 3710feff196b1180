package registry

import (
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// Constraint is what an import writes after "@": a lower bound and how far above it a version may be.
//
//	1.2, ^1.2   1.2.0 or newer, below 2.0.0
//	~1.2.3      1.2.3 or newer, below 1.3.0
//	=1.2.3      exactly that
//	(nothing)   any version
type Constraint struct {
	text string
	op   byte   // '^', '~', '=', or 0 for any
	min  string // canonical, "1.2.0"
}

// ParseConstraint reads a constraint as an import spells it.
func ParseConstraint(s string) (Constraint, error) {
	if s == "" {
		return Constraint{}, nil
	}
	c := Constraint{text: s, op: '^'}
	v := s
	if strings.IndexByte("^~=", s[0]) >= 0 {
		c.op, v = s[0], s[1:]
	}
	if len(v) > 64 || strings.HasPrefix(v, "v") || !semver.IsValid("v"+v) {
		return Constraint{}, fmt.Errorf("%q is not a version constraint; write for example 1.2, ^1.2, ~1.2.3 or =1.2.3", clip(s, 80))
	}
	c.min = strings.TrimPrefix(semver.Canonical("v"+v), "v")
	return c, nil
}

func (c Constraint) String() string {
	if c.text == "" {
		return "any version"
	}
	return c.text
}

// Accepts reports whether a version satisfies the constraint. A pre-release is accepted only where the constraint
// names a pre-release of the same version.
func (c Constraint) Accepts(version string) bool {
	v, low := "v"+version, "v"+c.min
	switch {
	case c.op == '=':
		return version == c.min
	case semver.Prerelease(v) != "" && (c.op == 0 || semver.Prerelease(low) == "" || release(v) != release(low)):
		return false
	case c.op == 0:
		return true
	case semver.Compare(v, low) < 0:
		return false
	case c.op == '~':
		return semver.MajorMinor(v) == semver.MajorMinor(low)
	}
	return semver.Major(v) == semver.Major(low)
}

func release(v string) string { return strings.TrimSuffix(v, semver.Prerelease(v)) }
