package oracle

import (
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// operators are the programs that each operator is tried with, over tables of every shape and with keys of every type:
//
//	t: {k: K, o: K?, id: int, v: int?, f: float?, at: timestamp, xs: [int], s: string}
//	u: {j: K, p: K?, w: int, since: timestamp}
//
// A program that begins with + needs keys that can be ordered.
var operators = map[string][]string{
	"scan":    {"t", "t -> { s, o }", "u"},
	"values":  {"[{a: 1, b: 'x'}, {a: 2, b: 'y'}]", "t -> filter false"},
	"filter":  {"t -> filter v > 1", "t -> filter o is none or f < 1.0", "t -> filter k == o", "t -> filter not (v in [1, 2, 3]) and s != 'b'"},
	"project": {"t -> { k, twice: (v ?? 0) * 2, id }", "t -> { o, f: (f ?? 0.5) / 2, n: len(xs) }"},
	"limit":   {"t -> sort id -> skip 2 -> take 3", "t -> sort id -> take 0", "t -> sort id -> skip 1000"},
	"aggregate": {
		"t -> { @k, n: count(), s: sum(v), lo: min(v), hi: max(f), m: mean(f) }", "t -> { @o, n: count(), d: count_distinct(v) }", "t -> { @k, @v, @s, n: count() }",
		"t -> agg { n: count(), s: sum(v), d: count_distinct(k), m: median(f) }", "t -> { @k, ids: collect(id) -> sort }", "t -> { @k, i: count_if(f > 0.5) }",
		"t -> filter v > 1000 -> agg { n: count(), s: sum(v), m: max(v) }",
	},
	"distinct":   {"t -> { k } -> distinct", "t -> { o, v } -> distinct", "t -> distinct -> { id, k }"},
	"union":      {"t -> { k, n: id } -> union (u -> { k: j, n: w })", "t -> { k } -> union (t -> { k }) -> { @k, n: count() }"},
	"except":     {"t -> { k } -> except (u -> { k: j })", "t -> { o, v } -> except (t -> filter v == 1 -> { o, v })"},
	"intersect":  {"t -> { k } -> intersect (u -> { k: j })", "t -> { o, v } -> intersect (t -> { o, v })"},
	"join_one":   {"t -> join_one (t -> { j: k } -> distinct), on: k == j -> { id, j }", "t -> join_one u, on: k == j -> { id, w }"},
	"join_maybe": {"t -> join_maybe (u -> { j, w: 1 } -> distinct), as: r, on: k == r.j -> { id, w: r?.w }", "t -> join_maybe u, as: r, on: (o ?? k) == r.j -> { id, w: r?.w }"},
	"join_some":  {"t -> join_some (t -> { j: k, y: id }), on: k == j -> { id, y }", "t -> join_some u, on: k == j -> { id, w }"},
	"join_many":  {"t -> join_many u, on: k == j -> { id, w, j }", "t -> join_many u, on: (o ?? k) == (p ?? j) and v < w -> { id, w }", "t -> join_many u, on: v < w -> { id, w }", "t -> join_many u, on: k == j and id == w -> { id, w }"},
	"join_left":  {"t -> join_left u, on: k == j -> { id, w, j }", "t -> join_left u, on: k == j and id < w -> { id, w }", "t -> join_left u, on: id < w -> { id, w }"},
	"join_full":  {"t -> join_full u, on: k == j -> { id, w, k, j }", "t -> join_full (u -> filter w > 2), on: (o ?? k) == j -> { id, w }"},
	"join_cross": {"t -> { id } -> join_cross (u -> { w })", "t -> join_cross (u -> agg { n: count() }) -> { id, n }"},
	"semi":       {"t -> semi u, on: k == j -> { id, k }", "t -> semi u, on: k == j and v < w -> { id }", "t -> semi u, on: v < w -> { id }"},
	"anti":       {"t -> anti u, on: k == j -> { id, k }", "t -> anti u, on: (o ?? k) == j and v < w -> { id }", "t -> anti u, on: v < w -> { id }"},
	"join_asof": {"t -> join_asof (u -> { j, since } -> distinct), as: q, on: k == q.j, at: q.since <= at -> { id, since: q?.since }",
		"t -> join_asof (u -> { j, since } -> distinct), as: q, on: k == q.j, at: q.since >= at, within: 2h -> { id, since: q?.since }",
		"t -> join_asof (u -> { since } -> distinct), as: q, at: q.since < at -> { id, since: q?.since }"},
	"sort":   {"+t -> sort k, id -> { k, id }", "t -> sort -id -> { o, id }", "t -> sort s, -f, id -> { s, f, id }", "t -> sort v, -id -> { id, v }"},
	"top_n":  {"+t -> sort -k, id -> take 3 -> { k, id }", "t -> sort -v, id -> skip 1 -> take 2 -> { v, id }", "t -> top 2, by: k, order: -id -> { k, id }", "t -> top 1, by: [o, s], order: id -> { id }", "t -> top 3, by: s, order: [-v, id] -> { id, v }"},
	"unnest": {"t -> unnest xs, as: x -> { id, x }", "t -> { @k, ids: collect(id) -> sort } -> unnest ids, as: i"},
	"window": {
		"t -> derive { n: row_number() -> over(by: k, order: id), s: sum(v) -> over(by: k) } -> { id, k, n, s }", "t -> derive { r: sum(v) -> over(order: id, rows: ..0) } -> { id, r }",
		"t -> derive { l: lag(v) -> over(by: o, order: id), m: max(f) -> over(by: o, order: id, rows: -2..1) } -> { id, l, m }", "t -> derive { n: count() -> over(by: [k, s]) } -> { id, n }",
		"t -> derive { r: rank() -> over(order: id), q: ntile(3) -> over(order: id) } -> { id, r }", "+t -> derive { r: dense_rank() -> over(by: s, order: k) } -> { id, r }",
	},
	"pivot":   {"t -> { k, s, v } -> pivot s, in: ['a', 'b'], value: sum(.v), by: k", "t -> { s, v } -> pivot s, in: ['a'], value: count(), by: []"},
	"unpivot": {"t -> { k, v, id } -> unpivot v, id, name: n, value: x"},
	"search":  {"t -> search s, term('a') -> { id, score }"},
	"fix": {"fix(t -> { k, d: 0 }, r => r -> filter d < 3 -> { k, d: d + 1 })",
		"fix(t -> { a: id, b: v ?? 0 }, r => r -> join_many(t, as: e, on: b == e.id) -> { a, b: e.v ?? 0 })"},
	"describe": {"t -> { v, s } -> describe -> { column, rows, absent, distinct, min, max }"},
	"exchange": {"t -> { @k, n: count() } -> join_many (u -> { @j, m: count() }), on: k == j -> { k, n, m } -> { @n, total: sum(m) }", "t -> filter id < 3 -> join_many (t -> sort -id -> take 4), as: r, on: k == r.k -> { id, other: r.id }"},
	"result":   {"t -> sort id -> { id, k, o, f, at, xs }", "t -> agg { n: count() }"},
}

// shapes are the tables: how many rows t and u have, and which of ten keys, which of them absent, a row has.
var shapes = map[string]func(kind types.Type) (t, u []Row){
	"empty":       func(k types.Type) (t, u []Row) { return nil, rowsOfU(k, 5, func(i int) int { return i % 3 }) },
	"empty right": func(k types.Type) (t, u []Row) { return rowsOfT(k, 7, func(i int) int { return i % 3 }), nil },
	"one row": func(k types.Type) (t, u []Row) {
		return rowsOfT(k, 1, func(int) int { return 1 }), rowsOfU(k, 1, func(int) int { return 1 })
	},
	"all absent": func(k types.Type) (t, u []Row) {
		t, u = rowsOfT(k, 9, func(i int) int { return i % 4 }), rowsOfU(k, 6, func(i int) int { return i % 4 })
		for _, row := range t {
			row["o"], row["v"], row["f"], row["xs"] = nil, nil, nil, []any{}
		}
		for _, row := range u {
			row["p"] = nil
		}
		return t, u
	},
	"skewed": func(k types.Type) (t, u []Row) {
		skew := func(i int) int { return max(0, i%13-8) }
		return rowsOfT(k, 40, skew), rowsOfU(k, 12, skew)
	},
	"duplicate": func(k types.Type) (t, u []Row) {
		t, u = rowsOfT(k, 6, func(i int) int { return i % 3 }), rowsOfU(k, 4, func(i int) int { return i })
		return append(t, t...), append(u, u...)
	},
	"huge group": func(k types.Type) (t, u []Row) {
		t, u = rowsOfT(k, 40, func(int) int { return 2 }), rowsOfU(k, 9, func(int) int { return 2 })
		for _, row := range t[1:] {
			row["s"] = "a"
		}
		return t, u
	},
}

type keyKind struct {
	of      types.Type
	ordered bool
	values  []any
}

// keys are two values and more of every type that a key can have, least first where there is an order.
var keys = []keyKind{
	{types.Of(types.Int), true, []any{int64(-9223372036854775808), int64(-1), int64(0), int64(3), int64(9223372036854775807)}},
	{types.Of(types.String), true, []any{"", "a", "ab", "b", strings.Repeat("é", 40)}},
	{types.Of(types.Bool), true, []any{false, true}},
	{types.Of(types.Float), true, []any{-1.5, 0.0, 0.25, 1e300}},
	{types.Type{Kind: types.Decimal, Precision: 10, Scale: 2}, true, []any{Decimal{big.NewInt(-150), 2}, Decimal{big.NewInt(0), 2}, Decimal{big.NewInt(9_999_999_999), 2}}},
	{types.Type{Kind: types.Decimal, Precision: 30, Scale: 3}, true, []any{Decimal{big.NewInt(-1), 3}, Decimal{new(big.Int).Exp(big.NewInt(10), big.NewInt(29), nil), 3}}},
	{types.Of(types.Date), true, []any{Day(-719162), Day(0), Day(19000)}},
	{types.Of(types.Time), true, []any{Clock(0), Clock(45_045_250_000), Clock(86_399_999_999)}},
	{types.Of(types.Timestamp), true, []any{Instant(-1), Instant(0), Instant(1_700_000_000_000_000)}},
	{types.Of(types.Duration), false, []any{Span{0, 1, 0}, Span{1, 0, 0}, Span{0, 0, 1}}},
	{types.Of(types.Bytes), true, []any{Blob(""), Blob("\x00"), Blob("\xff\x00")}},
	{types.Of(types.UUID), true, []any{UUID(strings.Repeat("\x01", 16)), UUID(strings.Repeat("\xfe", 16))}},
	{types.ListOf(types.Of(types.Int)), false, []any{[]any{}, []any{int64(1)}, []any{int64(1), int64(2)}}},
	{types.Type{Kind: types.Record, Fields: []types.Field{{Name: "x", Type: types.Of(types.Int)}, {Name: "y", Type: types.Optional(types.Of(types.String))}}}, false,
		[]any{map[string]any{"x": int64(1), "y": nil}, map[string]any{"x": int64(1), "y": "b"}, map[string]any{"x": int64(2), "y": "a"}}},
}

func keyOf(k types.Type, i int) any {
	at := slices.IndexFunc(keys, func(x keyKind) bool { return types.Equal(x.of, k) })
	return keys[at].values[i%len(keys[at].values)]
}

func rowsOfT(k types.Type, n int, key func(i int) int) (rows []Row) {
	for i := range n {
		row := Row{"k": keyOf(k, key(i)), "o": keyOf(k, key(i)), "id": int64(i), "v": int64(i % 5), "f": float64(i%7) / 4, "at": Instant(int64(i%6) * 3_600_000_000),
			"xs": []any{int64(i), int64(7)}[:i%3], "s": []string{"a", "b", "a c"}[i%3]}
		if i%4 == 3 {
			row["o"], row["v"] = nil, nil
		}
		rows = append(rows, row)
	}
	return rows
}

func rowsOfU(k types.Type, n int, key func(i int) int) (rows []Row) {
	for i := range n {
		row := Row{"j": keyOf(k, key(i)), "p": keyOf(k, key(i)), "w": int64(i % 4), "since": Instant(int64(i%5)*3_600_000_000 - 1)}
		if i%3 == 2 {
			row["p"] = nil
		}
		rows = append(rows, row)
	}
	return rows
}

// matrixWorld is the tables of a shape, with keys of a type.
func matrixWorld(k types.Type, shape string) (*world, error) {
	t, u := shapes[shape](k)
	o := types.Optional(k)
	of := types.Of
	return newWorld([]*dataset{
		{name: "t", rows: t, fields: []types.Field{{Name: "k", Type: k}, {Name: "o", Type: o}, {Name: "id", Type: of(types.Int)}, {Name: "v", Type: types.Optional(of(types.Int))},
			{Name: "f", Type: types.Optional(of(types.Float))}, {Name: "at", Type: of(types.Timestamp)}, {Name: "xs", Type: types.ListOf(of(types.Int))}, {Name: "s", Type: of(types.String)}}},
		{name: "u", rows: u, fields: []types.Field{{Name: "j", Type: k}, {Name: "p", Type: o}, {Name: "w", Type: of(types.Int)}, {Name: "since", Type: of(types.Timestamp)}}},
	})
}

// TestMatrix runs every operator over every shape of tables in all ways and on the oracle. With text as keys the ways are three of
// them, and with keys of other types the tables the skewed ones too. What is never executed over a shape fails, but where cases
// are drawn.
func TestMatrix(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]map[string]bool{} // kinds of operators and of joins that were executed → shapes
	t.Run("cases", func(t *testing.T) {
		for i, k := range keys {
			for shape := range shapes {
				if i > 1 && shape != "skewed" {
					continue
				}
				ways := ways
				if i > 0 {
					ways = []way{ways[0], ways[1], ways[len(ways)-1]}
				}
				t.Run(fmt.Sprintf("%s/%s", k.of, shape), func(t *testing.T) {
					t.Parallel()
					w, err := matrixWorld(k.of, shape)
					if err != nil {
						t.Fatal(err)
					}
					runs := drawn(t, 6)
					for _, name := range slices.Sorted(maps.Keys(operators)) {
						for _, text := range operators[name] {
							if !runs() {
								continue
							}
							program, needsOrder := strings.CutPrefix(text, "+")
							if needsOrder && !k.ordered {
								continue
							}
							disagreement, outcome := w.verdictOf(program, ways)
							if disagreement != "" || outcome != "ok" && outcome != "fails" {
								t.Errorf("%s: %s\n%s%s", name, program, disagreement, outcome)
								continue
							}
							kinds := w.kinds(t, program)
							mu.Lock()
							for _, kind := range append(kinds, name) {
								if seen[kind] == nil {
									seen[kind] = map[string]bool{}
								}
								seen[kind][shape] = true
							}
							mu.Unlock()
						}
					}
				})
			}
		}
	})
	if raced {
		return
	}
	for _, kind := range everyOperator() {
		for shape := range shapes {
			if !seen[kind][shape] {
				t.Errorf("no case has %s over the shape %s", kind, shape)
			}
		}
	}
}

