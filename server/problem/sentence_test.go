package problem_test

import (
	"testing"

	"github.com/dreamql/dreamql/server/problem"
)

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want  string
		texts []string
	}{
		{"Strings are written in single quotes. Write 'text'.", []string{"strings are written in single quotes", "write 'text'"}},
		{"There is no name `x` here. Did you mean `y`?", []string{"there is no name `x` here", "did you mean `y`?"}},
		{"It ended. Run it again.", []string{"It ended.", "", "Run it again."}},
		{"std/geo@1.0.0 was not published: it is there.", []string{"std/geo@1.0.0 was not published: it is there"}},
		{"`x` is an int. 'a' is not.", []string{"`x` is an int", "'a' is not"}},
		{"Don't do this.", []string{"don't do this"}},
		{"", []string{""}},
	} {
		if got := problem.Sentences(c.texts...); got != c.want {
			t.Errorf("%q gives %q, want %q", c.texts, got, c.want)
		}
	}
}
