package check

import (
	"errors"
	"sort"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// module is the names at the top level of a program, or of a package of expressions.
type module struct {
	defs   map[string]*def
	params map[string]*param
	types  map[string]*typeDef
	// name is that of a module of the project, "" for the program itself and for packages.
	name    string
	exports map[string]bool
	imports map[string]string // modules by the paths that are imported
	sealed  bool              // a package: it sees no datasets
}

func newModule(name string, imports map[string]string) *module {
	return &module{defs: map[string]*def{}, params: map[string]*param{}, types: map[string]*typeDef{}, name: name, exports: map[string]bool{}, imports: imports}
}

// def is a binding or an import. It is evaluated when it is first needed, so order does not matter.
type def struct {
	name  string
	span  source.Span
	file  source.FileID
	mod   *module
	bind  *syntax.Bind // nil for an import
	alias *def         // what an import of another module of the project names
	state progress
	val   value
}

type progress uint8

const (
	waiting progress = iota
	running
	done
)

func (c *checker) program(prog Program) {
	c.mod = newModule("", prog.Imports)
	c.openModules(prog)
	c.result.Cells = make([]Cell, len(prog.Sources))
	for i, src := range prog.Sources {
		c.result.Cells[i].File = src.File
		c.declareForeign(c.mod, &c.result.Cells[i], prog.Foreign[src.File])
		for _, s := range src.Stmts {
			c.declare(c.mod, &c.result.Cells[i], s)
		}
	}
	root := &env{mod: c.mod}
	for _, src := range prog.Sources {
		for _, s := range src.Stmts {
			if p, ok := s.(*syntax.Param); ok && c.mod.params[p.Name.Name] != nil && c.mod.params[p.Name.Name].stmt == p {
				c.param(c.mod.params[p.Name.Name])
			}
		}
	}
	for i, src := range prog.Sources {
		cell := &c.result.Cells[i]
		if c.facts.skips(src.File) {
			continue
		}
		for j, s := range src.Stmts {
			switch s := s.(type) {
			case *syntax.Bind:
				c.statement(c.mod, s)
			case *syntax.ExprStmt:
				before := len(c.diags)
				c.sink, c.bound = sink(s.X), c.bounds(s.Note)
				v := c.eval(s.X, root)
				c.sink, c.bound = nil, nil
				v = c.noted(v, s.Note, s.X)
				if j != len(src.Stmts)-1 {
					continue
				}
				if _, ok := v.(saved); ok {
					cell.Columns = SavedColumns
					continue
				}
				node, ok := c.final(v, s.X)
				if ok && !c.stopped && !c.diags[before:].HasErrors() {
					cell.Plan, cell.Columns = node, node.Schema()
				}
			}
		}
		if cell.Saves, c.saves = c.saves, nil; c.diags.HasErrors() {
			cell.Saves = nil
		}
		if n := len(src.Stmts); n > 0 {
			if _, ok := src.Stmts[n-1].(*syntax.ExprStmt); ok {
				c.result.Plan, c.result.Columns = cell.Plan, cell.Columns
			}
		}
	}
	c.checkModules(prog)
	if c.stopped || c.diags.HasErrors() {
		c.result.Plan, c.result.Columns = nil, nil
	}
	for i := range c.result.Cells {
		sort.Strings(c.result.Cells[i].Uses)
	}
	sort.SliceStable(c.diags, func(i, j int) bool {
		a, b := c.diags[i].Span, c.diags[j].Span
		return a.File < b.File || a.File == b.File && a.Start < b.Start
	})
}

// statement evaluates a binding that nothing has asked for yet, and tries a function that nothing has called.
func (c *checker) statement(m *module, b *syntax.Bind) {
	if b.Pattern != nil && len(bound(b)) == 0 {
		c.destructure(b.Pattern, c.eval(b.Value, &env{mod: m}), map[string]value{})
	}
	for _, n := range bound(b) {
		d := m.defs[n.Name]
		if d == nil || d.bind != b {
			continue
		}
		c.force(d)
		f, ok := d.val.(*closure)
		if !ok || c.applications[f.fn] {
			continue
		}
		args := make([]arg, len(f.fn.Params))
		for i := range args {
			args[i] = arg{v: unknown{}, span: f.fn.Span}
		}
		c.apply(f, args, f.fn.Span)
	}
}

// declare enters the names of a statement.
func (c *checker) declare(m *module, cell *Cell, s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.Import:
		if s.Local {
			c.importModule(m, cell, s)
		} else {
			c.importPackage(m, cell, s)
		}
	case *syntax.Param:
		if m.name != "" {
			c.report(errModuleParam(s))
			return
		}
		if p, dup := m.params[s.Name.Name]; dup {
			c.report(errDuplicate("parameter", s.Name, p.stmt.Name.Span))
			return
		}
		m.params[s.Name.Name] = &param{stmt: s}
		c.facts.param(s.Name.Span, m.params[s.Name.Name])
		cell.Defines = append(cell.Defines, "$"+s.Name.Name)
	case *syntax.TypeDef:
		if t, dup := m.types[s.Name.Name]; dup {
			c.report(errDuplicate("type", s.Name, t.stmt.Name.Span))
			return
		}
		m.types[s.Name.Name] = &typeDef{stmt: s}
		c.facts.typeName(s.Name.Span, m.types[s.Name.Name])
		cell.Defines = append(cell.Defines, s.Name.Name)
	case *syntax.Bind:
		for _, n := range bound(s) {
			c.enter(m, cell, &def{name: n.Name, span: n.Span, file: cell.File, bind: s})
			m.exports[n.Name] = m.exports[n.Name] || s.Export
			if s.Export && m == c.mod {
				c.result.Exports = append(c.result.Exports, n.Name)
			}
		}
	}
}

