package assist

import (
	"context"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Hover is what is known of a place, in Markdown.
type Hover struct {
	Span source.Span
	Text string
}

// token is the one at a position: that which holds it, else a name that ends there.
func (m *Module) token(at Position) (syntax.Token, bool) {
	if !m.valid(at) {
		return syntax.Token{}, false
	}
	var before syntax.Token
	found := false
	for _, t := range syntax.Tokens(m.texts[at.File]) {
		if t.Start <= at.Offset && at.Offset < t.End {
			if t.Kind == syntax.OperatorToken && found && before.End == at.Offset && t.Text != "->" {
				return before, true
			}
			return t, true
		}
		if t.End == at.Offset {
			before, found = t, true
		}
	}
	return before, found
}

// nameAt is the place of the name at a position, in the braces of an f-string too.
func (m *Module) nameAt(at Position) (source.Span, bool) {
	t, ok := m.token(at)
	if !ok {
		return source.Span{}, false
	}
	if t.Kind == syntax.NameToken {
		return source.Span{File: at.File, Start: t.Start, End: t.End}, true
	}
	text := m.texts[at.File]
	if t.Kind != syntax.StringToken || !strings.HasPrefix(text[t.Start:], "f'") || at.Offset > t.End {
		return source.Span{}, false
	}
	start := at.Offset - len(nameBefore(text[t.Start:at.Offset]))
	end := at.Offset + len(nameAfter(text[at.Offset:]))
	return source.Span{File: at.File, Start: start, End: end}, start < end
}

// Hover describes what stands at a position; nil where there is nothing to say.
func (m *Module) Hover(ctx context.Context, at Position) (*Hover, error) {
	t, ok := m.token(at)
	if !ok || t.Kind == syntax.CommentToken {
		return nil, nil
	}
	k, err := m.observe(ctx)
	if err != nil {
		return nil, err
	}
	span := source.Span{File: at.File, Start: t.Start, End: t.End}
	path := syntax.Path(m.parsed[at.File].prog, t.Start)
	if name, ok := m.nameAt(at); ok {
		span = name
		path = syntax.Path(m.parsed[at.File].prog, name.Start)
		if text := m.describe(k, name, path); text != "" {
			return &Hover{span, text}, nil
		}
	}
	if t.Text == "->" {
		for i := len(path) - 1; i >= 0; i-- {
			if p, ok := path[i].(*syntax.Pipe); ok && p.Input.Place().End <= t.Start && p.Stage.Place().Start >= t.End {
				v, _ := k.facts.Value(p.Input.Place())
				return &Hover{span, code(layout(v)) + "\n\nWhat is piped here."}, nil
			}
		}
		return nil, nil
	}
	for i := len(path) - 1; i >= 0; i-- {
		if v, ok := k.facts.Value(path[i].Place()); ok && v.Class() != check.Unknown && t.Kind != syntax.OperatorToken {
			return &Hover{path[i].Place(), code(layout(v))}, nil
		}
	}
	return nil, nil
}

func code(s string) string { return "```dreamql\n" + s + "\n```" }

// layout writes a value's type, one line a column where there are many.
func layout(v check.Value) string {
	if v.Class() != check.Table {
		return v.String()
	}
	members := v.Members()
	if len(members) < 4 && len(v.String()) < 72 {
		return v.String()
	}
	var b strings.Builder
	b.WriteString("table<{\n")
	for i, c := range members {
		if i == 60 {
			fmt.Fprintf(&b, "  … %d more\n", len(members)-i)
			break
		}
		fmt.Fprintf(&b, "  %s: %s\n", syntax.Quote(c.Name), c.String())
	}
	b.WriteString("}>")
	return b.String()
}

// describe says what a name means, by its symbol and its value.
func (m *Module) describe(k *known, at source.Span, path []syntax.Node) string {
	symbols := k.facts.Symbols(at)
	if len(symbols) == 0 {
		return ""
	}
	v, _ := k.facts.Value(at)
	if n := len(path); n > 1 {
		if p, ok := path[n-2].(*syntax.Member); ok && p.Name.Span == at {
			v, _ = k.facts.Value(p.Place())
		}
	}
	if n := len(path); n > 0 && v.Class() == check.Unknown {
		v, _ = k.facts.Value(path[n-1].Place())
	}
	s := symbols[len(symbols)-1]
	name := syntax.Quote(s.Name)
	switch s.Kind {
	case check.Builtin:
		return builtinHover(k, s.Name, path)
	case check.Dataset:
		return code(layout(v)) + "\n\nThe dataset `" + s.Name + "`."
	case check.TypeName:
		return m.statementText(s.At) + "\n\n" + m.where("Named", s.At)
	case check.Imported:
		if s.Function == nil {
			return code("import "+s.Package) + "\n\n" + strings.TrimRight(functionList(v), "\n")
		}
		return code(s.Function.Name+packagedSignature(s.Function)) + "\n\n" + k.functionDoc(valueOr(v, k, at))
	case check.Parameter:
		return code("$"+name+": "+typed(v)) + "\n\n" + m.where("Declared", s.At)
	case check.Column:
		text := code(name + ": " + typed(v))
		if s.Dataset != "" {
			return text + "\n\nA column of the dataset `" + s.Dataset + "`."
		}
		return text + "\n\n" + m.where("A column, named", s.At)
	}
	head := name + ": " + typed(v)
	if v.Class() == check.Function {
		head = name + k.signatureText(v)
	}
	text := code(head)
	if doc := m.comment(s.At); doc != "" && s.Kind == check.Binding {
		text += "\n\n" + doc
	}
	return text + "\n\n" + m.where("Bound", s.At)
}

func valueOr(v check.Value, k *known, at source.Span) check.Value {
	if v.Function() == nil {
		v, _ = k.facts.Value(at)
	}
	return v
}

func typed(v check.Value) string {
	if s := layout(v); s != "" {
		return s
	}
	return "?"
}

func functionList(v check.Value) string {
	var b strings.Builder
	for _, f := range v.Members() {
		if u := f.Function(); u != nil {
			b.WriteString("- `" + u.Name + packagedSignature(u) + "`\n")
		}
	}
	return b.String()
}

func builtinHover(k *known, name string, path []syntax.Node) string {
	d, stage := stageDoc(name)
	f := funcs.Lookup(name)
	for i := len(path) - 1; stage && i >= 0; i-- {
		p, ok := path[i].(*syntax.Pipe)
		if !ok {
			continue
		}
		if in, _ := k.facts.Value(p.Input.Place()); f != nil && in.Class() != check.Table && in.Class() != check.Unknown {
			break
		}
		text := stageText(d)
		if v, _ := k.facts.Value(p.Place()); v.Class() == check.Table {
			text += "\n\nIt gives\n\n" + code(layout(v))
		}
		return text
	}
	if f != nil {
		return builtinDoc(f)
	}
	return stageText(d)
}

// where says on which line a name is bound.
func (m *Module) where(how string, at source.Span) string {
	if at.File < 0 || int(at.File) >= len(m.texts) || at == (source.Span{}) {
		return ""
	}
	line := source.PositionOf(m.texts[at.File], at.Start).Line
	if len(m.texts) > 1 {
		return fmt.Sprintf("%s in line %d of query %d.", how, line, at.File+1)
	}
	return fmt.Sprintf("%s in line %d.", how, line)
}

// statementText is the statement around a place.
func (m *Module) statementText(at source.Span) string {
	if int(at.File) >= len(m.parsed) {
		return ""
	}
	for _, s := range m.parsed[at.File].prog.Stmts {
		if p := s.Place(); p.Start <= at.Start && at.End <= p.End {
			return code(m.text(p))
		}
	}
	return ""
}

// comment is the text of the line comments directly above the line of a place.
func (m *Module) comment(at source.Span) string {
	if int(at.File) >= len(m.texts) {
		return ""
	}
	lines := strings.Split(m.texts[at.File][:min(at.Start, len(m.texts[at.File]))], "\n")
	var doc []string
	for i := len(lines) - 2; i >= 0; i-- {
		line, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), "//")
		if !ok {
			break
		}
		doc = append([]string{strings.TrimSpace(line)}, doc...)
	}
	return strings.Join(doc, "\n")
}
