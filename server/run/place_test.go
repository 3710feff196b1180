package run

import (
	"reflect"
	"testing"

	"github.com/dreamql/dreamql/engine/source"
)

func TestFixesAreLocated(t *testing.T) {
	t.Parallel()
	sources := []Source{{ID: "a", Text: "x"}, {ID: "b", Text: "'😀' -> fliter x"}}
	got := Located(source.Diagnostics{{Code: "DQL2003", Severity: source.Error, Span: source.Span{File: 1, Start: 10, End: 16}, Message: "m", Fixes: []source.Fix{
		source.Replace("write filter", source.Span{File: 1, Start: 10, End: 16}, "filter"),
		source.Replace("import it", source.Span{}, "import a/b (fliter)\n"),
	}}}, sources)
	at := &Range{Start: 8, End: 14, Line: 1, Column: 8, EndLine: 1, EndColumn: 14}
	want := []Diagnostic{{Code: "DQL2003", Severity: "error", Message: "m", CellID: "b", Range: at, Fixes: []Fix{
		{Title: "write filter", Edits: []Edit{{CellID: "b", Range: at, Text: "filter"}}},
		{Title: "import it", Edits: []Edit{{CellID: "a", Range: &Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 1}, Text: "import a/b (fliter)\n"}}},
	}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
