package registry

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/semver"
)

const (
	maxScope = 39
	maxName  = 64
)

// reserved are the words of the language that cannot name a function, and so name no package either.
var reserved = map[string]bool{
	"match": true, "if": true, "else": true, "and": true, "or": true, "not": true, "in": true, "is": true,
	"true": true, "false": true, "none": true, "import": true,
}

// CheckScope reports why s cannot be a scope.
func CheckScope(s string) error { return checkName("scope", s, maxScope) }

// CheckName reports why s cannot be the name of a package. Names are what an import can spell without quotes.
func CheckName(s string) error { return checkName("name", s, maxName) }

func checkName(what, s string, limit int) error {
	if err := checkIdentifier(what, s, limit); err != nil {
		return err
	}
	if s != strings.ToLower(s) || s[0] == '_' {
		return fmt.Errorf("%s %q: write it in lower case, starting with a letter, for example %q", what, s, strings.TrimLeft(strings.ToLower(s), "_"))
	}
	return nil
}

// checkIdentifier accepts a letter or underscore followed by letters, digits and underscores, all ASCII.
func checkIdentifier(what, s string, limit int) error {
	switch {
	case s == "":
		return fmt.Errorf("%s is missing", what)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s is not valid UTF-8", what)
	case len(s) > limit:
		return fmt.Errorf("%s %q… is longer than %d characters", what, clip(s, 20), limit)
	case reserved[s]:
		return fmt.Errorf("%s %q is a word of the language; choose another", what, s)
	}
	for i, r := range s {
		switch {
		case r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		case '0' <= r && r <= '9' && i > 0:
		case '0' <= r && r <= '9':
			return fmt.Errorf("%s %q starts with a digit; start with a letter", what, s)
		case r == '-':
			return fmt.Errorf("%s %q has a '-', which an import would read as minus; write %q", what, s, strings.ReplaceAll(s, "-", "_"))
		case r > 127:
			return fmt.Errorf("%s %q has %q (%U), which can be mistaken for another letter; use a–z, 0–9 and _", what, s, r, r)
		default:
			return fmt.Errorf("%s %q has %q; use letters, digits and _", what, s, r)
		}
	}
	return nil
}

var lookalikes = strings.NewReplacer("_", "", "0", "o", "1", "l", "i", "l", "5", "s", "2", "z", "rn", "m", "vv", "w")

// Skeleton maps names that a reader would take for each other to one text: "ge0", "g_eo" and "geo" are the same.
func Skeleton(s string) string { return lookalikes.Replace(strings.ToLower(s)) }

// CheckVersion reports why s is not a version that can be published.
func CheckVersion(s string) error {
	switch {
	case s == "":
		return fmt.Errorf(`version is missing; write for example version = "1.0.0"`)
	case len(s) > 64:
		return fmt.Errorf("version %q… is longer than 64 characters", clip(s, 20))
	case strings.HasPrefix(s, "v"):
		return fmt.Errorf("version %q: leave out the v", s)
	case strings.Contains(s, "+"):
		return fmt.Errorf("version %q: leave out what follows the +; two builds of one version cannot both be published", s)
	case !semver.IsValid("v"+s) || semver.Canonical("v"+s) != "v"+s:
		return fmt.Errorf("version %q is not a semantic version; write major.minor.patch, for example 1.0.0 or 1.0.0-beta.1", s)
	}
	return nil
}

// CompareVersions orders versions by semantic precedence: negative where a is older than b.
func CompareVersions(a, b string) int { return semver.Compare("v"+a, "v"+b) }

// nearest returns the candidate closest to s, or "" if none is close.
func nearest(s string, candidates []string) string {
	best, limit := "", max(1, len(s)/3)+1
	for _, c := range candidates {
		if d := distance(s, c, limit); d < limit {
			best, limit = c, d
		}
	}
	return best
}

// distance is the number of single-letter edits from a to b, or limit if there are as many or more.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return min(row[len(b)], limit)
}

func clip(s string, n int) string {
	for i := range s {
		if i >= n {
			return s[:i]
		}
	}
	return s
}
