package assist

import (
	"context"
	"fmt"
	"regexp"
	"sort"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// unknownNames are the codes that a statement which cannot be read makes follow elsewhere, because its names are not bound.
var unknownNames = map[string]bool{"DQL2001": true, "DQL2002": true, "DQL2003": true, "DQL2008": true, "DQL2015": true}

var quotedName = regexp.MustCompile("^[^`$]*(?:`([^`]+)`|\\$([\\pL_][\\pL\\pN_]*))")

// Diagnostics are those of the parser and of the checker, by place. What could be read is checked even where something else could
// not; unknown names that occur in what could not be read are left out, since they may be bound there.
func (m *Module) Diagnostics(ctx context.Context) (source.Diagnostics, error) {
	k, err := m.observe(ctx)
	if err != nil {
		return nil, err
	}
	var out source.Diagnostics
	broken := map[string]bool{}
	for i, p := range m.parsed {
		out = append(out, p.diags...)
		if p.diags.HasErrors() {
			unread(m.texts[i], p.prog, broken)
		}
	}
	for _, d := range k.diags {
		if name := quotedName.FindStringSubmatch(d.Message); unknownNames[d.Code] && name != nil && broken[name[1]+name[2]] {
			continue
		}
		if int(d.Span.File) >= len(m.texts) {
			d = m.atImport(k, d)
		}
		out = append(out, d)
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i].Span, out[j].Span
		return a.File < b.File || a.File == b.File && a.Start < b.Start
	})
	return out, nil
}

// atImport moves what is wrong in a module of the project to the first import of one: the module's own text is not open here.
func (m *Module) atImport(k *known, d source.Diagnostic) source.Diagnostic {
	f := k.set.Files[d.Span.File]
	d.Message = fmt.Sprintf("In %s, line %d: %s", f.Name, source.PositionOf(f.Text, d.Span.Start).Line, d.Message)
	d.Span, d.Notes, d.Fixes = source.Span{}, nil, nil
	for _, p := range m.parsed {
		for _, s := range p.prog.Stmts {
			if im, ok := s.(*syntax.Import); ok && im.Local {
				d.Span = im.Path
				return d
			}
		}
	}
	return d
}

// unread collects the names in the parts of a text that are in no statement.
func unread(text string, prog *syntax.Program, names map[string]bool) {
	next := 0
	for _, t := range syntax.Tokens(text) {
		for next < len(prog.Stmts) && prog.Stmts[next].Place().End <= t.Start {
			next++
		}
		if t.Kind == syntax.NameToken && (next == len(prog.Stmts) || t.Start < prog.Stmts[next].Place().Start) {
			names[t.Text] = true
		}
	}
}
