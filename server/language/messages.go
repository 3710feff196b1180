package language

import (
	"encoding/json"

	"github.com/dreamql/dreamql/engine/source"
)

// The parts of the Language Server Protocol that this server speaks, as JSON.

type (
	location struct {
		URI   string    `json:"uri"`
		Range textRange `json:"range"`
	}
	documentID struct {
		URI     string `json:"uri"`
		Version int    `json:"version,omitempty"`
	}
	// placeParams are those of every request about a position.
	placeParams struct {
		TextDocument documentID `json:"textDocument"`
		Position     position   `json:"position"`
	}
	initializeParams struct {
		Options      options `json:"initializationOptions"`
		Capabilities struct {
			TextDocument struct {
				Completion struct {
					CompletionItem struct {
						SnippetSupport bool `json:"snippetSupport"`
					} `json:"completionItem"`
				} `json:"completion"`
			} `json:"textDocument"`
		} `json:"capabilities"`
	}
	options struct {
		Cells []cellOrder `json:"cells"`
	}
	// cellOrder is dreamql/cells: the order of the cells of a notebook.
	cellOrder struct {
		Notebook string   `json:"notebook"`
		Order    []string `json:"order"`
	}
	openParams struct {
		TextDocument struct {
			URI        string `json:"uri"`
			LanguageID string `json:"languageId"`
			Version    int    `json:"version"`
			Text       string `json:"text"`
		} `json:"textDocument"`
	}
	changeParams struct {
		TextDocument   documentID      `json:"textDocument"`
		ContentChanges []contentChange `json:"contentChanges"`
	}
	contentChange struct {
		Range *textRange `json:"range"`
		Text  string     `json:"text"`
	}
	cancelParams struct {
		ID json.RawMessage `json:"id"`
	}
	publishParams struct {
		URI         string       `json:"uri"`
		Version     int          `json:"version"`
		Diagnostics []diagnostic `json:"diagnostics"`
	}
	diagnostic struct {
		Range    textRange      `json:"range"`
		Severity int            `json:"severity"`
		Code     string         `json:"code,omitempty"`
		Source   string         `json:"source"`
		Message  string         `json:"message"`
		Related  []relatedPlace `json:"relatedInformation,omitempty"`
	}
	relatedPlace struct {
		Location location `json:"location"`
		Message  string   `json:"message"`
	}
	markup struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
	}
	textEdit struct {
		Range   textRange `json:"range"`
		NewText string    `json:"newText"`
	}
	workspaceEdit struct {
		Changes map[string][]textEdit `json:"changes"`
	}
)

func markdown(text string) *markup {
	if text == "" {
		return nil
	}
	return &markup{"markdown", text}
}

// diagnostic is one as the protocol has it: what is wrong, and on the next line how to mend it.
func (s *snapshot) diagnostic(d source.Diagnostic, at textRange) diagnostic {
	out := diagnostic{Range: at, Severity: 1, Code: d.Code, Source: "dreamql", Message: d.Message}
	if d.Severity == source.Warning {
		out.Severity = 2
	}
	if d.Help != "" {
		out.Message += "\n" + d.Help
	}
	for _, n := range d.Notes {
		if l, ok := s.locate(n.Span); ok {
			out.Related = append(out.Related, relatedPlace{l, n.Message})
		}
	}
	return out
}

// edits groups edits by document.
func (s *snapshot) edits(in []source.Edit) workspaceEdit {
	out := workspaceEdit{Changes: map[string][]textEdit{}}
	for _, e := range in {
		if l, ok := s.locate(e.Span); ok {
			out.Changes[l.URI] = append(out.Changes[l.URI], textEdit{l.Range, e.Text})
		}
	}
	return out
}
