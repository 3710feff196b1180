package language

import "context"

type object map[string]any

var (
	tokenTypes     = []string{"variable", "property", "parameter", "type", "function", "namespace", "class"}
	tokenModifiers = []string{"declaration"}
)

func (s *session) initialize(ctx context.Context, p initializeParams) (any, error) {
	s.snippets.Store(p.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport)
	for _, c := range p.Options.Cells {
		if _, err := s.reorder(ctx, c); err != nil {
			return nil, err
		}
	}
	return object{
		"serverInfo": object{"name": "dreamql", "version": s.cfg.Version},
		"capabilities": object{
			"positionEncoding":           "utf-16",
			"textDocumentSync":           object{"openClose": true, "change": 2},
			"completionProvider":         object{"triggerCharacters": []string{".", "$", "@", "/", "(", "{", ",", ":", "'", ">", " "}},
			"hoverProvider":              true,
			"definitionProvider":         true,
			"referencesProvider":         true,
			"documentHighlightProvider":  true,
			"renameProvider":             object{"prepareProvider": true},
			"signatureHelpProvider":      object{"triggerCharacters": []string{"(", ",", " "}},
			"documentFormattingProvider": true,
			"codeActionProvider":         object{"codeActionKinds": []string{"quickfix"}},
			"documentSymbolProvider":     true,
			"semanticTokensProvider":     object{"full": true, "legend": object{"tokenTypes": tokenTypes, "tokenModifiers": tokenModifiers}},
		},
	}, nil
}
