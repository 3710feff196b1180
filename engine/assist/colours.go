package assist

import (
	"context"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Word is a name with what it means, to colour it by.
type Word struct {
	Span     source.Span
	Kind     ItemKind
	Declares bool
}

// Words are the names of a text whose meaning is known, in order. Keywords, numbers and strings are left to the editor's grammar.
func (m *Module) Words(ctx context.Context, file source.FileID) ([]Word, error) {
	if !m.valid(Position{File: file}) {
		return nil, nil
	}
	k, err := m.observe(ctx)
	if err != nil {
		return nil, err
	}
	var out []Word
	for _, t := range syntax.Tokens(m.texts[file]) {
		at := source.Span{File: file, Start: t.Start, End: t.End}
		symbols := k.facts.Symbols(at)
		if t.Kind != syntax.NameToken || len(symbols) == 0 || strings.Contains(m.text(at), "\n") {
			continue
		}
		s := symbols[len(symbols)-1]
		v, _ := k.facts.Value(at)
		w := Word{Span: at, Declares: s.At == at}
		switch s.Kind {
		case check.Column:
			w.Kind = ColumnItem
		case check.Parameter:
			w.Kind = ParamItem
		case check.TypeName:
			w.Kind = TypeItem
		case check.Dataset:
			w.Kind = DatasetItem
		case check.Imported:
			w.Kind = FunctionItem
			if s.Function == nil {
				w.Kind = PackageItem
			}
		case check.Builtin:
			w.Kind = FunctionItem
		case check.Local:
			w.Kind = LocalItem
		default:
			w.Kind = BindingItem
		}
		if v.Class() == check.Function && w.Kind == BindingItem {
			w.Kind = FunctionItem
		}
		out = append(out, w)
	}
	return out, nil
}
