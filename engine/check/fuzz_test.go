package check

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dreamql/dreamql/engine/syntax"
)

// FuzzCheck: whatever the program says, checking ends without a panic, and a plan that comes without an error is sound.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(b), "\n\n") {
			_, body, _ := strings.Cut(block, "\n")
			input, _, _ := strings.Cut(body, "\n----")
			f.Add(input)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, parse := syntax.Parse(0, text)
		start := time.Now()
		r, diags := Check(context.Background(), testCatalog{}, Program{Sources: []*syntax.Program{p}}, nil)
		if d := time.Since(start); d > 5*time.Second {
			t.Fatalf("checking took %v", d)
		}
		if len(diags) > maxDiagnostics {
			t.Fatalf("%d diagnostics", len(diags))
		}
		for _, d := range diags {
			if d.Message == "" || d.Span.Start < 0 || d.Span.End > len(text) {
				t.Fatalf("bad diagnostic %+v", d)
			}
		}
		if r.Plan == nil || diags.HasErrors() || parse.HasErrors() {
			return
		}
		if err := sound(r.Plan); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
