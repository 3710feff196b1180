package funcs

import (
	"os"
	"strings"
	"testing"
)

// TestReferenceIsCurrent fails when the page in the book was not generated again after a change of the table.
func TestReferenceIsCurrent(t *testing.T) {
	page, err := os.ReadFile("../../docs/book/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Reference() {
		t.Error("docs/book/functions.md is out of date; run go generate ./engine/funcs")
	}
	for _, f := range All {
		if !strings.Contains(string(page), "### `"+f.Name+"`") {
			t.Errorf("the reference lacks %s", f.Name)
		}
	}
}
