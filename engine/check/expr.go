package check

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// evaluate gives the value of an expression; eval does, and tells the recorder.
func (c *checker) evaluate(e syntax.Expr, v *env) value {
	if c.stopped {
		return unknown{}
	}
	if c.steps++; c.steps > maxSteps {
		return c.stop(errTooMuch(e.Place()))
	}
	if c.steps%1024 == 0 && c.ctx.Err() != nil {
		return c.stop(errCancelled(e.Place()))
	}
	if c.depth++; c.depth > maxDepth {
		c.depth--
		return c.stop(errTooDeep(e.Place()))
	}
	defer func() { c.depth-- }()
	switch e := e.(type) {
	case *syntax.Name:
		return c.name(e, v)
	case *syntax.ParamRef:
		return c.paramRef(e, v)
	case *syntax.ColumnRef:
		return c.columnRef(e, v)
	case *syntax.Number:
		return c.number(e, false)
	case *syntax.DurationLit:
		return c.duration(e)
	case *syntax.String:
		return c.text(e)
	case *syntax.Interp:
		return c.interp(e, v)
	case *syntax.Bool:
		return boolConst(e.Value, c.place(e))
	case *syntax.None:
		return c.none(c.place(e))
	case *syntax.List:
		out := &list{}
		for _, x := range e.Items {
			out.items = append(out.items, c.eval(x, v))
		}
		return out
	case *syntax.Braces:
		return c.braces(e, v)
	case *syntax.Match:
		return c.match(e, nil, v)
	case *syntax.If:
		return c.ifElse(e, v)
	case *syntax.Lambda:
		return &closure{fn: e, env: v}
	case *syntax.Pipe:
		return c.pipe(e, v)
	case *syntax.Call:
		return c.call(e, v)
	case *syntax.Member:
		return c.member(e, v)
	case *syntax.Index:
		return c.function("get", []arg{{v: c.eval(e.X, v), span: e.X.Place()}, {v: c.eval(e.I, v), span: e.I.Place()}}, e)
	case *syntax.Unary:
		return c.unary(e, v)
	case *syntax.Binary:
		return c.binary(e, v)
	case *syntax.In:
		return c.in(e, v)
	case *syntax.IsNone:
		return c.isNone(c.eval(e.X, v), e.Not, e)
	case *syntax.Range:
		out := &interval{half: e.HalfOpen}
		if e.Lo != nil {
			out.lo = c.eval(e.Lo, v)
		}
		if e.Hi != nil {
			out.hi = c.eval(e.Hi, v)
		}
		return out
	}
	return unknown{} // *syntax.Bad: reported by the parser
}

// name resolves a bare name: lambda and let names, then columns, then the module, then datasets and functions.
func (c *checker) name(e *syntax.Name, v *env) value {
	if x := v.local(e.Name); x != nil {
		c.facts.local(e.Span, e.Name, v)
		return x
	}
	def := v.mod.defs[e.Name]
	if r := v.nearestRow(); r != nil {
		if at, ok := v.spentAt(e.Name); ok && r.rec.field(e.Name) != nil {
			return c.report(errSpent(e.Span, e.Name, at.Span))
		}
		if x := r.rec.field(e.Name); x != nil {
			if def != nil && def.bind != nil {
				return c.report(errClash(e.Span, e.Name, def.span))
			}
			c.facts.column(e.Span, e.Name, r)
			return c.at(x, e)
		}
		if r.any && def == nil {
			return unknown{}
		}
	}
	if def != nil {
		return c.use(def, e.Span, e.Name)
	}
	if v.outerRow(e.Name) {
		return c.report(errOuterColumn(e.Span, e.Name))
	}
	if v.nearestRow() == nil {
		if t := c.dataset(e.Name, e); t != nil {
			return t
		}
		if c.stopped {
			return unknown{}
		}
	}
	if c.isBuiltin(e.Name) {
		c.facts.builtin(e.Span, e.Name)
		b := &builtin{name: e.Name}
		if r := v.nearestRow(); r != nil {
			b.near = c.near(e.Name, r.rec.names())
		}
		return b
	}
	if v.nearestRow() != nil {
		if t := c.dataset(e.Name, e); t != nil {
			return t
		}
		return c.report(errUnknownColumn(e.Span, e.Name, c.near(e.Name, v.names()), v.nearestRow().rec.names()))
	}
	if v.mod.sealed {
		return c.report(errUnknownName(e.Span, e.Name, c.near(e.Name, v.names())))
	}
	tables, _ := c.cat.TableNames(c.ctx)
	return c.report(errUnknownName(e.Span, e.Name, c.near(e.Name, append(append(v.names(), tables...), c.builtinNames()...))))
}

