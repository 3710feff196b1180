package check

import (
	"context"
	"slices"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/udf"
)

// Facts are what the checker found out about places of a program, for editors: what expressions are worth, what names are in sight
// there, and what each written name means. They are noted while the program is checked, so that nothing is inferred twice in
// two ways. A nil *Facts notes nothing and costs nothing. They are read-only once Observe has returned.
type Facts struct {
	checker *checker
	seen    map[span]sight
	uses    map[span][]meaning
	origins map[columnKey]span // where a column of a plan node got its name
	made    map[fieldKey]span  // where a field of a record got its name
	docs    map[string]string  // of package functions, by their ID
	focus   []source.FileID    // the sources to evaluate; all if empty
}

// sight is an expression as it was last evaluated; a function's body may be evaluated many times.
type sight struct {
	v   value
	env *env
}

// meaning is one of those of a written name.
type meaning struct {
	kind SymbolKind
	name string
	at   span      // where it is bound in the program; zero if it is not there
	row  *rowScope // of a column: whose
	fn   *udf.Function
	pkg  string // of an import as a whole
}

type columnKey struct {
	node logical.Node
	name string
}

type fieldKey struct {
	v    value
	name string
}

// Observe checks a program as Check does, without parameters, and notes what an editor asks about.
//
// With focus, only the statements of those sources are evaluated, and what they use of others: the result and the diagnostics are of
// no use then, but the facts come sooner.
func Observe(ctx context.Context, cat catalog.Catalog, prog Program, focus ...source.FileID) (*Result, *Facts, source.Diagnostics) {
	f := &Facts{seen: map[span]sight{}, uses: map[span][]meaning{}, origins: map[columnKey]span{}, made: map[fieldKey]span{}, docs: map[string]string{}, focus: focus}
	result, diags := run(ctx, cat, prog, nil, f)
	return result, f, diags
}

// skips reports whether nobody asks about a source.
func (f *Facts) skips(file source.FileID) bool {
	return f != nil && len(f.focus) > 0 && !slices.Contains(f.focus, file)
}

// eval gives the value of an expression.
func (c *checker) eval(e syntax.Expr, v *env) value {
	x := c.evaluate(e, v)
	if c.facts != nil {
		c.facts.saw(e.Place(), x, v)
	}
	return x
}

// afterSigil is the place of a name behind "." or "$".
func afterSigil(at span) span {
	at.Start++
	return at
}

func (f *Facts) saw(at span, v value, in *env) {
	if f == nil || at.File < 0 {
		return
	}
	was, twice := f.seen[at]
	if twice && isUnknown(v) && !isUnknown(was.v) {
		return
	}
	if r := in.nearestRow(); twice && r != nil && r.any && isUnknown(v) {
		return
	}
	f.seen[at] = sight{v, in}
}

func (f *Facts) use(at span, u meaning) {
	if at.File < 0 {
		return
	}
	for _, was := range f.uses[at] {
		if was == u {
			return
		}
	}
	f.uses[at] = append(f.uses[at], u)
}

// local notes a lambda or let name.
func (f *Facts) local(at span, name string, v *env) {
	if f == nil {
		return
	}
	for ; v != nil; v = v.parent {
		if x, ok := v.locals[name]; ok {
			if u := (meaning{kind: Local, name: name, at: v.places[name]}); u.at.File >= 0 && u.at != (span{}) {
				f.use(at, f.madeBy(x, u))
			}
			return
		}
	}
}

// madeBy sees through a field that later fields of its record use.
func (f *Facts) madeBy(x value, u meaning) meaning {
	if at, ok := f.made[fieldKey{x, u.name}]; ok && at == u.at {
		u.kind = Column
	}
	return u
}

// bind notes the place where a local name, or the right row of a join, gets its name.
func (f *Facts) bind(id syntax.Ident, v value) {
	if f == nil {
		return
	}
	f.use(id.Span, meaning{kind: Local, name: id.Name, at: id.Span})
	if v != nil {
		f.saw(id.Span, v, nil)
	}
}

