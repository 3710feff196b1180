package language

import (
	"slices"
	"strings"
	"testing"
)

func TestFunctionCellsAreKnownToTheOthers(t *testing.T) {
	t.Parallel()
	c := connect(t, Config{})
	c.initialize()
	const python = "def minutes_late(delay: int, since: float | None) -> float:\n    '''Its delay.'''\n    return delay\n\ndef worse(x) -> int: return x"
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": cellA, "languageId": "python", "version": 1, "text": python}})
	c.open(cellB, "flights -> filter minutes_late(delay, none) > 60")
	d := c.diagnostics(cellA, 1)
	if len(d) != 1 || d[0].Code != "DQL4402" || d[0].Range != (textRange{position{4, 10}, position{4, 11}}) {
		t.Errorf("%+v", d)
	}
	if d := c.diagnostics(cellB, 1); len(d) != 0 {
		t.Errorf("%+v", d)
	}
	if got := c.labels(at(cellB, 0, 24)); !slices.Contains(got, "minutes_late") {
		t.Error(got)
	}
	if got := c.labels(at(cellA, 2, 8)); len(got) != 0 {
		t.Errorf("Python is completed as DreamQL: %v", got)
	}
	var hover struct{ Contents markup }
	c.call("textDocument/hover", at(cellB, 0, 20), &hover)
	if !strings.Contains(hover.Contents.Value, "minutes_late(delay: int, since: float?) => float") || !strings.Contains(hover.Contents.Value, "Its delay.") || !strings.Contains(hover.Contents.Value, "function cell") {
		t.Error(hover)
	}
	var places []location
	c.call("textDocument/definition", at(cellB, 0, 20), &places)
	if len(places) != 1 || places[0].URI != cellA || places[0].Range != (textRange{position{0, 4}, position{0, 16}}) {
		t.Error(places)
	}
	if m := c.refused("textDocument/rename", map[string]any{"textDocument": map[string]any{"uri": cellB}, "position": position{0, 20}, "newName": "late"}, -32803); !strings.Contains(m, "Python") {
		t.Error(m)
	}
	var tokens struct{ Data []int }
	c.call("textDocument/semanticTokens/full", map[string]any{"textDocument": map[string]any{"uri": cellA}}, &tokens)
	if len(tokens.Data) != 0 {
		t.Error(tokens)
	}
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellA, "version": 2}, "contentChanges": []any{map[string]any{"text": "def other(x: int) -> int: return x"}}})
	if d := c.diagnostics(cellB, 1); len(d) != 1 || d[0].Code != "DQL2003" {
		t.Errorf("%+v", d)
	}
}

func TestFunctionCellsOfAFile(t *testing.T) {
	t.Parallel()
	c := connect(t, Config{})
	c.initialize()
	const uri = "file:///tmp/n.dql.md"
	c.open(uri, "# Title\n\n```python function {id=a}\ndef half(x: float) -> float:\n    return x / 2\n```\n\n```python\ndef no(x): pass\n```\n\n```dreamql\nhalf('a')\n```\n")
	d := c.diagnostics(uri, 1)
	if len(d) != 1 || d[0].Code != "DQL3003" || d[0].Range.Start != (position{12, 5}) {
		t.Errorf("%+v", d)
	}
}
