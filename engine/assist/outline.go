package assist

import (
	"context"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Entry is a statement in the outline of a text.
type Entry struct {
	Name   string
	Detail string
	Kind   ItemKind
	Span   source.Span
	At     source.Span // of the name, in Span
}

// Outline lists what a text binds, in order.
func (m *Module) Outline(ctx context.Context, file source.FileID) ([]Entry, error) {
	if !m.valid(Position{File: file}) {
		return nil, nil
	}
	k, err := m.observe(ctx)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, s := range m.parsed[file].prog.Stmts {
		switch s := s.(type) {
		case *syntax.Import:
			out = append(out, Entry{Name: s.Package, Detail: strings.TrimSpace("import " + s.Version), Kind: PackageItem, Span: s.Span, At: s.Path})
		case *syntax.Param:
			out = append(out, Entry{Name: "$" + s.Name.Name, Detail: m.text(s.Type.Span), Kind: ParamItem, Span: s.Span, At: s.Name.Span})
		case *syntax.TypeDef:
			out = append(out, Entry{Name: s.Name.Name, Detail: m.text(s.Type.Span), Kind: TypeItem, Span: s.Span, At: s.Name.Span})
		case *syntax.Bind:
			if s.Name == nil {
				continue
			}
			v, _ := k.facts.Value(s.Value.Place())
			e := Entry{Name: s.Name.Name, Detail: v.String(), Kind: BindingItem, Span: s.Span, At: s.Name.Span}
			if v.Class() == check.Function {
				e.Kind, e.Detail = FunctionItem, k.signatureText(v)
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// Format lays a text out in the standard way; nil where it cannot be read.
func (m *Module) Format(file source.FileID) []source.Edit {
	if !m.valid(Position{File: file}) {
		return nil
	}
	text := m.texts[file]
	out, diags := syntax.Format(file, text)
	if diags.HasErrors() || out == text {
		return nil
	}
	return []source.Edit{{Span: source.Span{File: file, Start: 0, End: len(text)}, Text: out}}
}
