package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/syntax"
)

// TestFormat holds the formatter to its promises on every program of the repository: the same tree, the same comments, nothing left to
// change, and no line that is too long and could be broken.
func TestFormat(t *testing.T) {
	t.Chdir("../../..")
	programs, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	formatted := 0
	for _, p := range programs {
		if len(p.Codes) > 0 {
			continue
		}
		formatted++
		for _, width := range []int{syntax.Width, 40, 10} {
			check(t, p, width)
		}
	}
	if formatted < 400 {
		t.Errorf("%d programs", formatted)
	}
}

// TestFormatKeepsComments puts a comment into every gap between two tokens and behind every line, of every program.
func TestFormatKeepsComments(t *testing.T) {
	t.Chdir("../../..")
	programs, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		if len(p.Codes) > 0 {
			continue
		}
		p.Source = commented(p.Source)
		if after := parsed("", p.Source); after.Tree != p.Tree {
			t.Fatalf("%s: a comment changed the tree of\n%s", p.Where, p.Source)
		}
		for _, width := range []int{syntax.Width, 30} {
			check(t, p, width)
		}
	}
}

func commented(text string) string {
	var b strings.Builder
	end, n := 0, 0
	for _, token := range syntax.Tokens(text) {
		gap := text[end:token.Start]
		for _, c := range gap {
			if n++; c == '\n' {
				fmt.Fprintf(&b, " // %d\n  // %d and more\n", n, n)
			} else {
				fmt.Fprintf(&b, " /* %d */", n)
			}
		}
		b.WriteString(gap + text[token.Start:token.End])
		end = token.End
	}
	return b.String() + " // at last"
}

func check(t *testing.T, p Program, width int) {
	t.Helper()
	out, diags := syntax.FormatWidth(0, p.Source, width)
	if len(diags) > 0 {
		t.Errorf("%s: %v", p.Where, diags)
		return
	}
	if after := parsed("", out); after.Tree != p.Tree {
		t.Errorf("%s: formatting changed the tree %v of\n%s\nto\n%s", p.Where, after.Codes, p.Source, out)
	}
	if a, b := comments(p.Source), comments(out); a != b {
		t.Errorf("%s: the comments %q became %q", p.Where, a, b)
	}
	if again, _ := syntax.FormatWidth(0, out, width); again != out {
		t.Errorf("%s: formatting again changes\n%s\nto\n%s", p.Where, out, again)
	}
	if width == syntax.Width && longest(out) > width {
		if narrow, _ := syntax.FormatWidth(0, p.Source, 1); longest(narrow) < width*2/3 {
			t.Errorf("%s: a line is too long and could be broken:\n%s", p.Where, out)
		}
	}
}

// longest is the width of the widest line, a comment at its end apart.
func longest(text string) int {
	most := 0
	for _, token := range syntax.Tokens(text) {
		if token.Kind != syntax.CommentToken {
			line := strings.LastIndexByte(text[:token.End], '\n') + 1
			most = max(most, utf8.RuneCountInString(text[line:token.End]))
		}
	}
	return most
}

func comments(text string) string {
	var all []string
	for _, t := range syntax.Tokens(text) {
		if t.Kind == syntax.CommentToken {
			all = append(all, strings.TrimRight(t.Text, " \t\r"))
		}
	}
	return strings.Join(all, "\n")
}