func (c *checker) enter(m *module, cell *Cell, d *def) {
	d.mod = m
	c.facts.bound(d.span, d)
	if was, dup := m.defs[d.name]; dup {
		c.report(errDuplicateName(d.name, d.span, was.span))
		return
	}
	m.defs[d.name] = d
	cell.Defines = append(cell.Defines, d.name)
}

// bound is the names that a binding gives values to.
func bound(b *syntax.Bind) []syntax.Ident {
	if b.Name != nil {
		return []syntax.Ident{*b.Name}
	}
	var out []syntax.Ident
	if b.Pattern != nil {
		patternNames(b.Pattern, &out)
	}
	return out
}

// force evaluates a binding.
func (c *checker) force(d *def) value {
	if d.alias != nil {
		return c.force(d.alias)
	}
	if d.state == done || d.bind == nil {
		return d.val
	}
	names, m := bound(d.bind), d.mod
	for _, n := range names {
		if x := m.defs[n.Name]; x != nil && x.bind == d.bind {
			x.state = running
		}
	}
	site := c.site
	c.site = source.Span{}
	v := c.noted(c.eval(d.bind.Value, &env{mod: m}), d.bind.Note, d.bind.Value)
	c.site = site
	parts := map[string]value{}
	if d.bind.Name != nil {
		parts[d.bind.Name.Name] = v
	} else {
		c.destructure(d.bind.Pattern, v, parts)
	}
	for _, n := range names {
		if x := m.defs[n.Name]; x != nil && x.bind == d.bind {
			x.state, x.val = done, parts[n.Name]
			if x.val == nil {
				x.val = unknown{}
			}
			c.facts.saw(n.Span, x.val, nil)
		}
	}
	return d.val
}

// used notes that a cell uses a name of another.
func (c *checker) used(at source.Span, name string, of source.FileID) {
	if at.File == of {
		return
	}
	if cell := c.cell(at.File); cell != nil {
		addOnce(&cell.Uses, name)
	}
}

func (c *checker) cell(f source.FileID) *Cell {
	for i := range c.result.Cells {
		if c.result.Cells[i].File == f {
			return &c.result.Cells[i]
		}
	}
	return nil
}

