package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var runnable = regexp.MustCompile("(?s)<!-- run: (query|shell) -->\n```[a-z]+\n(.*?)```")

// TestDocumentsRun executes every marked block of the README and the book: queries through the server, shell blocks with the built
// program first in PATH.
func TestDocumentsRun(t *testing.T) {
	pages, err := filepath.Glob("../docs/book/*.md")
	must(t, err)
	for _, page := range append(pages, "../README.md") {
		text, err := os.ReadFile(page)
		must(t, err)
		for i, m := range runnable.FindAllStringSubmatch(string(text), -1) {
			kind, block := m[1], m[2]
			name := filepath.Base(page) + "/" + strings.Fields(block)[0] + "-" + string(rune('a'+i))
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if kind == "shell" {
					runShell(t, block)
					return
				}
				var answer struct{ Rows []any }
				must(t, shared.call("POST", "/api/v1/query", map[string]any{"source": block}, &answer))
				if len(answer.Rows) == 0 {
					t.Error("no rows")
				}
			})
		}
	}
}

func runShell(t *testing.T, block string) {
	t.Helper()
	root, err := filepath.Abs("..")
	must(t, err)
	dir := t.TempDir()
	must(t, os.Symlink(filepath.Join(root, "node_modules"), filepath.Join(dir, "node_modules")))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", block)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary())+":"+os.Getenv("PATH"), "DREAMQL_URL="+shared.url, "DREAMQL_TOKEN="+token)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(out) == 0 {
		t.Error("the commands printed nothing")
	}
}
