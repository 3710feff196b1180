package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write what the blocks of the documents give into the documents")

// A block that runs, and what the page says that it gives: rows as a Markdown table, or the diagnostics of a program that is refused.
var runnable = regexp.MustCompile("(?s)<!-- run: (query|error|shell) -->\n```[a-z]+\n(.*?)```\n(?:\n(\\|[^\n]*\\|\n(?:\\|[^\n]*\n)*)|\n```text\n(.*?)```\n)?")

// TestDocumentsRun executes every marked block of the README and the book: programs through the server, shell blocks with the built
// program first in PATH. Where the page shows a result below a block, that is the result.
func TestDocumentsRun(t *testing.T) {
	pages, err := filepath.Glob("../docs/book/*.md")
	must(t, err)
	for _, page := range append(pages, "../README.md") {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			runPage(t, page)
		})
	}
}

func runPage(t *testing.T, page string) {
	text, err := os.ReadFile(page)
	must(t, err)
	blocks := runnable.FindAllStringSubmatchIndex(string(text), -1)
	if n := strings.Count(string(text), "<!-- run:"); n != len(blocks) {
		t.Errorf("%d of the %d blocks that are marked to run are understood", len(blocks), n)
	}
	given := make([]string, len(blocks))
	t.Run("blocks", func(t *testing.T) {
		for i, at := range blocks {
			part := func(n int) string {
				if at[2*n] < 0 {
					return ""
				}
				return string(text[at[2*n]:at[2*n+1]])
			}
			kind, block, shown := part(1), part(2), part(3)+part(4)
			t.Run(fmt.Sprintf("line-%d", 1+strings.Count(string(text[:at[0]]), "\n")), func(t *testing.T) {
				t.Parallel()
				switch kind {
				case "shell":
					runShell(t, block)
				case "query":
					given[i] = runProgram(t, block)
				case "error":
					given[i] = refusedProgram(t, block)
				}
				if shown != "" && kind != "shell" && given[i] != shown && !*rewrite {
					t.Errorf("the page shows\n%s\nbut this is what it gives:\n%s", shown, given[i])
				}
			})
		}
	})
	if !*rewrite || t.Failed() {
		return
	}
	for i := len(blocks) - 1; i >= 0; i-- {
		for _, group := range []int{6, 8} {
			if start := blocks[i][group]; start >= 0 && given[i] != "" {
				text = slices.Concat(text[:start], []byte(given[i]), text[blocks[i][group+1]:])
			}
		}
	}
	must(t, os.WriteFile(page, text, 0o644))
}

// runProgram gives the first rows of a program's result as a Markdown table.
func runProgram(t *testing.T, program string) string {
	t.Helper()
	const most = 12
	var answer struct {
		Columns []struct{ Name string }
		Rows    []map[string]json.RawMessage
	}
	must(t, shared.call("POST", "/api/v1/query", map[string]any{"source": program}, &answer))
	if len(answer.Rows) == 0 {
		t.Error("no rows")
	}
	var b strings.Builder
	head, rule := "|", "|"
	for _, c := range answer.Columns {
		head += " " + c.Name + " |"
		rule += "---|"
	}
	b.WriteString(head + "\n" + rule + "\n")
	for i, row := range answer.Rows {
		if i == most {
			b.WriteString("|" + strings.Repeat(" … |", len(answer.Columns)) + "\n")
			break
		}
		b.WriteString("|")
		for _, c := range answer.Columns {
			b.WriteString(" " + asText(row[c.Name]) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func asText(cell json.RawMessage) string {
	var text string
	switch {
	case string(cell) == "null":
		return "_none_"
	case json.Unmarshal(cell, &text) == nil:
		return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text)
	}
	return strings.ReplaceAll(string(cell), "|", "\\|")
}

// refusedProgram gives the diagnostics of a program that does not check.
func refusedProgram(t *testing.T, program string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"source": program})
	must(t, err)
	p := send(t, "POST", "/api/v1/query", token, bytes.NewReader(body), "Content-Type", "application/json")
	if len(p.Diagnostics) == 0 {
		t.Errorf("it is not refused: %d %s", p.Status, p.Title)
	}
	var b strings.Builder
	for _, d := range p.Diagnostics {
		fmt.Fprintf(&b, "%s: %s\n  %s\n", d.Code, d.Message, d.Help)
	}
	return b.String()
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
