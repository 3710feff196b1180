package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
)

// lockName is the file beside a program that says which packages it was written with. Only dreamql upgrade writes it.
const lockName = "dreamql.lock"

// packageLock is version and digest of every package of a project, by name.
type packageLock map[string]lockedPackage

type lockedPackage struct{ version, digest string }

var lockLine = regexp.MustCompile(`^([^\s]+) ([0-9][^\s]*) sha256:([0-9a-f]{64})$`)

// readLock reads a lock; nil if there is none.
func readLock(path string) (*packageLock, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil, usageError("%s is not a lock that can be read: remove it and run dreamql upgrade", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	lock := packageLock{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := lockLine.FindStringSubmatch(line)
		if m == nil {
			return nil, usageError("%s, line %d: it should be a package, its version and sha256:digest; run dreamql upgrade to write the file anew", path, n)
		}
		lock[m[1]] = lockedPackage{version: m[2], digest: m[3]}
	}
	return &lock, lines.Err()
}

// accepts compares a package with the lock.
func (l *packageLock) accepts(p *catalog.Package) error {
	if l == nil {
		return nil
	}
	const help = "run dreamql upgrade to take it, or give the package that is locked"
	was, ok := (*l)[p.Name]
	switch {
	case !ok:
		return &catalog.LockError{Missing: true, Message: fmt.Sprintf("the package %s is not in %s", p.Name, lockName), Help: "run dreamql upgrade to add it"}
	case was.version != p.Version:
		return &catalog.LockError{Message: fmt.Sprintf("the package %s is version %s, and %s says %s", p.Name, p.Version, lockName, was.version), Help: help}
	case was.digest != p.Digest:
		return &catalog.LockError{Message: fmt.Sprintf("the contents of the package %s %s are not those that %s says: sha256 %.12s… instead of %.12s…", p.Name, p.Version, lockName, p.Digest, was.digest), Help: help}
	}
	return nil
}

// lockOf is the lock of what a program imports.
func lockOf(imports []check.Import) packageLock {
	lock := packageLock{}
	for _, im := range imports {
		lock[im.Package] = lockedPackage{version: im.Version, digest: im.Digest}
	}
	return lock
}

// write replaces a lock, whole or not at all.
func (l packageLock) write(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+lockName+"-*")
	if err != nil {
		return usageError("%s cannot be written: %w", path, err)
	}
	defer os.Remove(f.Name())
	fmt.Fprintln(f, "# The packages of this program: name, version, SHA-256. dreamql upgrade writes this file; keep it with the program.")
	for _, name := range slices.Sorted(maps.Keys(l)) {
		fmt.Fprintf(f, "%s %s sha256:%s\n", name, l[name].version, l[name].digest)
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return usageError("%s cannot be written: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// changes says what becomes of a lock, one line a package.
func (l packageLock) changes(before *packageLock) []string {
	old := packageLock{}
	if before != nil {
		old = *before
	}
	names := maps.Clone(l)
	maps.Copy(names, old)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, had := old[name]
		is, has := l[name]
		switch {
		case !had:
			out = append(out, fmt.Sprintf("+ %s %s", name, is.version))
		case !has:
			out = append(out, fmt.Sprintf("- %s %s", name, was.version))
		case was.version != is.version:
			out = append(out, fmt.Sprintf("  %s %s → %s", name, was.version, is.version))
		case was.digest != is.digest:
			out = append(out, fmt.Sprintf("  %s %s has other contents", name, is.version))
		}
	}
	return out
}
