package oracle

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestKnownOrder sorts rows that are in order already, because they were sorted before or lie in it, behind all that keeps the order
// of its rows and some of what does not, in every way.
func TestKnownOrder(t *testing.T) {
	agree(t, func(r *rapid.T) ask {
		n := func(from, to int) int { return rapid.IntRange(from, to).Draw(r, "n") }
		of := func(choices ...string) string { return rapid.SampledFrom(choices).Draw(r, "choice") }
		left, right := &dataset{name: "t"}, &dataset{name: "u"}
		for _, c := range []string{"a", "b", "x"} {
			left.fields = append(left.fields, types.Field{Name: c, Type: types.Of(types.Int)})
		}
		for _, c := range []string{"k", "m"} {
			right.fields = append(right.fields, types.Field{Name: c, Type: types.Of(types.Int)})
		}
		a, gap := 0, n(0, 2) // rows lie in the order of a, strictly or not
		for range n(0, 14) {
			a += n(gap/2, gap)
			left.rows = append(left.rows, Row{"a": int64(a), "b": int64(n(0, 3)), "x": int64(n(0, 9))})
		}
		for range n(0, 6) {
			right.rows = append(right.rows, Row{"k": int64(n(0, 4)), "m": int64(n(0, 9))})
		}
		text := "t"
		if n(0, 1) == 0 {
			text += " -> sort " + of("b, a, x", "-b, a, x", "a, b, x", "-x, b, a") // all columns, so that it is certain which rows are taken
			if n(0, 2) == 0 {
				text += fmt.Sprintf(" -> take %d", n(0, 8))
			}
		}
		for range n(0, 3) {
			text += of(" -> filter x < 7", " -> { a, b, x }", " -> derive { y: x * 2 } -> { b, a, x: y }", " -> semi u, on: b == k", " -> anti u, on: b == k",
				" -> join_many (u -> { k }), on: b == k -> { a, b, x }", " -> join_left u, on: b == k and m < x -> { a, b, x }", " -> join_full (u -> { k }), on: b == k -> { a: a ?? 1, b: b ?? 2, x: x ?? 3 }",
				" -> unnest [b, x], as: e -> { a, b, x: e }", " -> distinct", " -> { y: x, b, z: a } -> { a: y, b, x: z }")
		}
		keys := of("b", "-b", "a", "b, a", "x", "a, b", "-x", "a, -b, x")
		// Only the keys are shown: rows that tie are in no particular order.
		shown := map[string]string{"b": "b", "-b": "b", "a": "a", "b, a": "a, b", "x": "x", "a, b": "a, b", "-x": "x", "a, -b, x": "a, b, x"}[keys]
		text += " -> sort " + keys
		if n(0, 2) == 0 {
			text += fmt.Sprintf(" -> take %d", n(0, 8))
		}
		text += " -> { " + shown + " }"
		return ask{[]*dataset{left, right}, text}
	}, []string{"ok"}, "remove_ordered_sort", "known_order")
}
