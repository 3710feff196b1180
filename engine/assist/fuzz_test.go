package assist

import (
	"errors"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/source"
)

// FuzzAssist asks everything about a place in any text: nothing panics, and every answer lies inside the text.
func FuzzAssist(f *testing.F) {
	for _, seed := range []string{
		"flights -> filter (delay > ▮", "import std/geo@^1.▮ (", "x = f'${▮", "flights -> { @carrier, n: ▮count() } -> over(by: ", "'▮", "`a▮", "f = (x: ▮) => x\nf(1)",
		"type T = {a: T▮}\nparam p: T", "{a, b▮} = {a: 1, b: 2}\n{ a, b }", "a = b▮\nb = a", "flights -> join_one carriers, as: c, on: c.▮", "@bounded▮\nflights", "import './x.dql' (▮)", "😀 = ▮'é'",
	} {
		before, _, _ := strings.Cut(seed, "▮")
		f.Add(strings.ReplaceAll(seed, "▮", ""), len(before))
	}
	f.Fuzz(func(t *testing.T, text string, offset int) {
		if len(text) > 4000 {
			return
		}
		ctx := t.Context()
		m := New(testCatalog{}, []string{text, "late = flights"}, nil)
		at := Position{Offset: offset}
		inside := func(s source.Span) {
			if int(s.File) < 2 && (s.Start < 0 || s.End < s.Start || s.End > len(m.texts[s.File])) {
				t.Errorf("the span %+v is outside of the text", s)
			}
		}
		c, err := m.Complete(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		inside(c.Replace)
		for _, it := range c.Items {
			if strings.Contains(it.Label+it.Detail+it.Insert, marker) && !strings.Contains(text, marker) {
				t.Errorf("the marker is offered: %+v", it)
			}
		}
		if h, err := m.Hover(ctx, at); err != nil {
			t.Fatal(err)
		} else if h != nil {
			inside(h.Span)
		}
		if _, err := m.Definition(ctx, at); err != nil {
			t.Fatal(err)
		}
		spans, err := m.References(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spans {
			inside(s)
		}
		var refused *Refusal
		edits, err := m.Rename(ctx, at, "new_name")
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		for _, e := range edits {
			inside(e.Span)
		}
		if s, err := m.Signature(ctx, at); err != nil {
			t.Fatal(err)
		} else if s != nil && (s.Active >= len(s.Items) || s.Param >= len(s.Items[s.Active].Params)) {
			t.Errorf("%+v", s)
		}
		if _, err := m.Actions(ctx, source.Span{Start: offset, End: offset}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Outline(ctx, 0); err != nil {
			t.Fatal(err)
		}
		words, err := m.Words(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			inside(w.Span)
		}
		m.Format(0)
	})
}