func (f *Facts) bound(at span, d *def) {
	if f == nil {
		return
	}
	u := meaning{kind: Binding, name: d.name, at: d.span}
	if d.alias != nil && at == d.span {
		f.use(at, meaning{kind: Binding, name: d.alias.name, at: d.alias.span})
	}
	if d.bind == nil && d.alias == nil {
		u.kind = Imported
		switch v := d.val.(type) {
		case *closure:
			u.fn = v.of
		case *packaged:
			u.fn = v.fn
		case *moduleValue:
			u.pkg = v.name
		}
	}
	f.use(at, u)
}

func (f *Facts) param(at span, p *param) {
	if f == nil {
		return
	}
	if at != p.stmt.Name.Span {
		at = afterSigil(at)
	}
	f.use(at, meaning{kind: Parameter, name: p.stmt.Name.Name, at: p.stmt.Name.Span})
}

func (f *Facts) typeName(at span, d *typeDef) {
	if f != nil {
		f.use(at, meaning{kind: TypeName, name: d.stmt.Name.Name, at: d.stmt.Name.Span})
	}
}

func (f *Facts) column(at span, name string, row *rowScope) {
	if f != nil {
		f.use(at, meaning{kind: Column, name: name, row: row})
	}
}

func (f *Facts) builtin(at span, name string) {
	if f != nil {
		f.use(at, meaning{kind: Builtin, name: name})
	}
}

func (f *Facts) dataset(at span, name string) {
	if f != nil {
		f.use(at, meaning{kind: Dataset, name: name})
	}
}

// exported notes a function of a package where it is named.
func (f *Facts) exported(at span, name string, v value) {
	if f == nil {
		return
	}
	u := meaning{kind: Imported, name: name}
	switch v := v.(type) {
	case *closure:
		u.fn = v.of
	case *packaged:
		u.fn = v.fn
	}
	f.use(at, u)
	f.saw(at, v, nil)
}

// opened keeps what a package says of its functions.
func (f *Facts) opened(p *catalog.Package) {
	if f == nil {
		return
	}
	for i := range p.Functions {
		f.docs[p.Functions[i].ID()] = p.Docs[p.Functions[i].Name]
	}
}

// PackageDoc is what its package says of a function.
func (f *Facts) PackageDoc(u *udf.Function) string { return f.docs[u.ID()] }

// field notes x.name, where x is a record.
func (f *Facts) field(name syntax.Ident, x *record) {
	if f == nil {
		return
	}
	v := x.field(name.Name)
	if at, ok := f.made[fieldKey{v, name.Name}]; ok {
		f.use(name.Span, meaning{kind: Column, name: name.Name, at: at})
		return
	}
	if s, ok := v.(*scalar); ok && s.e.Op == logical.OpColumn && s.row != nil {
		f.use(name.Span, meaning{kind: Column, name: s.e.Name, row: s.row})
	}
}

// renamed notes a new name for a column.
func (f *Facts) renamed(to syntax.Ident, v value) {
	if f != nil {
		f.use(to.Span, meaning{kind: Column, name: to.Name, at: to.Span})
		f.made[fieldKey{v, to.Name}] = to.Span
		f.saw(to.Span, v, nil)
	}
}

// wrote notes a field that a record is written with. One that keeps its name is no new name.
func (f *Facts) wrote(en *syntax.FieldEntry, x value) {
	if f == nil || en.Name.Span.File < 0 {
		return
	}
	f.saw(en.Name.Span, x, nil)
	if en.Punned {
		return
	}
	f.made[fieldKey{x, en.Name.Name}] = en.Name.Span
	f.use(en.Name.Span, meaning{kind: Column, name: en.Name.Name, at: en.Name.Span})
}

// columns notes where the columns of a node that was made of a record got their names.
func (f *Facts) columns(n logical.Node, r *record) {
	if f == nil {
		return
	}
	for _, x := range r.fields {
		if at, ok := f.made[fieldKey{x.v, x.name}]; ok {
			f.origins[columnKey{n, x.name}] = at
		}
	}
}

// named notes a column, or the right row of a join, that an argument of a stage names.
func (f *Facts) named(n logical.Node, e syntax.Expr) {
	if name, ok := e.(*syntax.Name); ok && f != nil {
		f.origins[columnKey{n, name.Name}] = name.Span
	}
}
