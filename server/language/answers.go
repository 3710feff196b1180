package language

import (
	"context"
	"net/url"
	"strings"

	"github.com/dreamql/dreamql/engine/assist"
	"github.com/dreamql/dreamql/engine/source"
)

type none struct{}

func (s *session) hover(ctx context.Context, t *target, _ none) (any, error) {
	if !t.inside {
		return nil, nil
	}
	h, err := t.Hover(ctx, t.at)
	if h == nil || err != nil {
		return nil, err
	}
	where, _ := t.locate(h.Span)
	return object{"contents": markdown(h.Text), "range": where.Range}, nil
}

// notebookLink is the URI of a dataset or a package as docs/book/editor.md has them.
func notebookLink(t assist.Target) string {
	switch {
	case t.Dataset != "":
		return "dreamql:/datasets/" + url.PathEscape(t.Dataset)
	case t.Package != "":
		out := "dreamql:/packages/" + t.Package
		if t.Version != "" {
			out += "@" + t.Version
		}
		if t.Function != "" {
			out += "#" + url.PathEscape(t.Function)
		}
		return out
	}
	return ""
}

func (s *session) definition(ctx context.Context, t *target, _ none) (any, error) {
	if !t.inside {
		return nil, nil
	}
	found, err := t.Definition(ctx, t.at)
	if err != nil {
		return nil, err
	}
	out := []location{}
	for _, x := range found {
		if x.Module != "" {
			if uri := s.cfg.Link(x); uri != "" {
				there := document{uri: uri}
				there.set(ctx, x.Text, 0)
				out = append(out, location{uri, there.textRange(x.Span.Start, x.Span.End)})
			}
		} else if x.Span != (source.Span{}) {
			if l, ok := t.locate(x.Span); ok {
				out = append(out, l)
			}
		} else if uri := s.cfg.Link(x); uri != "" {
			out = append(out, location{URI: uri})
		}
	}
	return out, nil
}

func (s *session) references(ctx context.Context, t *target, p struct {
	Context *struct {
		IncludeDeclaration bool `json:"includeDeclaration"`
	} `json:"context"` // nil for documentHighlight, which is about one document
},
) (any, error) {
	out := []location{}
	if !t.inside {
		return out, nil
	}
	found, err := t.References(ctx, t.at)
	if err != nil {
		return nil, err
	}
	var own []assist.Target
	if p.Context != nil && !p.Context.IncludeDeclaration {
		if own, err = t.Definition(ctx, t.at); err != nil {
			return nil, err
		}
	}
	for _, span := range found {
		l, ok := t.locate(span)
		for _, d := range own {
			ok = ok && d.Span != span
		}
		if ok && (p.Context != nil || l.URI == t.doc.uri) {
			out = append(out, l)
		}
	}
	return out, nil
}

func (s *session) prepareRename(ctx context.Context, t *target, _ none) (any, error) {
	if !t.inside {
		return nil, nil
	}
	span, err := t.Renamable(ctx, t.at)
	if err != nil {
		return nil, err
	}
	where, _ := t.locate(span)
	return object{"range": where.Range, "placeholder": strings.Trim(t.Texts()[span.File][span.Start:span.End], "`")}, nil
}

func (s *session) rename(ctx context.Context, t *target, p struct {
	NewName string `json:"newName"`
},
) (any, error) {
	if !t.inside {
		return nil, &assist.Refusal{Reason: "There is no program here."}
	}
	edits, err := t.Rename(ctx, t.at, p.NewName)
	if err != nil {
		return nil, err
	}
	return t.edits(edits), nil
}

func (s *session) signatureHelp(ctx context.Context, t *target, _ none) (any, error) {
	if !t.inside {
		return nil, nil
	}
	found, err := t.Signature(ctx, t.at)
	if found == nil || err != nil {
		return nil, err
	}
	var list []object
	for _, x := range found.Items {
		var params []object
		for _, p := range x.Params {
			one := object{"label": p.Label}
			if p.Doc != "" {
				one["documentation"] = markdown(p.Doc)
			}
			params = append(params, one)
		}
		o := object{"label": x.Label, "parameters": params}
		if x.Doc != "" {
			o["documentation"] = markdown(x.Doc)
		}
		list = append(list, o)
	}
	out := object{"signatures": list, "activeSignature": found.Active}
	if found.Param >= 0 {
		out["activeParameter"] = found.Param
	}
	return out, nil
}

