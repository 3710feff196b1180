package source

import "testing"

func TestApply(t *testing.T) {
	t.Parallel()
	text := "a = sqr 3"
	cases := map[string]struct {
		edits []Edit
		want  string
		ok    bool
	}{
		"insert and replace, in any order": {[]Edit{{Span{0, 9, 9}, ")"}, {Span{0, 7, 8}, "("}}, "a = sqr(3)", true},
		"another file is left alone":       {[]Edit{{Span{1, 0, 1}, "b"}}, text, true},
		"overlapping":                      {[]Edit{{Span{0, 0, 3}, ""}, {Span{0, 2, 4}, ""}}, text, false},
		"outside":                          {[]Edit{{Span{0, 8, 10}, ""}}, text, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Fix{Edits: c.edits}.Apply(0, text)
			if got != c.want || ok != c.ok {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}
