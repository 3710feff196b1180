package check

import (
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/udf"
)

// SymbolKind is what a written name names.
type SymbolKind string

const (
	Binding   SymbolKind = "binding"
	Parameter SymbolKind = "parameter"
	Local     SymbolKind = "local name" // of a lambda, a block, a pattern, or as:
	Column    SymbolKind = "column"
	TypeName  SymbolKind = "type"
	Dataset   SymbolKind = "dataset"
	Imported  SymbolKind = "import"
	Builtin   SymbolKind = "builtin"
)

// Symbol is one meaning of a name in a program. Two places name the same thing where their symbols are equal.
type Symbol struct {
	Kind     SymbolKind
	Name     string
	At       source.Span   // where the program binds it; zero if it does not
	Dataset  string        // of a Dataset, and of a Column that a dataset has
	Function *udf.Function // of an Imported function
	Package  string        // of an Imported package
}

// Symbols returns what the name written at a place means; more than one where a function is used over different tables.
func (f *Facts) Symbols(at source.Span) []Symbol {
	var out []Symbol
	for _, u := range f.uses[at] {
		s := f.symbol(u)
		dup := false
		for _, was := range out {
			dup = dup || was == s
		}
		if !dup {
			out = append(out, s)
		}
	}
	return out
}

// Names lists every place of a file where a name is written whose meaning is known.
func (f *Facts) Names(file source.FileID) []source.Span {
	var out []source.Span
	for at := range f.uses {
		if at.File == file {
			out = append(out, at)
		}
	}
	return out
}

func (f *Facts) symbol(u meaning) Symbol {
	s := Symbol{Kind: u.kind, Name: u.name, At: u.at, Function: u.fn, Package: u.pkg}
	if u.kind == Dataset {
		s.Dataset = u.name
	}
	if u.row == nil {
		return s
	}
	for _, t := range u.row.tables {
		if has(t.node, u.name) {
			at, name, data := f.origin(t.node, u.name)
			s.At, s.Dataset = at, data
			if data != "" {
				s.Name = name
			}
			break
		}
	}
	if i := strings.LastIndexByte(s.Name, '.'); i >= 0 && s.At != (span{}) {
		s.Name = s.Name[i+1:]
	}
	return s
}

// has reports whether a node has a column, or the columns of a right row, of that name.
func has(n logical.Node, name string) bool {
	for _, c := range n.Schema() {
		if c.Name == name || strings.HasPrefix(c.Name, name+".") {
			return true
		}
	}
	return false
}

// origin follows a column down a plan to where it got its name, or to the dataset that it is of.
func (f *Facts) origin(n logical.Node, name string) (at span, column, dataset string) {
	for range maxPlan {
		if at, ok := f.origins[columnKey{n, name}]; ok {
			return at, name, ""
		}
		from, in := name, logical.Node(nil)
		switch n := n.(type) {
		case *logical.Scan:
			return span{}, name, n.Table.Name
		case *logical.Project:
			from, in = passes(n.Cols, name), n.Input
		case *logical.Aggregate:
			from, in = passes(n.Keys, name), n.Input
		case *logical.Join:
			in = n.Right
			if has(n.Left, name) {
				in = n.Left
			}
		default:
			if inputs := n.Inputs(); len(inputs) > 0 && has(inputs[0], name) {
				in = inputs[0]
			}
		}
		if in == nil || from == "" {
			break
		}
		n, name = in, from
	}
	return span{}, name, ""
}

// passes is the column below that a projection gives on as name, or "" if it computes it.
func passes(cols []logical.Named, name string) string {
	for _, c := range cols {
		e := c.Expr
		if e.Op == logical.OpCast {
			e = e.Args[0]
		}
		if e.Op != logical.OpColumn {
			continue
		}
		if c.Name == name {
			return e.Name
		}
		if strings.HasPrefix(c.Name, name+".") {
			outer, _, _ := strings.Cut(e.Name, ".")
			return outer
		}
	}
	return ""
}
