package assist

import (
	"context"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// Refusal says why something is not renamed, in one sentence for the person who asked.
type Refusal struct{ Reason string }

func (e *Refusal) Error() string { return e.Reason }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// Renamable is the name at a position that Rename would change. The error is a *Refusal where it would not.
func (m *Module) Renamable(ctx context.Context, at Position) (source.Span, error) {
	name, _, _, err := m.renamable(ctx, at)
	return name, err
}

func (m *Module) renamable(ctx context.Context, at Position) (source.Span, check.Symbol, *known, error) {
	name, symbols, k, err := m.meaning(ctx, at)
	if err != nil {
		return name, check.Symbol{}, k, err
	}
	var own []check.Symbol // bound in the program
	for _, s := range symbols {
		if s.At != (source.Span{}) && int(s.At.File) < len(m.texts) {
			own = append(own, s)
		}
	}
	if len(symbols) == 0 {
		return name, check.Symbol{}, k, refuse("There is nothing here that can be renamed: put the cursor on the name of a binding, a parameter or a column.")
	}
	s := symbols[len(symbols)-1]
	switch {
	case len(own) > 1:
		return name, s, k, refuse("`%s` means several columns here, because the function is used over different tables; rename each where it is derived.", s.Name)
	case len(own) == 1:
		s = own[0]
		if f := m.parsed[s.At.File].other; f != nil {
			return name, s, k, refuse("`%s` is named by a function cell in %s: rename it there, and where it is called.", s.Name, f.Language.Title())
		}
	case s.Kind == check.Builtin:
		return name, s, k, refuse("`%s` belongs to the language and cannot be renamed.", s.Name)
	case s.Dataset != "" && s.Kind == check.Dataset:
		return name, s, k, refuse("`%s` is a dataset; it keeps its name here. Bind it to another, as in sales = `%s`.", s.Name, s.Name)
	case s.Dataset != "":
		return name, s, k, refuse("`%s` is a column of the dataset `%s`; give it another name with rename new: %s.", s.Name, s.Dataset, s.Name)
	default:
		return name, s, k, refuse("`%s` is not named by this program, so it cannot be renamed here.", s.Name)
	}
	if len(symbols) > len(own) && s.Kind == check.Column {
		return name, s, k, refuse("`%s` also means a column of a dataset here, because the function is used over different tables.", s.Name)
	}
	if s.Kind == check.Imported && s.Function == nil {
		return name, s, k, refuse("A package that is imported whole is renamed in its import: write as %s there.", s.Name)
	}
	return name, s, k, nil
}

// Rename gives what the name at a position means another name, in all texts. It refuses, with a *Refusal, where the program would
// mean something else afterwards: the renamed program is checked, and must have the same errors, the same uses and the same results.
func (m *Module) Rename(ctx context.Context, at Position, to string) ([]source.Edit, error) {
	_, s, k, err := m.renamable(ctx, at)
	if err != nil {
		return nil, err
	}
	to = strings.Trim(to, "`")
	if to == "" || len(to) > 200 || strings.ContainsAny(to, "`\n\r\t") {
		return nil, refuse("A name has 1 to 200 characters, on one line and without backquotes.")
	}
	if to == s.Name {
		return nil, nil
	}
	places := m.places(k, []check.Symbol{s})
	edits := make([]source.Edit, len(places))
	edited := map[source.Span]bool{}
	for i, p := range places {
		edits[i] = source.Edit{Span: p, Text: m.replacement(p, s, to)}
		edited[p] = true
	}
	if err := m.unclear(k, s, edited); err != nil {
		return nil, err
	}
	texts := make([]string, len(m.texts))
	for i, text := range m.texts {
		var ok bool
		if texts[i], ok = (source.Fix{Edits: edits}).Apply(source.FileID(i), text); !ok {
			return nil, refuse("`%s` is used in a place that cannot be edited.", s.Name)
		}
	}
	after := New(m.cat, texts, m)
	then, err := after.observe(ctx)
	if err != nil {
		return nil, err
	}
	return edits, m.same(k, then, after, edits, s, to)
}

// replacement is what is written at a place of the renamed name. Where the name stands for itself and for a field, the field keeps its own.
func (m *Module) replacement(at source.Span, s check.Symbol, to string) string {
	word := syntax.Quote(to)
	path := syntax.Path(m.parsed[at.File].prog, at.Start)
	if len(path) < 2 {
		return word
	}
	leaf := path[len(path)-1]
	switch p := path[len(path)-2].(type) {
	case *syntax.Import:
		for _, n := range p.Names {
			if n.Name.Span == at && n.As == nil {
				return m.text(at) + " as " + word
			}
		}
	case *syntax.FieldEntry:
		if p.Punned && s.Kind != check.Column && p.Value == leaf {
			return m.text(at) + ": " + word
		}
	case *syntax.RecordPat:
		for _, f := range p.Fields {
			if f.Name.Span == at && f.P == nil {
				return m.text(at) + ": " + word
			}
		}
	}
	return word
}

// unclear refuses where the name is written somewhere else and nobody knows what it means there.
func (m *Module) unclear(k *known, s check.Symbol, edited map[source.Span]bool) error {
	for file, text := range m.texts {
		toks := syntax.Tokens(text)
		for i, t := range toks {
			at := source.Span{File: source.FileID(file), Start: t.Start, End: t.End}
			if t.Kind != syntax.NameToken || t.Text != s.Name || edited[at] || len(k.facts.Symbols(at)) > 0 {
				continue
			}
			label := i+1 < len(toks) && toks[i+1].Text == ":" || i > 0 && (toks[i-1].Text == "." || toks[i-1].Text == "?.")
			if label && s.Kind != check.Column {
				continue
			}
			return refuse("`%s` is also written%s, where it is not clear what it means; mend that first, or rename by hand.", s.Name, strings.ToLower(m.where("", at)[:1])+strings.TrimSuffix(m.where("", at)[1:], "."))
		}
	}
	return nil
}

// same compares a program with its renamed self.
func (m *Module) same(was, is *known, after *Module, edits []source.Edit, s check.Symbol, to string) error {
	codes := map[string]int{}
	for _, d := range was.diags {
		codes[d.Code]++
	}
	for _, p := range m.parsed {
		for _, d := range p.diags {
			codes[d.Code]++
		}
	}
	all := append(source.Diagnostics{}, is.diags...)
	for _, p := range after.parsed {
		all = append(all, p.diags...)
	}
	for _, d := range all {
		if codes[d.Code]--; codes[d.Code] < 0 {
			return refuse("`%s` cannot be renamed to `%s`: %s.", s.Name, to, d.Message)
		}
	}
	// The new name, wherever it is written now, means what the old one meant, and nothing more.
	shift := 0
	var first source.Span
	for _, e := range edits {
		if e.Span.File != s.At.File {
			continue
		}
		if e.Span == s.At {
			first = source.Span{File: e.Span.File, Start: e.Span.Start + shift, End: e.Span.Start + shift + len(e.Text)}
			first.Start = first.End - len(syntax.Quote(to))
			break
		}
		shift += len(e.Text) - (e.Span.End - e.Span.Start)
	}
	if n := len(after.places(is, []check.Symbol{{At: first}})); n != len(edits) {
		return refuse("`%s` cannot be renamed to `%s`, because the new name means something else in one of the places.", s.Name, to)
	}
	for i, c := range was.result.Cells {
		if !sameColumns(c.Columns, is.result.Cells[i].Columns, s.Name, to) {
			return refuse("`%s` cannot be renamed to `%s`, because the columns of a result would change.", s.Name, to)
		}
	}
	return nil
}

func sameColumns(a, b []types.Field, from, to string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name && (a[i].Name != from || b[i].Name != to) {
			return false
		}
	}
	return true
}