func addOnce(list *[]string, s string) {
	for _, x := range *list {
		if x == s {
			return
		}
	}
	*list = append(*list, s)
}

// importPackage resolves an import and enters what it brings.
func (c *checker) importPackage(into *module, cell *Cell, s *syntax.Import) {
	p, err := c.cat.Package(c.ctx, s.Package, s.Version)
	if err != nil || p == nil {
		if err == nil || errors.Is(err, catalog.ErrNotFound) {
			names, _ := c.cat.PackageNames(c.ctx)
			if other := c.alsoImported(s); other != nil && contains(names, s.Package) {
				c.report(errVersionConflict(s, *other))
			} else {
				c.report(errUnknownPackage(s, nearest(s.Package, names), contains(names, s.Package)))
			}
		} else {
			c.report(errPackage(s, err))
		}
		for _, n := range s.Names {
			c.enterImport(into, cell, n, unknown{})
		}
		if s.As != nil || len(s.Names) == 0 {
			c.enter(into, cell, &def{name: alias(s), span: s.Span, file: cell.File, state: done, val: unknown{}})
		}
		return
	}
	c.result.Imports = append(c.result.Imports, Import{Package: p.Name, Version: p.Version, Digest: p.Digest, Constraint: s.Version, Span: s.Span})
	m := c.open(p, s.Path)
	for _, n := range s.Names {
		f, ok := m.funcs[n.Name.Name]
		if !ok {
			c.report(errNotExported(n.Name, p.Name+"@"+p.Version, nearest(n.Name.Name, keysOf(m.funcs))))
			f = unknown{}
		}
		c.facts.exported(n.Name.Span, n.Name.Name, f)
		c.enterImport(into, cell, n, f)
	}
	if s.As != nil || len(s.Names) == 0 {
		c.enter(into, cell, &def{name: alias(s), span: s.Span, file: cell.File, state: done, val: m})
	}
}

func (c *checker) enterImport(into *module, cell *Cell, n syntax.ImportName, v value) {
	id := n.Name
	if n.As != nil {
		id = *n.As
	}
	c.enter(into, cell, &def{name: id.Name, span: id.Span, file: cell.File, state: done, val: v})
}

// alias is the name of a package imported as a whole: the part after the last "/" or ".".
func alias(s *syntax.Import) string {
	if s.As != nil {
		return s.As.Name
	}
	for i := len(s.Package) - 1; i >= 0; i-- {
		if s.Package[i] == '/' || s.Package[i] == '.' {
			return s.Package[i+1:]
		}
	}
	return s.Package
}

// open makes the functions of a package callable; those in DreamQL see each other and nothing else.
func (c *checker) open(p *catalog.Package, at span) *moduleValue {
	key := p.Name + "@" + p.Version
	if m := c.packages[key]; m != nil {
		return m
	}
	m := &moduleValue{name: p.Name, funcs: map[string]value{}}
	c.packages[key] = m
	c.facts.opened(p)
	inside := newModule("", nil)
	inside.sealed = true
	for i := range p.Functions {
		f := &p.Functions[i]
		var v value = &packaged{f}
		if f.Kind == udf.Expression {
			v = c.expressionFunction(f, inside, at)
		}
		m.funcs[f.Name] = v
		inside.defs[f.Name] = &def{name: f.Name, mod: inside, file: -1, state: done, val: v}
	}
	return m
}

// expressionFunction parses the source of a package function. Its places are in no file of the program.
func (c *checker) expressionFunction(f *udf.Function, inside *module, at span) value {
	e, diags := syntax.ParseExpr(-1, f.Source)
	fn, ok := e.(*syntax.Lambda)
	if diags.HasErrors() || !ok || len(fn.Params) != len(f.Params) {
		c.report(errPackageSource(at, f))
		return unknown{}
	}
	return &closure{fn: fn, env: &env{mod: inside}, of: f}
}

func keysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// typeDef is a named type.
type typeDef struct {
	stmt  *syntax.TypeDef
	state progress
	t     types.Type
}
