package check

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/syntax"
)

// openModules enters the names of the project's modules. A module sees its own names, what it imports, the datasets and the
// builtins; others see what it exports. Its bindings are evaluated when they are first needed, as those of the program are.
func (c *checker) openModules(prog Program) {
	c.modules = map[string]*module{}
	names := slices.Sorted(maps.Keys(prog.Modules))
	for _, name := range names {
		c.modules[name] = newModule(name, prog.Modules[name].Imports)
	}
	for _, name := range names {
		src := prog.Modules[name].Source
		cell := Cell{File: src.File}
		for _, s := range src.Stmts {
			if _, isImport := s.(*syntax.Import); !isImport {
				c.declare(c.modules[name], &cell, s)
			}
		}
	}
	for _, name := range names { // now it is known what each of them exports
		src := prog.Modules[name].Source
		cell := Cell{File: src.File}
		for _, s := range src.Stmts {
			if _, isImport := s.(*syntax.Import); isImport {
				c.declare(c.modules[name], &cell, s)
			}
		}
	}
}

// checkModules looks at what no one has asked for.
func (c *checker) checkModules(prog Program) {
	for _, name := range slices.Sorted(maps.Keys(prog.Modules)) {
		m := c.modules[name]
		for _, s := range prog.Modules[name].Source.Stmts {
			switch s := s.(type) {
			case *syntax.Bind:
				c.statement(m, s)
			case *syntax.ExprStmt:
				c.eval(s.X, &env{mod: m})
			}
		}
	}
}

// importModule enters what an import of a module of the project brings.
func (c *checker) importModule(into *module, cell *Cell, s *syntax.Import) {
	of := c.modules[into.imports[s.Package]]
	if into.imports == nil {
		c.report(errNoModules(s)) // a program that was made without Load
	}
	for _, n := range s.Names {
		d := &def{state: done, val: unknown{}}
		if of != nil { // else Load has reported why
			if target := c.export(of, n.Name); target != nil {
				d = &def{alias: target}
			}
		}
		id := n.Name
		if n.As != nil {
			id = *n.As
		}
		d.name, d.span, d.file = id.Name, id.Span, cell.File
		c.enter(into, cell, d)
	}
	if s.As != nil || len(s.Names) == 0 {
		d := &def{name: moduleAlias(s), span: s.Span, file: cell.File, state: done, val: unknown{}}
		if of != nil {
			d.val = &moduleValue{name: of.name, of: of}
		}
		c.enter(into, cell, d)
	}
}

// moduleAlias is the name of a module imported as a whole: that of its file.
func moduleAlias(s *syntax.Import) string {
	if s.As != nil {
		return s.As.Name
	}
	return strings.TrimSuffix(path.Base(s.Package), ".dql")
}

// export finds an exported binding of a module; nil after a report.
func (c *checker) export(m *module, id syntax.Ident) *def {
	d := m.defs[id.Name]
	if d != nil && m.exports[id.Name] {
		return d
	}
	if d != nil && d.bind != nil {
		c.report(errNotExportedHere(id, m.name, d.bind))
		return nil
	}
	names := m.exported()
	c.report(errNoExport(id, m.name, nearest(id.Name, slices.Clone(names)), names))
	return nil
}

func (m *module) exported() []string {
	var out []string
	for name, yes := range m.exports {
		if yes {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (c *checker) moduleMember(m *module, id syntax.Ident) value {
	d := c.export(m, id)
	if d == nil {
		return unknown{}
	}
	return c.use(d, id.Span, id.Name)
}

// alsoImported finds another import of the package of s, with another version.
func (c *checker) alsoImported(s *syntax.Import) *Import {
	for i := range c.result.Imports {
		if im := &c.result.Imports[i]; im.Package == s.Package && im.Constraint != s.Version && im.Constraint != "" && s.Version != "" {
			return im
		}
	}
	return nil
}
