package oracle

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestReducedAggregates joins groups with rows in every way, where rows whose groups nothing matches are left out before they are
// grouped.
func TestReducedAggregates(t *testing.T) {
	agree(t, func(r *rapid.T) ask {
		n := func(from, to int) int { return rapid.IntRange(from, to).Draw(r, "n") }
		of := func(choices ...string) string { return rapid.SampledFrom(choices).Draw(r, "choice") }
		table := func(name string, rows int, columns ...string) *dataset {
			d := &dataset{name: name}
			for _, c := range columns {
				d.fields = append(d.fields, types.Field{Name: c, Type: types.Of(types.Int)})
			}
			for range rows {
				row := Row{}
				for _, c := range columns {
					row[c] = int64(n(0, 4))
				}
				d.rows = append(d.rows, row)
			}
			return d
		}
		tables := []*dataset{table("t", n(0, 12), "a", "b", "x"), table("u", n(0, 6), "k", "m", "x2")}
		filter := func(column string) string {
			if n(0, 1) == 0 {
				return ""
			}
			return fmt.Sprintf(" -> filter %s %s %d", column, of("<", ">", "=="), n(0, 4))
		}
		groups := "groups = t" + filter("x") + " -> { @" + of("a", "g: a + 1", "a") + ", @b, n: count(), s: sum(" + of("x", "10 / (x - 5)") + ") }" + filter("s")
		key := "a"
		if strings.Contains(groups, "@g: a") {
			key = "g"
		}
		groups += " -> { " + key + ", b, n, twice: s * 2 }" + filter("twice")
		on := "k == " + key
		if n(0, 1) == 0 {
			on += " and m == b"
		}
		if n(0, 4) == 0 {
			on += " and x2 < n"
		}
		text := groups + "\nrows = u" + filter("m") + "\n"
		if n(0, 1) == 0 {
			text += "rows -> " + of("join_many", "join_left", "join_maybe", "join_some", "join_full", "semi", "anti") + " groups, on: " + on
		} else {
			text += "groups -> " + of("join_many", "semi", "anti", "join_left") + " rows, on: " + on
		}
		return ask{tables, text}
	}, []string{"ok", "fails"}, "reduce_aggregate", "push_semi_below_aggregate")
}
