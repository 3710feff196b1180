package corpora_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// prqlDiffers are the queries whose results differ on purpose; prql/NAME.csv has what is right here.
var prqlDiffers = map[string]string{}

// TestPRQL runs the queries of PRQL's integration tests over the chinook tables, against the results that PRQL publishes.
func TestPRQL(t *testing.T) {
	c := open(t, "prql/chinook/*.csv")
	published, err := filepath.Glob("../../.corpora/prql/results/*.csv")
	if err != nil || len(published) == 0 {
		t.Fatalf("PRQL's results are missing: run scripts/corpora prql")
	}
	for _, path := range published {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers(t, "PRQL, as published")
			node := c.file(t, filepath.Join("prql", name+".dql"))
			if prqlDiffers[name] != "" {
				path = filepath.Join("prql", name+".csv")
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
			for _, y := range ways {
				if d := c.run(t, node, y).differenceFromLines(want, ordered(node)); d != "" {
					t.Errorf("%s: %s", y.name, d)
				}
			}
		})
	}
}

// TestPRQLOracle runs them on the oracle.
func TestPRQLOracle(t *testing.T) {
	c := open(t, "prql/chinook/*.csv")
	for _, name := range translations(t, "prql") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			covers(t, "PRQL, as the oracle computes")
			c.agrees(t, c.file(t, filepath.Join("prql", name+".dql")))
		})
	}
}

// differenceFromLines says where rows are not what lines write with commas between the cells, and without quotes around text that has
// commas itself.
func (r result) differenceFromLines(want []string, ordered bool) string {
	if len(r.rows) != len(want) {
		return fmt.Sprintf("%d rows, not %d", len(r.rows), len(want))
	}
	for _, row := range r.rows {
		i := slices.IndexFunc(want, func(line string) bool { return r.writes(row, line) })
		if i < 0 || ordered && i > 0 {
			return fmt.Sprintf("%s is not among\n%s", strings.Join(row, ","), strings.Join(want, "\n"))
		}
		want = slices.Delete(slices.Clone(want), i, i+1)
	}
	return ""
}

// writes reports whether a line has the cells of a row.
func (r result) writes(row []string, line string) bool {
	for j, f := range r.columns {
		cell, rest, _ := strings.Cut(line, ",")
		if f.Type.Required().Kind == types.String {
			var ok bool
			if rest, ok = strings.CutPrefix(line, row[j]); !ok {
				return false
			}
			cell, rest = row[j], strings.TrimPrefix(rest, ",")
		}
		if f.Type.Required().Kind == types.Bool {
			cell = map[string]string{"0": "false", "1": "true"}[cell]
		}
		if !same(row[j], cell, f.Type) {
			return false
		}
		line = rest
	}
	return line == ""
}

// ordered reports whether a program asks for an order.
func ordered(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Sort:
		return true
	case *logical.Limit:
		return ordered(n.Input)
	case *logical.Project:
		return ordered(n.Input)
	case *logical.Filter:
		return ordered(n.Input)
	}
	return false
}
