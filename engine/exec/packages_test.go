package exec

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/engine/udf/udftest"
)

// packaged is a world with the functions of package udftest as test/go, and a table.
func packaged(t *testing.T) (*world, *udftest.Runtime) {
	w := newWorld()
	r := &udftest.Runtime{Functions: udftest.All()}
	w.runtimes = map[udf.Kind]udf.Runtime{udf.WASM: r}
	p := &catalog.Package{Name: "test/go", Version: "1.0.0"}
	for _, f := range r.Functions {
		p.Functions = append(p.Functions, f.Function)
	}
	w.packages["test/go"] = p
	w.define(t, "t", `{k: string, s: string, x: float?, w: float, n: int}
["a", "one", 1, 1, 2]
["b", "two words", 2, 1, 0]
["a", "three", null, 1, 1]
["a", "a b c", 4, 3, 3]
["b", "two words", 5, 0, 2]`)
	return w, r
}

func TestPackagedShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"whole":          {"t -> agg { m: g.wmean(x, w), c: g.chain(s), gaps: g.gaps(x) }", `[3, "one-two words-three-a b c-two words", 1]`},
		"groups":         {"t -> { @k, m: g.wmean(x, w), c: g.chain(s) } -> sort k", `["a", 3.25, "one-three-a b c"] ["b", 2, "two words-two words"]`},
		"no rows":        {"t -> filter n > 9 -> agg { m: g.wmean(x, w), c: g.chain(s) }", `[null, ""]`},
		"no groups":      {"t -> filter n > 9 -> { @k, c: g.chain(s) }", ``},
		"in expressions": {"t -> agg { m: (g.wmean(x, w) ?? 0.0) + 1, n: count() }", `[4, 5]`},
		"twice":          {"t -> { @k, c: g.chain(s) } -> sort k -> agg { c: g.chain(c) }", `["one-three-a b c-two words-two words"]`},
		"over":           {"t -> { n, c: g.chain(k) -> over(order: n, rows: -1..0), m: g.wmean(x, w) -> over(by: k) } -> sort n, c -> take 3", `[0, "b", 2] [1, "b-a", 3.25] [2, "a-a", 3.25]`},
		"running":        {"t -> { n, w, c: g.chain(s) -> over(by: k, order: [n, w], rows: ..0) } -> sort n, c -> take 2", `[0, 1, "two words"] [1, 1, "three"]`},
		"pivot":          {"t -> pivot k, in: ['a', 'b'], value: g.chain(s), by: w -> sort w", `[0, "", "two words"] [1, "one-three", "two words"] [3, "a b c", ""]`},
		"constant":       {"t -> agg { c: g.chain('x') }", `["x-x-x-x-x"]`},
		"a join below":   {"t -> join_many t, as: r, on: n == r.n -> agg { c: g.chain(concat(k, r.k)) }", `["aa-ab-bb-aa-aa-ba-bb"]`},
		"rows":           {"t -> unnest g.words(s), as: w2 -> { k, w2.word, w2.n } -> sort word, n, k -> take 3", `["a", "a", 1] ["a", "b", 2] ["a", "c", 3]`},
		"no rows of one": {"t -> unnest g.upto(n), as: i -> agg { n: count(), c: g.chain(k) }", `[8, "a-a-a-a-a-a-b-b"]`},
		"absent":         {"t -> unnest g.upto(if x > 1 { none } else { n }), as: i -> agg { n: count() }", `[3]`},
		"lists":          {"t -> { k, ws: g.words(s), n: len(g.upto(n)) } -> sort n, k -> take 2", `["b", [{"n":1,"word":"two"},{"n":2,"word":"words"}], 0] ["a", [{"n":1,"word":"three"}], 1]`},
		"absent list":    {"t -> { k, l: g.upto(if x > 1 { none } else { n }) } -> sort k -> take 1 -> { l }", `[[0,1]]`},
		"source":         {"g.words('b a c') -> filter n > 1 -> sort word", `["a", 2] ["c", 3]`},
		"source, braces": {"g.words('b a') -> { word } -> sort word", `["a"] ["b"]`},
		"source of ints": {"g.upto(5) -> derive { d: item * 2 } -> sort -item -> take 2", `[4, 8] [3, 6]`},
		"a list still":   {"g.upto(5) -> filter(i => i > 2) -> len", `[2]`},
		"joined":         {"t -> join_many g.words('one three'), as: r, on: s == r.word -> { s, i: r.n } -> sort i", `["one", 1] ["three", 2]`},
		"behind rows":    {"t -> unnest g.upto(n), as: i -> filter i % 2 == 0 -> { h: g.half(i) } -> sort h", `[0] [0] [0] [0] [1]`},
		"rows, grouped":  {"t -> unnest g.words(s), as: r -> { @k, c: g.chain(r.word) } -> sort k", `["a", "one-three-a-b-c"] ["b", "two-words-two-words"]`},
		"try":            {"t -> { n, h: try(g.half(n)) } -> sort n, h -> take 3", `[0, 0] [1, null] [2, 1]`},
		"row errors":     {"t -> { r: try(g.root((x ?? 0.0) - 2.0)) } -> sort r -> agg { n: count(), p: count(r) }", `[5, 3]`},
		"row errors ??":  {"t -> { r: try(g.root((x ?? 0.0) - 2.0) + 1.0) ?? -1.0 } -> sort r -> take 3", `[-1] [-1] [1]`},
		"a try of rows":  {"t -> unnest try(g.upto(1 - n)), as: i -> agg { n: count() }", `[1]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, y := range ways {
				w, r := packaged(t)
				got, _, err := w.run(t, "import test/go as g\n"+c.text, y, true)
				lines := strings.Split(strings.TrimSpace(got), "\n")
				if err != nil || strings.Join(lines[1:], " ") != c.want {
					t.Errorf("%s: %v\n%s\nwant %s", y.name, err, got, c.want)
				}
				if n := r.Open(); n != 0 {
					t.Errorf("%s: %d instances or rows were left open", y.name, n)
				}
			}
		})
	}
}

// TestListsOfTableFunctions: a collected list is of the very type that the plan says, as what is written to files must be.
func TestListsOfTableFunctions(t *testing.T) {
	t.Parallel()
	w, _ := packaged(t)
	y := ways[1]
	w.prepare(y)
	plan, err := w.plan(t.Context(), "import test/go as g\nt -> { ws: g.words(s), us: g.upto(n) }", y)
	if err != nil {
		t.Fatal(err)
	}
	want, err := types.ArrowSchema(plan.Columns)
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Threads: 1, Runtimes: w.runtimes, Modules: func(context.Context, string) ([]byte, error) { return nil, nil }}
	if _, err := RunPlan(t.Context(), env, plan, w.opener(y), func(r arrow.RecordBatch) error {
		for i, f := range want.Fields() {
			if got := r.Column(i).DataType(); !arrow.TypeEqual(got, f.Type) {
				t.Errorf("%s is %s, not %s", f.Name, got, f.Type)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRowsComePieceByPiece: a table function gives rows as they are wanted, and is stopped when nobody wants more.
func TestRowsComePieceByPiece(t *testing.T) {
	t.Parallel()
	y := way{rules: true, batch: 1000, threads: 2, tasks: 1}
	w, r := packaged(t)
	got, _, err := w.run(t, "import test/go as g\ng.upto(50000) -> agg { n: count(), s: sum(item) }", y, true)
	if err != nil || !strings.HasSuffix(got, "[50000, 1249975000]\n") {
		t.Errorf("%v\n%s", err, got)
	}
	if most := r.MaxRows.Load(); most > maxBatch {
		t.Errorf("a piece had %d rows", most)
	}
	w, r = packaged(t)
	got, _, err = w.run(t, "import test/go as g\ng.upto(50000) -> derive { d: item + 1 } -> take 2", y, true)
	if err != nil || !strings.HasSuffix(got, "[0, 1]\n[1, 2]\n") || r.Open() != 0 {
		t.Errorf("%v, %d open\n%s", err, r.Open(), got)
	}
}

// TestStatesAreCounted: what aggregates of packages hold counts against the limit of the query's memory.
func TestStatesAreCounted(t *testing.T) {
	t.Parallel()
	y := way{rules: true, batch: maxBatch}
	w, r := packaged(t)
	n := numbers(t, 200_000)
	w.tables["t"], w.rows["t"] = n.tables["t"], n.rows["t"]
	w.prepare(y)
	plan, err := w.plan(t.Context(), "import test/go as g\nt -> agg { c: g.gaps(float(a)) }", y)
	if err != nil {
		t.Fatal(err)
	}
	env := Env{Threads: 2, MemoryLimit: 1 << 20, Runtimes: w.runtimes, Modules: func(context.Context, string) ([]byte, error) { return nil, nil }}
	_, err = RunPlan(t.Context(), env, plan, w.opener(y), func(arrow.RecordBatch) error { return nil })
	var d source.Diagnostics
	if !errors.As(err, &d) || d[0].Code != "DQL9001" || r.Open() != 0 {
		t.Errorf("got %v with %d open, want DQL9001", err, r.Open())
	}
}

// TestFailuresNameTheirRow: with package, version, function, row of the table, arguments, and what try or filter can do about it.
func TestFailuresNameTheirRow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, message, help string }{
		{"t -> { h: g.half(n) }", "test/go@1.0.0.half failed in row 1 of u: odd", "it was called with x: 1; try(…) gives none instead of an error"},
		{"t -> { r: g.root(x) }", "test/go@1.0.0.root failed in row 2 of u: negative", "it was called with x: -4; try(…)"},
		{"t -> filter n > 2 -> { r: g.root(x) }", "test/go@1.0.0.root failed in row 3 of u: negative", "it was called with x: -9; try(…)"},
		{"t -> agg { c: g.chain(s) }", "test/go@1.0.0.chain failed in row 3 of u: told to fail", "it was called with s: fail; filter such rows out before"},
		{"t -> { @k: n % 2, c: g.chain(s) }", "test/go@1.0.0.chain failed in row 3 of u: told to fail", "filter such rows out before"},
		{"t -> unnest g.words(s), as: w", "test/go@1.0.0.words failed in row 3 of u: told to fail", "it was called with text: fail; try(…)"},
		{"t -> { w: g.words(s) }", "test/go@1.0.0.words failed in row 3 of u: told to fail", "it was called with text: fail; try(…)"},
		{"t -> { c: g.chain(s) -> over(order: n) }", "test/go@1.0.0.chain failed: told to fail", "filter such rows out before"},
	} {
		for _, y := range ways {
			w, r := packaged(t)
			w.define(t, "u", `{s: string, x: float, n: int}
["a", 1, 1]
["b", -4, 2]
["fail", -9, 3]`)
			_, _, err := w.run(t, "import test/go as g\n"+strings.Replace(c.text, "t ->", "u ->", 1), y, true)
			var d source.Diagnostics
			var call *udf.CallError
			if !errors.As(err, &d) || !errors.As(err, &call) || d[0].Code != "DQL9004" || d[0].Message != c.message || !strings.Contains(d[0].Help, c.help) {
				t.Errorf("%s (%s): %v; want %s (%s)", c.text, y.name, errorText(err), c.message, c.help)
			}
			if r.Open() != 0 {
				t.Errorf("%s (%s): %d instances were left open", c.text, y.name, r.Open())
			}
		}
	}
}
