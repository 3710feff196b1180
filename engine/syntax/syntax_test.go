package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

func TestCases(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				prog, diags := syntax.Parse(0, d.Input)
				var b strings.Builder
				for _, s := range prog.Stmts {
					fmt.Fprintln(&b, syntax.Dump(s))
				}
				return b.String() + show(d.Input, diags) + fixes(t, d.Input, diags)
			case "fmt":
				out, diags := syntax.Format(0, d.Input)
				if len(diags) > 0 {
					return show(d.Input, diags)
				}
				checkFormat(t, d.Input, out)
				return out
			}
			t.Fatalf("unknown command %q", d.Cmd)
			return ""
		})
	})
}

func show(text string, diags source.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&b, "%s %q: %s; %s\n", d.Code, text[d.Span.Start:d.Span.End], d.Message, d.Help)
	}
	return b.String()
}

// fixes shows what each fix makes of the text; none may leave the mistake where it was.
func fixes(t *testing.T, text string, diags source.Diagnostics) string {
	t.Helper()
	var b strings.Builder
	for _, d := range diags {
		for _, f := range d.Fixes {
			out, ok := f.Apply(0, text)
			if !ok {
				t.Errorf("%s: the edits of %q overlap", d.Code, f.Title)
			}
			_, left := syntax.Parse(0, out)
			for _, l := range left {
				if l.Code == d.Code && l.Span.Start == d.Span.Start {
					t.Errorf("%s is still there after %q: %s", d.Code, f.Title, out)
				}
			}
			fmt.Fprintf(&b, "- %s: %s\n", f.Title, strings.ReplaceAll(out, "\n", "⏎"))
		}
	}
	return b.String()
}

// checkFormat holds the formatter to its promises: the same tree, and nothing left to change.
func checkFormat(t *testing.T, in, out string) {
	t.Helper()
	checkFormatWidth(t, in, out, syntax.Width)
}

func checkFormatWidth(t *testing.T, in, out string, width int) {
	t.Helper()
	before, _ := syntax.Parse(0, in)
	after, diags := syntax.Parse(0, out)
	if len(diags) > 0 {
		t.Fatalf("the formatted text does not parse: %v\n%s", diags, out)
	}
	if a, b := syntax.Dump(before), syntax.Dump(after); a != b {
		t.Fatalf("formatting changed the tree\nbefore %s\nafter  %s\ntext\n%s", a, b, out)
	}
	if again, _ := syntax.FormatWidth(0, out, width); again != out {
		t.Fatalf("formatting again changes the text\nonce\n%s\ntwice\n%s", out, again)
	}
}
