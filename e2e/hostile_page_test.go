package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestAttacksAreListed keeps the list in the book; -rewrite writes it.
func TestAttacksAreListed(t *testing.T) {
	const page, begin, end = "../docs/book/security.md", "<!-- attacks -->\n", "<!-- end -->\n"
	titles := []struct{ kind, title string }{
		{"wasm", "WebAssembly"}, {"python", "Python"}, {"native", "Native Python"}, {"data", "Data"}, {"package", "Packages"}}
	names := map[string][]string{}
	seen := map[string]bool{}
	for _, a := range append(append(wasmAttacks(), pythonAttacks()...), dataAttacks(t)...) {
		if !seen[a.kind+a.name] {
			names[a.kind] = append(names[a.kind], a.name)
		}
		seen[a.kind+a.name] = true
	}
	var list strings.Builder
	for _, k := range titles {
		fmt.Fprintf(&list, "- **%s** (%d): %s.\n", k.title, len(names[k.kind]), strings.Join(names[k.kind], "; "))
	}
	text, err := os.ReadFile(page)
	must(t, err)
	head, rest, _ := strings.Cut(string(text), begin)
	_, tail, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s has no place for the list", page)
	}
	want := head + begin + list.String() + end + tail
	if *rewrite {
		must(t, os.WriteFile(page, []byte(want), 0o644))
	} else if want != string(text) {
		t.Errorf("%s does not list the attacks as they are; go test ./e2e -run TestAttacksAreListed -rewrite writes them", page)
	}
}