// kinds are the kinds of all operators and joins of a program, as planned with rules and without.
func (w *world) kinds(t *testing.T, text string) (out []string) {
	n, err := w.check(text)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := physical.Lower(n, physical.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range plan.Stages {
		for op := plan.Stages[i].Root; op != nil; op = op.Input {
			out = append(out, op.Kind())
			if op.HashJoin != nil {
				out = append(out, string(op.HashJoin.Kind))
			}
		}
	}
	return out
}

// everyOperator is what the physical plan knows, the kinds of joins, and what the language has on top. An operator that is new is
// here by itself, and needs cases.
func everyOperator() (out []string) {
	of := reflect.TypeFor[physical.Op]()
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Type.Kind() != reflect.Pointer || f.Type == reflect.TypeFor[*physical.Op]() || f.Type.Elem().Kind() != reflect.Struct {
			continue
		}
		op := reflect.New(of)
		op.Elem().Field(i).Set(reflect.New(f.Type.Elem()))
		if kind := op.Interface().(*physical.Op).Kind(); kind != "invalid" {
			out = append(out, kind)
		}
	}
	for _, k := range []logical.JoinKind{logical.JoinOne, logical.JoinMaybe, logical.JoinSome, logical.JoinMany, logical.JoinLeft, logical.JoinFull, logical.JoinCross, logical.Semi, logical.Anti} {
		out = append(out, string(k))
	}
	return append(out, "union", "except", "intersect", "join_asof", "pivot", "exchange", "result")
}

// TestMatrixHasEveryKey fails for a type that can be a key and has no values above.
func TestMatrixHasEveryKey(t *testing.T) {
	t.Parallel()
	for k := types.Bool; k <= types.Record; k++ {
		if k == types.None || k == types.Option || k == types.JSON {
			continue // none has one value, an option is column o, and JSON is equal to nothing
		}
		if !slices.ContainsFunc(keys, func(x keyKind) bool { return x.of.Kind == k }) {
			t.Errorf("no keys of type %s", types.Of(k))
		}
	}
}
