package check

import (
	"context"
	"errors"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Module is one of the project's own, imported by its path. Only what it exports is visible outside.
type Module struct {
	Name    string // its path inside the project
	Source  *syntax.Program
	Imports map[string]string // names of modules by the paths that it imports
}

const maxModules = 200

// Load makes a program of sources and of the modules that they import by path, directly or not. Modules become files of set.
func Load(ctx context.Context, cat catalog.Catalog, set *source.Set, sources []*syntax.Program) (Program, source.Diagnostics) {
	l := &loader{ctx: ctx, set: set, modules: map[string]*Module{}}
	l.reader, _ = cat.(catalog.ModuleReader)
	out := Program{Sources: sources, Imports: map[string]string{}, Modules: l.modules}
	for _, src := range sources {
		l.imports(src, "", out.Imports)
	}
	return out, l.diags
}

type loader struct {
	ctx     context.Context
	reader  catalog.ModuleReader
	set     *source.Set
	modules map[string]*Module
	path    []string // the modules that are being loaded, from the outermost
	diags   source.Diagnostics
}

// imports loads what a text imports by path, and notes what each path means.
func (l *loader) imports(src *syntax.Program, from string, means map[string]string) {
	for _, s := range src.Stmts {
		im, ok := s.(*syntax.Import)
		if !ok || !im.Local {
			continue
		}
		if name, ok := l.load(im, from); ok {
			means[im.Package] = name
		}
	}
}

func (l *loader) load(im *syntax.Import, from string) (string, bool) {
	report := func(d source.Diagnostic) (string, bool) {
		l.diags = append(l.diags, d)
		return "", false
	}
	switch {
	case l.reader == nil:
		return report(errNoModules(im))
	case !strings.HasPrefix(im.Package, "./") && !strings.HasPrefix(im.Package, "../") || !strings.HasSuffix(im.Package, ".dql"):
		return report(errModulePath(im))
	}
	name, text, err := l.reader.ReadModule(l.ctx, from, im.Package)
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		return report(errNoModule(im, nearest(im.Package, l.reader.ModuleNames(l.ctx, from))))
	case err != nil:
		return report(errModule(im, err))
	case contains(l.path, name):
		return report(errModuleCycle(im, append(l.path[:len(l.path):len(l.path)], name)))
	case l.modules[name] != nil:
		return name, true
	case len(l.modules) == maxModules:
		return report(errManyModules(im))
	}
	m := &Module{Name: name, Imports: map[string]string{}}
	l.modules[name] = m
	var diags source.Diagnostics
	m.Source, diags = syntax.Parse(l.file(name, text), text)
	l.diags = append(l.diags, diags...)
	l.path = append(l.path, name)
	l.imports(m.Source, name, m.Imports)
	l.path = l.path[:len(l.path)-1]
	return name, true
}

// file enters a module's text into the set, where it may be from an earlier check.
func (l *loader) file(name, text string) source.FileID {
	for i := range l.set.Files {
		if f := &l.set.Files[i]; f.Module && f.Name == name {
			f.Text = text
			return source.FileID(i)
		}
	}
	l.set.Files = append(l.set.Files, source.File{Name: name, Text: text, Module: true})
	return source.FileID(len(l.set.Files) - 1)
}
