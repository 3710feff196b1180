package foreign

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/dreamql/dreamql/engine/types"
)

// TestRead runs testdata: a text in the language of the command, and below it what it defines and what is wrong with it.
func TestRead(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return show(d.Input, Read(0, Language(d.Cmd), "c1", d.Input))
		})
	})
}

func show(text string, s *Source) string {
	var b strings.Builder
	for _, f := range s.Functions {
		fmt.Fprintf(&b, "%s %s %s%s => %s", f.ID(), f.Shape, f.Name, strings.TrimPrefix(types.RecordOf(f.Params...).String(), "record"), f.Result)
		if f.Entry != f.Name {
			fmt.Fprintf(&b, " by %s", f.Entry)
		}
		fmt.Fprintf(&b, " at «%s»\n", text[f.At.Start:f.At.End])
		if f.Doc != "" {
			fmt.Fprintf(&b, "  doc %q\n", f.Doc)
		}
		for _, e := range f.Examples {
			fmt.Fprintf(&b, "  example %s is %s\n", e.Call, e.Result)
		}
	}
	for _, p := range s.Problems {
		at, _, _ := strings.Cut(text[p.At.Start:p.At.End], "\n")
		fmt.Fprintf(&b, "problem at «%s»: %s; %s\n", at, p.What, p.How)
	}
	if passes := strings.TrimPrefix(s.Build, text+"\n"); s.Build != "" && passes != "" {
		b.WriteString(passes)
	}
	return b.String()
}

func TestAFailureIsFoundInItsCell(t *testing.T) {
	t.Parallel()
	traceback := "Traceback (most recent call last):\n  File \"functions.py\", line 3, in f\n  File \"functions.py\", line 11, in bad\nIndexError: list index out of range"
	for _, c := range []struct {
		function, message, cell string
		line                    int
		ok                      bool
	}{
		{"notebook@tax.bad", traceback, "tax", 11, true},
		{"notebook@c-1_x.f", "aborted: no (cell.ts:4:9)", "c-1_x", 4, true},
		{"notebook@c.f", "division by zero", "c", 0, true},
		{"std/geo@1.0.0.f", traceback, "", 0, false},
	} {
		cell, line, ok := Failed(c.function + ": " + c.message)
		if cell != c.cell || line != c.line || ok != c.ok {
			t.Errorf("%s: got %q, %d, %v", c.function, cell, line, ok)
		}
	}
}

// FuzzRead reads what strangers type: it ends, and places lie inside of the text.
func FuzzRead(f *testing.F) {
	f.Add("def f(x: float) -> float:\n    return x\n", true)
	f.Add("export function f(s: string | null): string | null { return s; }", false)
	f.Add("class A:\n  def step(self, x: int): pass\n  def finish(self) -> int: pass\n  def merge(self, o): pass", true)
	f.Add("def f(x: Optional[list['int'", true)
	f.Fuzz(func(t *testing.T, text string, python bool) {
		l := AssemblyScript
		if python {
			l = Python
		}
		s := Read(0, l, "c", text)
		check := func(start, end int) {
			if start < 0 || end < start || end > len(text) {
				t.Fatalf("place %d–%d in a text of %d bytes", start, end, len(text))
			}
		}
		for _, x := range s.Functions {
			check(x.At.Start, x.At.End)
		}
		for _, p := range s.Problems {
			check(p.At.Start, p.At.End)
			if p.What == "" || p.How == "" {
				t.Fatalf("a problem without words: %+v", p)
			}
		}
	})
}
