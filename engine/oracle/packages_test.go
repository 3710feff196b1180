package oracle

import (
	"math/rand/v2"
	"testing"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf/udftest"
)

// packagePrograms call functions of packages of every shape. chain stands where the order of its rows is certain.
var packagePrograms = []string{
	"t -> agg { m: g.wmean(x, w), c: g.chain(s), gaps: g.gaps(x), n: count() }",
	"t -> { @k, m: g.wmean(x, w), c: g.chain(s), gaps: g.gaps(x) }",
	"t -> filter n > 2 -> { @k, @n, c: g.chain(s) } -> { @k, least: min(c), groups: count() }",
	"t -> filter n > 99 -> agg { m: g.wmean(x, w), c: g.chain(s) }",
	"t -> filter n > 99 -> { @k, c: g.chain(s) }",
	"t -> { @odd: n % 2 == 1, a: (g.wmean(x, w) ?? 0.0) * 2, b: len(g.chain(s)) + count() } -> filter b > 3",
	"t -> { @k, c: g.chain(s) } -> filter k is not none -> sort k -> take 2",
	"t -> derive { m: g.wmean(x, w) -> over(by: k), total: g.gaps(x) -> over(by: n) }",
	"t -> { i, c: g.chain(s) -> over(by: k, order: i, rows: -2..0), d: g.chain(s) -> over(order: -i, rows: ..0), e: g.gaps(x) -> over(order: i, rows: 1..3) }",
	"t -> pivot n, in: [0, 1, 2], value: g.chain(s), by: k",
	"t -> unnest g.words(s ?? ''), as: r -> { i, r.word, r.n }",
	"t -> unnest g.words(s), as: r -> { @r.word, n: count(), c: g.gaps(x) }",
	"t -> unnest g.upto(n), as: j -> filter j != 1 -> { @i, m: g.wmean(float(j), 1.0), n: count() }",
	"t -> { i, ws: g.words(s), us: g.upto(n) }",
	"t -> filter len(g.upto(n)) > 2 -> { i }",
	"g.words('c a b a') -> { @word, n: count() }",
	"t -> join_left g.words('a b'), as: r, on: (s ?? '') == r.word -> { i, at: r?.n }",
	"g.upto(7) -> derive { d: item * 2 } -> filter item > 2 -> agg { s: sum(d) }",
	"t -> { i, h: try(g.half(n)) }",
	"t -> { i, h: g.half(n) }",
	"t -> filter n % 2 == 0 -> { i, h: g.half(n) }",
	"t -> { i, r: try(g.root(w - 2.0)), q: try(g.root(x)) ?? -1.0 }",
	"t -> { i, r: try(g.root(w - 2.0) + g.root(1.0 - w)) }",
	"t -> { i, r: g.root(w - 2.0) }",
	"t -> { i, r: try(if w > 1.0 { g.root(w - 2.0) } else { float(g.half(n)) }) }",
	"t -> filter (try(g.root(w - 1.0)) ?? 0.0) > 0.5 -> { i }",
	"t -> unnest try(g.upto(n - 2)), as: j -> { i, j }",
	"t -> unnest g.upto(n - 1), as: j -> { i, j }",
	"t -> derive { c: g.chain(s) -> over(by: k) } -> { @k, c: min(c) }",
	"t -> { i, l: [1.0, w - 2.0] -> map(v => try(g.root(v)) ?? 0.0) }",
}

// TestPackages compares programs that call functions of packages with the oracle, in all ways and over random rows.
func TestPackages(t *testing.T) {
	t.Parallel()
	runs := drawn(t, 4)
	outcomes := map[string]int{}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 7))
		d := &dataset{name: "t", fields: []types.Field{
			{Name: "i", Type: types.Of(types.Int)}, {Name: "k", Type: types.Optional(types.Of(types.String))}, {Name: "s", Type: types.Optional(types.Of(types.String))},
			{Name: "x", Type: types.Optional(types.Of(types.Float))}, {Name: "w", Type: types.Of(types.Float)}, {Name: "n", Type: types.Of(types.Int)}}}
		for i := range r.IntN(40) {
			row := Row{"i": int64(i), "k": any(nil), "s": any(nil), "x": any(nil), "w": float64(r.IntN(5)), "n": int64(r.IntN(5))}
			if r.IntN(6) > 0 {
				row["k"] = []string{"p", "q", "r"}[r.IntN(3)]
			}
			if r.IntN(6) > 0 {
				row["s"] = []string{"", "a", "b", "a b", "c c"}[r.IntN(5)]
			}
			if r.IntN(6) > 0 {
				row["x"] = float64(r.IntN(9) - 1)
			}
			d.rows = append(d.rows, row)
		}
		w, err := newWorld([]*dataset{d})
		if err != nil {
			t.Fatal(err)
		}
		w.given = udftest.All()
		for _, text := range packagePrograms {
			if !runs() {
				continue
			}
			disagreement, outcome := w.verdict("import test/go as g\n" + text)
			if disagreement != "" {
				t.Errorf("seed %d: %s\n%s", seed, text, disagreement)
			}
			if outcome != "ok" && outcome != "fails" {
				t.Errorf("%s: %s", text, outcome)
			}
			outcomes[outcome]++
		}
	}
	if !raced && (outcomes["ok"] < 200 || outcomes["fails"] < 20) {
		t.Errorf("outcomes %v: the programs do not try both", outcomes)
	}
}
