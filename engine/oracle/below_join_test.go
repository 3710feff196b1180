package oracle

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestAggregateBelowJoin groups rows that are joined with others by a key, unique or not, with and without gaps, in every way.
func TestAggregateBelowJoin(t *testing.T) {
	agree(t, func(r *rapid.T) ask {
		n := func(from, to int) int { return rapid.IntRange(from, to).Draw(r, "n") }
		of := func(choices ...string) string { return rapid.SampledFrom(choices).Draw(r, "choice") }
		facts, keyed := &dataset{name: "t"}, &dataset{name: "d"}
		for _, c := range []string{"a", "b", "x"} {
			facts.fields = append(facts.fields, types.Field{Name: c, Type: types.Of(types.Int)})
		}
		for _, c := range []string{"k", "m"} {
			keyed.fields = append(keyed.fields, types.Field{Name: c, Type: types.Of(types.Int)})
		}
		keyed.fields = append(keyed.fields, types.Field{Name: "s", Type: types.Optional(types.Of(types.String))})
		for range n(0, 14) {
			facts.rows = append(facts.rows, Row{"a": int64(n(0, 6)), "b": int64(n(0, 2)), "x": int64(n(-2, 9))})
		}
		k, step := -1, n(1, 2)
		for range n(0, 9) {
			if k += n(min(step, 1), step); n(0, 40) == 0 {
				k-- // not unique
			}
			row := Row{"k": int64(k), "m": int64(n(0, 2)), "s": []any{nil, "p", "q"}[n(0, 2)]}
			keyed.rows = append(keyed.rows, row)
		}
		filter := func(column string) string {
			if n(0, 2) > 0 {
				return ""
			}
			return fmt.Sprintf(" -> filter %s %s %d", column, of("<", ">", "=="), n(0, 4))
		}
		kind := of("join_many", "join_many", "join_left", "join_one", "join_maybe", "join_some")
		text := "(t" + filter("x") + ") -> " + kind + " (d" + filter("m") + "), on: a == k"
		key := of("a", "a", "k")
		if kind == "join_many" && n(0, 3) == 0 {
			text = "(d" + filter("m") + ") -> join_many (t" + filter("x") + "), on: k == a"
		}
		text += of("", " -> { a, b, x, k, m, s }", " -> { x, m, s, a, k, b }") + " -> { @" + key
		for _, more := range []string{", @b", ", @m", ", @s", ", @e: x % 3", ", @same: a", ", @y: x + b", ", @other: k"} {
			if n(0, 3) == 0 {
				text += more
			}
		}
		text += of(", n: count()", ", n: count(), s1: sum(x)", ", lo: min(x), hi: max(b + x)", ", c: count_if(x > 3), d: count_distinct(b)", ", u: max(m)", ", q: sum(10 / (x - 5))", ", f: mean(x)") + " }"
		return ask{[]*dataset{facts, keyed}, text}
	}, []string{"ok", "fails"}, "aggregate_below_join")
}
