package syntax_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/syntax"
)

// seeds are the programs of testdata and some odd ones.
func seeds(f *testing.F) {
	for _, s := range []string{
		"a -> filter b > 1 { c, d: e }", "f'${a}'", "match x { | < 1 => 2 }", "param p: {a: int}? = none", "x = (a: int = 1): int => a",
		"// a\n/* b */ c /* d", "a\r\n-> b\r\n", "\ufeffa", "[1..,..<2]", "f'${f'${'}'}'}'", "a -> f b, c: d => e,\n g", "@bounded\nx",
	} {
		f.Add(s)
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no cases", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range strings.Split(string(text), "\n\n") {
			if _, rest, ok := strings.Cut(c, "parse\n"); ok {
				input, _, _ := strings.Cut(rest, "\n----")
				f.Add(input)
			}
		}
	}
}

// FuzzTokens: tokens are in order and inside the text, and what lies between them is white space.
func FuzzTokens(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, tok := range syntax.Tokens(text) {
			if tok.Start < end || tok.End < tok.Start || tok.End > len(text) {
				t.Fatalf("token %d..%d behind %d of %d bytes", tok.Start, tok.End, end, len(text))
			}
			if gap := strings.TrimPrefix(text[end:tok.Start], "\ufeff"); strings.TrimSpace(gap) != "" {
				t.Fatalf("%q is in no token", gap)
			}
			end = tok.End
		}
	})
}

// FuzzParse: every text gets a tree that has all of it, and diagnostics inside it.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		prog, diags := syntax.Parse(0, text)
		if got := syntax.Lossless(prog, text).Text(); got != text {
			t.Fatalf("the tree of %q has the text %q", text, got)
		}
		for _, d := range diags {
			if d.Span.End < d.Span.Start || d.Span.End > len(text) || d.Message == "" || d.Help == "" {
				t.Fatalf("a diagnostic %+v of %d bytes", d, len(text))
			}
		}
		syntax.ParseExpr(0, text)
	})
}

// FuzzFormat: a text without mistakes keeps its tree, and formatting again changes nothing; at any width.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, width := range []int{syntax.Width, 20} {
			out, diags := syntax.FormatWidth(0, text, width)
			if len(diags) > 0 {
				if out != text {
					t.Fatal("a text with mistakes was changed")
				}
				return
			}
			checkFormatWidth(t, text, out, width)
		}
	})
}
