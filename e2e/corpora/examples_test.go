package corpora_test

import (
	"path/filepath"
	"testing"
)

// TestExamples runs examples of the language reference over the chinook tables. What is right is what DuckDB gives for the same
// question in SQL, which stands beside each.
func TestExamples(t *testing.T) {
	c := open(t, "prql/chinook/*.csv")
	for _, name := range translations(t, "examples") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers(t, "examples of the language, as DuckDB answers")
			node := c.file(t, filepath.Join("examples", name+".dql"))
			want := answers(t, filepath.Join("examples", name))
			for _, y := range ways {
				if d := c.run(t, node, y).difference(want); d != "" {
					t.Errorf("%s: %s", y.name, d)
				}
			}
			c.agrees(t, node)
		})
	}
}
