package assist

import (
	"context"
	"slices"
	"sort"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/source"
)

// Target is where a name comes from: a place of the program, or something outside of it.
type Target struct {
	Span     source.Span // in the program; zero if it is outside
	Dataset  string
	Package  string // scope/name
	Version  string
	Function string // of the package
	Module   string // the path of a module of the project; Span is a place in its text then
	Text     string // of the module
}

// Definition says where the name at a position is bound: in the program, in a dataset, or in a package.
func (m *Module) Definition(ctx context.Context, at Position) ([]Target, error) {
	name, symbols, k, err := m.meaning(ctx, at)
	if err != nil || k == nil {
		return nil, err
	}
	var out []Target
	for _, s := range symbols {
		t := Target{Span: s.At, Dataset: s.Dataset}
		if s.At == name || s.At == (source.Span{}) {
			switch {
			case s.Function != nil:
				t = Target{Package: s.Function.Package, Version: s.Function.Version, Function: s.Function.Name}
			case s.Package != "":
				t = Target{Package: s.Package}
			case t.Dataset != "":
				t.Span = source.Span{}
			}
		}
		if int(t.Span.File) >= len(m.texts) {
			f := k.set.Files[t.Span.File]
			t.Module, t.Text = f.Name, f.Text
		}
		if t != (Target{}) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out, nil
}

// meaning is the name at a position and what it means.
func (m *Module) meaning(ctx context.Context, at Position) (source.Span, []check.Symbol, *known, error) {
	name, ok := m.nameAt(at)
	if !ok {
		return source.Span{}, nil, nil, nil
	}
	k, err := m.observe(ctx)
	if err != nil {
		return name, nil, nil, err
	}
	return name, k.facts.Symbols(name), k, nil
}

// identity is what makes two symbols the same thing.
func identity(s check.Symbol) check.Symbol {
	switch {
	case s.At != (source.Span{}):
		return check.Symbol{At: s.At}
	case s.Function != nil:
		return check.Symbol{Function: s.Function}
	}
	return s
}

// References are the places where what the name at a position means is written, in the order of the texts.
func (m *Module) References(ctx context.Context, at Position) ([]source.Span, error) {
	_, symbols, k, err := m.meaning(ctx, at)
	if err != nil || len(symbols) == 0 {
		return nil, err
	}
	return m.places(k, symbols), nil
}

// places are those of any of the symbols.
func (m *Module) places(k *known, symbols []check.Symbol) []source.Span {
	wanted := map[check.Symbol]bool{}
	for _, s := range symbols {
		wanted[identity(s)] = true
	}
	var out []source.Span
	for file := range m.texts {
		for _, at := range k.facts.Names(source.FileID(file)) {
			for _, s := range k.facts.Symbols(at) {
				if wanted[identity(s)] {
					out = append(out, at)
					break
				}
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return a.File < b.File || a.File == b.File && a.Start < b.Start
	})
	return out
}
