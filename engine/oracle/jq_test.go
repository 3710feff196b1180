package oracle

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestJQ holds JSON values to results that jq publishes, in every way and through the oracle.
func TestJQ(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../e2e/corpora/jq/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, block := range strings.Split(strings.TrimSpace(string(file)), "\n\n") {
		if strings.HasPrefix(block, "#") {
			continue
		}
		lines := strings.Split(block, "\n")
		if len(lines) != 3 {
			t.Fatalf("a case has an input, an expression and a result: %q", block)
		}
		text := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
		program := fmt.Sprintf("[{ s: '%s' }] -> derive { j: parse_json(s) } -> { got: string(%s), want: string(parse_json('%s')) }",
			text.Replace(lines[0]), lines[1], text.Replace(lines[2]))
		w, err := newWorld(nil)
		if err != nil {
			t.Fatal(err)
		}
		if disagreement, outcome := w.verdict(program); disagreement != "" || outcome != "ok" {
			t.Errorf("%s\n%s\n%s", program, outcome, disagreement)
			continue
		}
		n, err := w.check(program)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := w.oracle(n, false)
		if err != nil || len(rows) != 1 {
			t.Fatal(len(rows), err)
		}
		if !equal(rows[0]["got"], rows[0]["want"]) {
			t.Errorf("%s\ngives %s, want %s", lines[1], cellText(rows[0]["got"]), cellText(rows[0]["want"]))
		}
		ran++
	}
	if ran < 50 {
		t.Errorf("only %d cases agree", ran)
	}
}
