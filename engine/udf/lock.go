package udf

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Lock is the packages of a native function's environment: exact versions, each with the hashes of the files that may be
// installed for it. It is complete; nothing that it does not name is installed.
//
//	numpy==2.2.6 \
//	    --hash=sha256:0678000bb9ac1475cd454c6b8c799206af8107e310843532b04d49649c717a47
type Lock struct {
	Digest       string // SHA-256 of the file, by which functions name their environment
	Requirements []Requirement
}

// Requirement is one package of a Lock.
type Requirement struct {
	Name, Version string
	Hashes        []string // SHA-256, lower-case hexadecimal
}

func (r Requirement) String() string { return r.Name + "==" + r.Version }

// Line writes a requirement as pip reads it.
func (r Requirement) Line() string {
	return r.String() + " --hash=sha256:" + strings.Join(r.Hashes, " --hash=sha256:")
}

const (
	maxLock         = 1 << 20
	maxRequirements = 500
	maxHashes       = 500
)

var (
	pinned   = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?)==([0-9A-Za-z!+._-]{1,64})$`)
	unpinned = regexp.MustCompile(`^([A-Za-z0-9._-]+)($|[<>=~!])`)
	hash     = regexp.MustCompile(`^--hash=sha256:[0-9a-f]{64}$`)
	dashes   = regexp.MustCompile(`[-_.]+`)
)

// ParseLock reads a lock, from anyone: names with versions and hashes, as pip-compile --generate-hashes and uv pip compile
// --generate-hashes write them, and comments. Options, addresses, paths, extras and conditions are errors.
func ParseLock(text []byte) (*Lock, error) {
	if len(text) > maxLock {
		return nil, fmt.Errorf("the lock is larger than %d KiB", maxLock>>10)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("the lock is not text in UTF-8")
	}
	sum := sha256.Sum256(text)
	l := &Lock{Digest: hex.EncodeToString(sum[:])}
	seen := map[string]int{}
	var open *Requirement // goes on, because its last line ended in a backslash
	for i, line := range strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") {
		at := func(format string, args ...any) error {
			return fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, args...))
		}
		if before, _, ok := strings.Cut(" "+line, " #"); ok {
			line = before
		}
		line = strings.TrimSpace(line)
		goesOn := strings.HasSuffix(line, `\`)
		words := strings.Fields(strings.TrimSuffix(line, `\`))
		if open == nil && len(words) > 0 {
			m := pinned.FindStringSubmatch(words[0])
			switch {
			case m != nil:
			case strings.HasPrefix(words[0], "--hash"):
				return nil, at("a hash without a package before it; end the line before with a backslash")
			case strings.HasPrefix(words[0], "-"):
				return nil, at("the option %s is not allowed; a lock has names, versions and hashes only", clip(words[0]))
			case strings.Contains(words[0], "[") || strings.Contains(line, ";"):
				return nil, at("%s: extras and conditions are not allowed; write the lock with --strip-extras, for one Python", clip(words[0]))
			case strings.ContainsAny(words[0], "/:@\\") || strings.Contains(line, " @ "):
				return nil, at("%s is an address or a path; name a package of the index with its version", clip(words[0]))
			case unpinned.MatchString(words[0]):
				return nil, at("%s has no exact version; write it as %s==1.2.3", clip(words[0]), clip(unpinned.FindStringSubmatch(words[0])[1]))
			default:
				return nil, at("%s is no requirement; write name==version --hash=sha256:…", clip(words[0]))
			}
			name := strings.ToLower(dashes.ReplaceAllString(m[1], "-"))
			if first, twice := seen[name]; twice {
				return nil, at("%s is named twice; its first line is %d", name, first)
			}
			if len(l.Requirements) >= maxRequirements {
				return nil, at("the lock names more than %d packages", maxRequirements)
			}
			seen[name] = i + 1
			l.Requirements = append(l.Requirements, Requirement{Name: name, Version: m[2]})
			open, words = &l.Requirements[len(l.Requirements)-1], words[1:]
		}
		for _, w := range words {
			switch {
			case strings.HasPrefix(w, ";"):
				return nil, at("%s: conditions are not allowed; write the lock for one Python", open.Name)
			case !hash.MatchString(w):
				return nil, at("%s: %s is no hash; write --hash=sha256: and 64 hexadecimal digits in lower case", open.Name, clip(w))
			case len(open.Hashes) >= maxHashes:
				return nil, at("%s has more than %d hashes", open.Name, maxHashes)
			}
			open.Hashes = append(open.Hashes, strings.TrimPrefix(w, "--hash=sha256:"))
		}
		if !goesOn && open != nil {
			if len(open.Hashes) == 0 {
				return nil, at("%s has no hash; write the lock with --generate-hashes", open.Name)
			}
			open = nil
		}
	}
	switch {
	case open != nil && len(open.Hashes) == 0:
		return nil, fmt.Errorf("%s, at the end, has no hash; write the lock with --generate-hashes", open.Name)
	case len(l.Requirements) == 0:
		return nil, errors.New("the lock names no packages")
	}
	return l, nil
}

func clip(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:57], "") + "…"
	}
	return s
}
