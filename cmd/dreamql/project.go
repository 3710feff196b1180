package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/syntax"
)

// project is the folder of a program: the modules that it may import by path, and the lock of its packages. Nothing outside of
// the folder is read, and no link is followed.
type project struct {
	dir  string
	main string // the program's own file in it; "" for -e and standard input
	lock *packageLock
}

// openProject finds the project of a program by the file that it was read from.
func openProject(args []string) (*project, error) {
	if len(args) == 0 || args[0] == "-" {
		return &project{dir: "."}, nil
	}
	p := &project{dir: filepath.Dir(args[0]), main: filepath.Base(args[0])}
	var err error
	p.lock, err = readLock(filepath.Join(p.dir, lockName))
	return p, err
}

// ReadModule reads the module that p means in the module from.
func (c localCatalog) ReadModule(_ context.Context, from, p string) (name, text string, err error) {
	if c.project == nil {
		return "", "", errors.New("there is no folder to read it from")
	}
	name = path.Join(path.Dir(from), p)
	switch {
	case !filepath.IsLocal(filepath.FromSlash(name)):
		return "", "", errors.New("it lies outside the folder of the program")
	case name == c.project.main:
		return "", "", errors.New("it is the program itself")
	}
	root, err := os.OpenRoot(c.project.dir)
	if err != nil {
		return "", "", errors.New("the folder of the program cannot be opened")
	}
	defer root.Close()
	parts := strings.Split(name, "/")
	for i := range parts {
		at := strings.Join(parts[:i+1], "/")
		info, err := root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", "", catalog.ErrNotFound
		case err != nil:
			return "", "", fmt.Errorf("%s may not be read", at)
		case i < len(parts)-1 && info.IsDir():
		case !info.Mode().IsRegular():
			return "", "", fmt.Errorf("%s is not a plain file: links are not followed", at)
		}
	}
	f, err := root.Open(name)
	if err != nil {
		return "", "", errors.New("it may not be read by this user")
	}
	defer f.Close()
	text, err = readAll(f)
	if err == nil && len(text) > syntax.MaxSource {
		err = fmt.Errorf("it is longer than the %d MB that are accepted", syntax.MaxSource>>20)
	}
	return name, text, err
}

// ModuleNames lists the modules below the folder of the module from, as it would import them.
func (c localCatalog) ModuleNames(_ context.Context, from string) []string {
	if c.project == nil {
		return nil
	}
	const most = 1000
	var out []string
	dir := filepath.Join(c.project.dir, filepath.FromSlash(path.Dir(from)))
	seen := 0
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if seen++; seen > 20*most || len(out) == most {
			return fs.SkipAll
		}
		if err != nil {
			return nil
		}
		if d.IsDir() && p != dir && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if rel, err := filepath.Rel(dir, p); err == nil && d.Type().IsRegular() && strings.HasSuffix(p, ".dql") && filepath.ToSlash(rel) != c.project.main {
			out = append(out, "./"+filepath.ToSlash(rel))
		}
		return nil
	})
	return out
}

// Exporting lists the packages that were given and export a function.
func (c localCatalog) Exporting(_ context.Context, function string) []string {
	var out []string
	for name, p := range c.packages {
		for _, f := range p.Functions {
			if f.Name == function {
				out = append(out, name)
			}
		}
	}
	return out
}
