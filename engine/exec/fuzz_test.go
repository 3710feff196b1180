package exec

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// FuzzPlan executes what may be a plan as an executor gets it: as text that somebody may have changed. There are rows or an error; a fault
// of the process, and a run that does not end, are neither.
func FuzzPlan(f *testing.F) {
	w := newWorld()
	w.define(f, "t", "{a: int, b: string?, c: float}\n[1, \"x\", 0.5]\n[2, null, 1.5]\n[2, \"y\", 2.5]")
	w.define(f, "u", "{e: int, d: string}\n[1, \"one\"]\n[3, \"three\"]")
	w.define(f, "narrow", "{i: int, n: decimal<12,2>, p: decimal<30,2>?, on: date}\n[1, \"0.50\", null, \"2024-02-29\"]\n[-2, \"12.25\", \"7.00\", \"1970-01-01\"]\n[300, \"-1.00\", \"7.00\", \"1970-01-01\"]")
	y := way{batch: 2, threads: 1}
	w.prepare(y)
	for _, query := range []string{
		"t -> filter a > 1 -> { a, n: a + 1 }",
		"t -> agg { s: sum(c), n: count() }",
		"t -> join_many u, on: a == e -> { b, d }", "t -> sort -c -> take 1",
		"t -> distinct",
		"t -> join_left u, on: a == e -> { a, d }", "t -> join_full u, on: a == e -> { a, d }", "t -> anti u, on: a == e", "t -> join_cross u",
		"t -> join_asof u, as: u, at: u.e <= a", "t -> join_maybe u, on: a == e and d > 'k'",
		"t -> top 1, by: a, order: -c", "t -> derive { n: row_number() -> over(by: a, order: c), s: sum(c) -> over(order: c, rows: -1..0) }",
		"t -> union (u -> { a: e, b: .d, c: 0.0 })", "t -> except (t -> filter a == 2)", "t -> { @a, bs: collect(b) } -> unnest bs, as: b",
		"t -> unpivot a, c, name: n, value: v", "t -> describe", "fix(t -> { a }, r => r -> filter a < 9 -> { a: a + 1 }) -> filter a > 4",
		"narrow -> filter n > 0.1 and on < d'2020-01-01' -> { i, twice: n * 2, p }", "narrow -> { @on, s: sum(n), m: max(p), n: count() }", "narrow -> { @p, @i, m: min(on) }",
		"narrow -> sort -n, p -> take 2", "narrow -> join_many (narrow -> { q: .n, j: .i }), on: n == q -> { i, j }", "narrow -> semi t, on: i == a", "narrow -> { n, p, on } -> distinct",
		"t -> skip 1 -> take 1", "t -> { @b, m: median(c), d: count_distinct(a) }",
	} {
		p, err := w.plan(f.Context(), query, y)
		if err != nil {
			f.Fatalf("%s: %v", query, err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, stages := range []string{`{"id":0}`, `{"id":0,"root":{},"inputs":[0,7]}`, `{"root":{},"inputs":[1]}`} {
		f.Add(fmt.Appendf(nil, `{"version":%d,"stages":[%s]}`, physical.Version, stages))
	}
	// A segment of storage refuses a batch that it does not have.
	open := func(ctx context.Context, t *logical.Table, segment int) (SegmentReader, error) {
		if w.rows[t.Name] == nil {
			return nil, fmt.Errorf("no table %s", t.Name)
		}
		return &bounded{&fakeSegment{rec: w.rows[t.Name], size: y.batch, encode: t.Name == "narrow"}}, nil
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p physical.Plan
		if json.Unmarshal(text, &p) != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, _ = RunPlan(ctx, Env{Threads: 1, MemoryLimit: 64 << 20}, &p, open, func(arrow.RecordBatch) error { return nil })
	})
}

type bounded struct{ *fakeSegment }

func (b *bounded) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	if i < 0 || int64(i*b.size) >= b.rec.NumRows() {
		return nil, fmt.Errorf("no batch %d", i)
	}
	return b.fakeSegment.Batch(i, columns)
}
