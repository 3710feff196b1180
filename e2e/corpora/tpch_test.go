package corpora_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTPCH runs the 22 queries of TPC-H over the tables of tpchgen at scale factor 0.01.
func TestTPCH(t *testing.T) {
	c := open(t, "tpch/*.parquet")
	names := translations(t, "tpch")
	if len(names) != 22 {
		t.Fatalf("there are %d of the 22 queries", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node := c.check(t, filepath.Join("tpch", name+".dql"))
			want := answers(t, filepath.Join("tpch", "answers", name+".csv"))
			for _, rules := range []bool{true, false} {
				if d := c.run(t, node, rules).difference(want); d != "" {
					t.Errorf("rules %v: %s", rules, d)
				}
			}
		})
	}
}

// answers are the rows of a file as DuckDB has it: a header, and cells between bars.
func answers(t testing.TB, path string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")[1:] {
		rows = append(rows, strings.Split(line, "|"))
	}
	return rows
}