func (s *session) formatting(_ context.Context, t *target, _ none) (any, error) {
	out := []textEdit{}
	for i, p := range t.places {
		if p.doc.uri != t.doc.uri {
			continue
		}
		for _, e := range t.Format(source.FileID(i)) {
			if len(p.doc.sources) > 1 || strings.HasSuffix(p.doc.uri, ".dql.md") {
				e.Text = strings.TrimRight(e.Text, "\n") // the fence keeps its own line end
			}
			if l, ok := t.locate(e.Span); ok && e.Text != t.Texts()[i] {
				out = append(out, textEdit{l.Range, e.Text})
			}
		}
	}
	return out, nil
}

func (s *session) codeAction(ctx context.Context, t *target, p struct {
	Range textRange `json:"range"`
},
) (any, error) {
	out := []object{}
	from, ok := t.find(t.doc, p.Range.Start)
	to, ok2 := t.find(t.doc, p.Range.End)
	if !ok || !ok2 || from.File != to.File {
		return out, nil
	}
	found, err := t.Actions(ctx, source.Span{File: from.File, Start: from.Offset, End: to.Offset})
	if err != nil {
		return nil, err
	}
	for _, a := range found {
		at, _ := t.locate(a.Diagnostic.Span)
		title := strings.ToUpper(a.Title[:min(1, len(a.Title))]) + a.Title[min(1, len(a.Title)):]
		out = append(out, object{
			"title": title, "kind": "quickfix", "isPreferred": a.Preferred, "edit": t.edits(a.Edits),
			"diagnostics": []diagnostic{t.diagnostic(a.Diagnostic, at.Range)},
		})
	}
	return out, nil
}

// symbolKinds are SymbolKind.
var symbolKinds = map[assist.ItemKind]int{assist.PackageItem: 4, assist.ParamItem: 14, assist.TypeItem: 5, assist.BindingItem: 13, assist.FunctionItem: 12}

func (s *session) documentSymbol(ctx context.Context, t *target, _ none) (any, error) {
	out := []object{}
	for i, p := range t.places {
		if p.doc.uri != t.doc.uri {
			continue
		}
		list, err := t.Outline(ctx, source.FileID(i))
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			whole, _ := t.locate(e.Span)
			name, _ := t.locate(e.At)
			out = append(out, object{"name": e.Name, "detail": e.Detail, "kind": symbolKinds[e.Kind], "range": whole.Range, "selectionRange": name.Range})
		}
	}
	return out, nil
}

// tokenIndex is the place in tokenTypes of what a name means.
var tokenIndex = map[assist.ItemKind]int{
	assist.ColumnItem: 1, assist.ParamItem: 2, assist.TypeItem: 3, assist.FunctionItem: 4, assist.PackageItem: 5, assist.DatasetItem: 6, assist.LocalItem: 0, assist.BindingItem: 0,
}

func (s *session) semanticTokens(ctx context.Context, t *target, _ none) (any, error) {
	data := []int{}
	var last position
	for i, p := range t.places {
		if p.doc.uri != t.doc.uri {
			continue
		}
		words, err := t.Words(ctx, source.FileID(i))
		if err != nil {
			return nil, err
		}
		for _, w := range words {
			l, _ := t.locate(w.Span)
			at, modifiers := l.Range.Start, 0
			if w.Declares {
				modifiers = 1
			}
			column := at.Character
			if at.Line == last.Line {
				column -= last.Character
			}
			data = append(data, at.Line-last.Line, column, l.Range.End.Character-at.Character, tokenIndex[w.Kind], modifiers)
			last = at
		}
	}
	return object{"data": data}, nil
}
