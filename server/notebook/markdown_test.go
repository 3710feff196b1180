package notebook

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/foreign"
)

func TestEncodeIsReadable(t *testing.T) {
	got := string(Encode(Content{Title: "Four cells", Cells: []Cell{
		{ID: "a", Kind: Text, Source: "# Hello"},
		{ID: "b", Kind: Query, Source: "flights -> take 3", View: View{As: "bar", X: "day of week"}},
		{ID: "c", Kind: Function, Language: foreign.Python, Source: "def f(x: int) -> int: return x"},
		{ID: "d", Kind: Function, Source: "g = x => x"},
	}}))
	want := "---\ntitle: Four cells\n---\n\n<!-- cell id=a -->\n# Hello\n\n```dreamql {id=b as=\"bar\" x=\"day of week\"}\nflights -> take 3\n```\n" +
		"\n```python function {id=c}\ndef f(x: int) -> int: return x\n```\n\n```dreamql function {id=d}\ng = x => x\n```\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestDecodeOfPlainMarkdown(t *testing.T) {
	c, err := Decode([]byte("Some text\r\nof two lines\n\n```dreamql\nmovies\n```\n\nThe end\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range c.Cells {
		if x.ID == "" {
			t.Error("a cell has no id")
		}
		got = append(got, string(x.Kind)+": "+x.Source)
	}
	if want := []string{"text: Some text\nof two lines", "query: movies", "text: The end"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for file, want := range map[string]string{
		"---\ntitle: x\n":    "no closing ---",
		"```dreamql\nmovies": "no closing ``` line",
		"```dreamql {id=a}\n```\n\n```dreamql {id=a}\n```": "Two cells have the id a",
		"---\ntitle:\n---\n": "The title must have",
		"a\x00b":             "not UTF-8 text",
	} {
		if _, err := Decode([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", file, err, want)
		}
	}
}

func TestEveryNotebookSurvivesItsFile(t *testing.T) {
	line := rapid.SampledFrom([]string{"", "text", "```", "````", "```dreamql", "```dreamql {id=x}", "```python", "```python function", "```assemblyscript\tfunction {id=y}", "<!-- cell id=y -->", `\<!-- cell id=z -->`, `\\` + "```dreamql", "---", "\tx ", "title: no", "é 🙂"})
	rapid.Check(t, func(t *rapid.T) {
		c := Content{Title: rapid.StringMatching(`[A-Za-z:"#-][A-Za-z :"#-]{0,20}[a-z]`).Draw(t, "title")}
		c.Title = strings.Join(strings.Fields(c.Title), " ")
		for i := range rapid.IntRange(0, 6).Draw(t, "cells") {
			kind := rapid.SampledFrom([]Kind{Text, Query, Function}).Draw(t, "kind")
			cell := Cell{ID: string(rune('a' + i)), Kind: kind, Source: strings.Join(rapid.SliceOfN(line, 0, 5).Draw(t, "lines"), "\n")}
			if kind == Function {
				cell.Language = rapid.SampledFrom([]foreign.Language{"", foreign.Python, foreign.AssemblyScript}).Draw(t, "language")
			}
			if kind == Query {
				cell.View = View{As: rapid.SampledFrom([]string{"", "bar"}).Draw(t, "as"), X: rapid.SampledFrom([]string{"", "a b", `q"}\`}).Draw(t, "x")}
			}
			c.Cells = append(c.Cells, cell)
		}
		got, err := Decode(Encode(c))
		if err != nil {
			t.Fatalf("%v\n%s", err, Encode(c))
		}
		if got.Title != c.Title || len(got.Cells) != len(c.Cells) {
			t.Fatalf("got %+v, want %+v\n%s", got, c, Encode(c))
		}
		for i := range c.Cells {
			if got.Cells[i] != c.Cells[i] {
				t.Fatalf("cell %d: got %+v, want %+v\n%s", i, got.Cells[i], c.Cells[i], Encode(c))
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("```python function {id=a}\nx\n```\n\n```dreamql\tfunction\n```\n"))
	f.Add([]byte("---\ntitle: x\n---\n\n<!-- cell id=a -->\ntext\n\n```dreamql {id=b}\nq\n```\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := Decode(file)
		if err != nil {
			return
		}
		again, err := Decode(Encode(c))
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%v: got %+v, want %+v", err, again, c)
		}
	})
}