// at gives a value the place where it is used, for run-time errors.
func (c *checker) at(v value, n syntax.Node) value {
	if s, ok := v.(*scalar); ok && s.e.Op == logical.OpColumn {
		x, e := *s, *s.e
		e.Span = c.place(n)
		x.e = &e
		return &x
	}
	return v
}

// use gives the value of a module's name.
func (c *checker) use(d *def, at span, name string) value {
	c.used(at, name, d.file)
	c.facts.bound(at, d)
	for d.alias != nil {
		d = d.alias
	}
	if d.state == running {
		return c.report(errCycle(at, name))
	}
	return c.force(d)
}

func (c *checker) paramRef(e *syntax.ParamRef, v *env) value {
	p := v.mod.params[e.Name]
	if p == nil {
		return c.report(errUnknownParam(e.Span, e.Name, nearest(e.Name, keysOf(v.mod.params))))
	}
	c.used(e.Span, "$"+e.Name, p.stmt.Span.File)
	c.facts.param(e.Span, p)
	return c.param(p)
}

func (c *checker) columnRef(e *syntax.ColumnRef, v *env) value {
	r := v.nearestRow()
	if r == nil {
		return c.report(errNoRow(e.Span, e.Name))
	}
	if x := r.rec.field(e.Name); x != nil {
		c.facts.column(afterSigil(e.Span), e.Name, r)
		return c.at(x, e)
	}
	if r.any {
		return unknown{}
	}
	return c.report(errUnknownColumn(afterSigil(e.Span), e.Name, nearest(e.Name, r.rec.names()), r.rec.names()))
}

// dataset reads a table of the catalogue; nil if there is none of that name.
func (c *checker) dataset(name string, n syntax.Node) value {
	if t := c.tables[name]; t != nil {
		c.facts.dataset(n.Place(), name)
		c.reads(n, name)
		return t
	}
	if c.site != (span{}) {
		return nil // a package sees no datasets
	}
	t, err := c.cat.Table(c.ctx, name)
	if err != nil {
		if isNotFound(err) {
			return nil
		}
		return c.report(errCatalog(n.Place(), name, err))
	}
	out := &table{node: &logical.Scan{Table: t, Columns: t.Columns, Span: n.Place()}, size: 1}
	c.tables[name] = out
	c.facts.dataset(n.Place(), name)
	c.reads(n, name)
	return out
}

// reads notes that a cell reads a table.
func (c *checker) reads(n syntax.Node, name string) {
	if cell := c.cell(n.Place().File); cell != nil {
		addOnce(&cell.Tables, name)
	}
}

func (c *checker) member(e *syntax.Member, v *env) value {
	x := c.eval(e.X, v)
	switch x := x.(type) {
	case unknown:
		return x
	case *moduleValue:
		if x.of != nil {
			return c.moduleMember(x.of, e.Name)
		}
		if f := x.funcs[e.Name.Name]; f != nil {
			c.facts.exported(e.Name.Span, e.Name.Name, f)
			return f
		}
		return c.report(errNotExported(e.Name, x.name, nearest(e.Name.Name, keysOf(x.funcs))))
	case *record:
		f := x.field(e.Name.Name)
		if f == nil {
			return c.report(errNoField(e.Name, x.names()))
		}
		if x.present != nil && !e.Optional {
			return c.report(errAbsentMember(e))
		}
		c.facts.field(e.Name, x)
		return c.at(f, e)
	case *scalar:
		t := x.e.T
		if t.Required().Kind == types.JSON {
			return c.function("get", []arg{{v: x, span: e.X.Place()}, {v: textConst(e.Name.Name, e.Name.Span), span: e.Name.Span}}, e)
		}
		if t.Required().Kind != types.Record {
			break
		}
		f, ok := t.Required().Field(e.Name.Name)
		if !ok {
			return c.report(errNoField(e.Name, fieldNames(t.Required().Fields)))
		}
		if t.IsOption() {
			if !e.Optional {
				return c.report(errAbsentMember(e))
			}
			f.Type = types.Optional(f.Type)
		}
		return c.build(&logical.Expr{Op: logical.OpField, T: f.Type, Name: f.Name, Span: c.place(e)}, x)
	case *table:
		return c.tableMember(x, e)
	}
	return c.report(errNoFields(e.Name, x.what()))
}

func fieldNames(fs []types.Field) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.Name
	}
	return out
}
