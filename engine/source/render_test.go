package source

import "testing"

func TestRender(t *testing.T) {
	t.Parallel()
	text := "a = 'ü'\nflights -> filter dely > 60\n"
	cases := map[string]struct {
		span Span
		want string
	}{
		"in the middle":           {Span{Start: 27, End: 31}, "q.dql:2:19: error DQL2001: m\n  2 | flights -> filter dely > 60\n    |                   ^^^^\n    = h\n"},
		"behind a wide character": {Span{Start: 7, End: 8}, "q.dql:1:7: error DQL2001: m\n  1 | a = 'ü'\n    |       ^\n    = h\n"},
		"over lines":              {Span{Start: 0, End: 20}, "q.dql:1:1: error DQL2001: m\n  1 | a = 'ü'\n    | ^^^^^^^\n    = h\n"},
		"outside":                 {Span{Start: 999, End: 1200}, "q.dql:3:1: error DQL2001: m\n  3 | \n    | ^\n    = h\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var set Set
			set.Add("q.dql", text)
			got := set.Render(Diagnostic{Code: "DQL2001", Severity: Error, Span: c.span, Message: "m", Help: "h"})
			if got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}
