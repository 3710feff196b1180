package check

import "github.com/dreamql/dreamql/engine/syntax"

// env is the names that an expression sees: lambda and let names in a chain of scopes, the row of the innermost stage,
// and the module. Scopes are shared by the closures made in them.
type env struct {
	parent *env
	locals map[string]value
	places map[string]span         // where locals are bound, for a recorder
	spent  map[string]syntax.Ident // columns that the record around has redefined
	row    *rowScope
	noRow  bool // a table is expected here: rows around are out of sight
	mod    *module
}

// rowScope is the columns of the rows that a stage works on.
type rowScope struct {
	rec    *record
	tables []*table // whose rows they are
	any    bool     // nothing is known of the columns: every name may be one
}

func (v *env) child() *env {
	return &env{parent: v, mod: v.mod}
}

func (v *env) bind(name string, x value) *env {
	c := v.child()
	c.locals = map[string]value{name: x}
	return c
}

func (v *env) over(r *rowScope) *env {
	c := v.child()
	c.row = r
	return c
}

func (v *env) tables() *env {
	c := v.child()
	c.noRow = true
	return c
}

func (v *env) define(name string, x value) {
	if v.locals == nil {
		v.locals = map[string]value{}
	}
	v.locals[name] = x
}

// defineAt defines a name that is written somewhere.
func (v *env) defineAt(id syntax.Ident, x value) {
	v.define(id.Name, x)
	if v.places == nil {
		v.places = map[string]span{}
	}
	v.places[id.Name] = id.Span
}

// local finds a lambda or let name.
func (v *env) local(name string) value {
	for ; v != nil; v = v.parent {
		if x, ok := v.locals[name]; ok {
			return x
		}
	}
	return nil
}

// nearestRow returns the row that bare names may be columns of.
func (v *env) nearestRow() *rowScope {
	for ; v != nil; v = v.parent {
		if v.row != nil {
			return v.row
		}
		if v.noRow {
			return nil
		}
	}
	return nil
}

// outerRow reports whether a row further out, which cannot be used here, has the column.
func (v *env) outerRow(name string) bool {
	for ; v != nil; v = v.parent {
		if v.row != nil && v.row.rec.field(name) != nil {
			return true
		}
	}
	return false
}

// spentAt finds where the record being built has redefined a column, up to the row that the column is of.
func (v *env) spentAt(name string) (syntax.Ident, bool) {
	for ; v != nil && v.row == nil && !v.noRow; v = v.parent {
		if at, ok := v.spent[name]; ok {
			return at, true
		}
	}
	return syntax.Ident{}, false
}

// names lists everything in sight, for suggestions.
func (v *env) names() []string {
	var out []string
	if r := v.nearestRow(); r != nil {
		out = append(out, r.rec.names()...)
	}
	for w := v; w != nil; w = w.parent {
		for n := range w.locals {
			out = append(out, n)
		}
	}
	for n := range v.mod.defs {
		out = append(out, n)
	}
	return out
}
