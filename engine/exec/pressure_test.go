package exec

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// inMemory is what an operator does of which the rows, or the groups, do not fit into memory.
type inMemory string

const (
	streams inMemory = "streams" // holds a few batches
	spills  inMemory = "spills"  // puts on disk what does not fit
	refuses inMemory = "refuses" // ends in the error that names the memory limit
)

// pressed are programs over a table of 120,000 rows {a: 0…, k: a % 50,021, g: a % 7, s: text of a}, each with what becomes of it where
// there are so many MB of memory and a disk. Another table u is the first half of it.
var pressed = []struct {
	operator, text string
	mb             int64
	does           inMemory
}{
	{"scan", "t -> { a, k, s }", 3, streams},
	{"filter", "t -> filter k > 100 -> { a, k }", 3, streams},
	{"project", "t -> { b: a * 2 + k, up: upper(s) }", 3, streams},
	{"limit", "t -> take 50000", 3, streams},
	{"values", "[{x: 1}, {x: 2}] -> join_cross (t -> { a }) -> agg { n: count(), s: sum(a) }", 3, streams},
	{"aggregate", "t -> { @g, n: count(), s: sum(a) }", 8, streams},
	{"aggregate", "t -> { @k, n: count(), total: sum(a), m: max(s) }", 8, spills},
	{"aggregate", "t -> { @a, n: count(), d: count_distinct(k) }", 8, spills},
	{"aggregate", "t -> agg { n: count(), total: sum(a), lo: min(s) }", 8, streams},
	{"aggregate", "t -> agg { all: collect(s) }", 4, refuses},
	{"aggregate", "t -> { @g, all: collect(s) }", 4, refuses},
	{"aggregate", "t -> agg { d: count_distinct(s) }", 8, refuses},
	{"distinct", "t -> { k, s } -> distinct", 16, spills},
	{"union", "t -> { a } -> union (u -> { a })", 3, streams},
	{"except", "t -> { a, s } -> except (u -> { a, s })", 24, spills},
	{"intersect", "t -> { a, s } -> intersect (u -> { a, s })", 24, spills},
	{"hash_join", "t -> join_many u, as: r, on: a == r.a -> { a, s: r.s }", 3, spills},
	{"hash_join", "t -> join_left u, as: r, on: k == r.k -> { a, s: r?.s }", 3, spills},
	{"hash_join", "t -> join_full (u -> { b: a, z: s }), on: a == b -> { a, b, z }", 3, spills},
	{"hash_join", "t -> join_maybe u, as: r, on: a == r.a -> { a, s: r?.s }", 3, spills},
	{"hash_join", "t -> semi (u -> { b: .s }), on: s == b -> { a }", 2, spills},
	{"hash_join", "t -> anti (u -> { b: .s }), on: s == b -> { a }", 2, spills},
	{"hash_join", "t -> filter a < 3 -> join_cross (u -> { b: .a }) -> { a, b }", 1, streams}, // the right rows stay where they are read
	{"hash_join", "t -> filter a < 3 -> join_cross (u -> { b: .a, z: max(s) -> over(by: .a) }) -> { a, z }", 3, spills},
	{"hash_join", "t -> filter a < 300 -> { one: 1 + a * 0, a } -> join_many (u -> { one: 1 + a * 0, b: a, s }), as: r, on: one == r.one -> agg { n: count(), s: sum(r.b) }", 1, refuses},
	{"join_asof", "t -> join_asof (u -> { k, b: a }), as: q, on: k == q.k, at: q.b <= a -> { a, b: q?.b }", 8, spills},
	{"sort", "t -> sort -s -> { s, k }", 3, spills},
	{"sort", "t -> sort g, -a -> { a, s }", 3, spills},
	{"sort", "t -> { up: upper(s), a } -> sort -up", 6, spills}, // the texts are the expression's
	{"top_n", "t -> sort -s -> take 100", 3, streams},
	{"top_n", "t -> sort -s -> take 90000", 3, refuses},
	{"top_n", "t -> top 1, by: g, order: -a -> { g, a }", 8, streams},
	{"unnest", "t -> { xs: [a, k] } -> unnest xs, as: x -> { x }", 3, streams},
	{"window", "t -> derive { n: row_number() -> over(by: k, order: a), s2: sum(a) -> over(by: k) } -> { a, n, s2 }", 3, spills},
	{"window", "t -> derive { r: sum(a) -> over(order: a, rows: ..0) } -> { a, r, s }", 3, refuses},
	{"window", "t -> derive { n: count() -> over(by: g) } -> { a, n, s }", 7, spills}, // several of its seven partitions may be one part on disk
	{"pivot", "t -> { g, k, a } -> pivot g, in: [0, 1, 2], value: sum(.a), by: k", 8, spills},
	{"fix", "fix(t -> { a }, r => r -> filter a < 3 -> { a: a + 200000 })", 3, refuses},
	{"search", "t -> search s, term('17')", 3, refuses},
	{"exchange", "t -> sort -a -> take 60000 -> join_many u, as: r, on: a == r.a -> { a, s: r.s }", 3, spills},
	{"result", "t", 3, streams},
}

func pressedWorld(t testing.TB, rows int64) *world {
	w := newWorld()
	fields := []types.Field{{Name: "a", Type: types.Of(types.Int)}, {Name: "k", Type: types.Of(types.Int)}, {Name: "g", Type: types.Of(types.Int)}, {Name: "s", Type: types.Of(types.String)}}
	schema, err := types.ArrowSchema(fields)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range rows {
		b.Field(0).(*array.Int64Builder).Append(i)
		b.Field(1).(*array.Int64Builder).Append(i % 50_021)
		b.Field(2).(*array.Int64Builder).Append(i % 7)
		b.Field(3).(*array.StringBuilder).Append(fmt.Sprintf("row %d of the table", i*7919%rows))
	}
	whole := b.NewRecordBatch()
	w.rows["t"], w.rows["u"] = whole, whole.NewSlice(0, rows/2)
	for name, r := range w.rows {
		w.tables[name] = &logical.Table{Name: name, Version: "1", Columns: fields, Rows: r.NumRows()}
	}
	return w
}

// rowsHash is the same for the same bag of rows.
type rowsHash struct {
	rows int
	sum  uint64
}

func (h *rowsHash) add(r arrow.RecordBatch) {
	h.rows += int(r.NumRows())
	var row []byte
	for i := range int(r.NumRows()) {
		row = row[:0]
		for _, c := range r.Columns() {
			row = appendNested(row, c, i)
		}
		h.sum += maphash.Bytes(textSeed, row)
	}
}

// TestOutOfMemory runs every operator with little memory: with a disk it gives the same rows or names the limit, as is said of it
// above; without one it does either. Of what succeeds nothing stays accounted for, or allocated.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	w := pressedWorld(t, 120_000)
	y := way{rules: true, batch: 1000}
	w.prepare(y)
	had := map[string]bool{}
	runs := drawn(t)
	for i, c := range pressed {
		had[c.operator] = true
		if !runs(i) {
			continue
		}
		plan, err := w.plan(t.Context(), c.text, y)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		run := func(env Env) (h rowsHash, stats Stats, err error) {
			alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
			env.Alloc, env.Threads = alloc, 2
			env.whole = newBudget(&env)
			stats, err = RunPlan(t.Context(), env, plan, w.opener(y), func(r arrow.RecordBatch) error { h.add(r); return nil })
			if n, held := alloc.CurrentAlloc(), env.whole.held.Load(); err == nil && (n != 0 || held != 0) {
				t.Errorf("%s: with %d bytes of memory %d stay allocated and %d accounted for", c.text, env.MemoryLimit, n, held)
			}
			return h, stats, err
		}
		want, free, err := run(Env{})
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		limit := c.mb << 20
		got, _, err := run(Env{MemoryLimit: limit})
		if named := namesTheLimit(err); !named && (err != nil || got != want) || named && c.does == streams {
			t.Errorf("%s: without a disk %d rows of %d, %v", c.text, got.rows, want.rows, err)
		}
		got, stats, err := run(Env{MemoryLimit: limit, Scratch: scratchIn(t)})
		does := streams
		switch {
		case namesTheLimit(err):
			does = refuses
		case err != nil || got != want:
			t.Errorf("%s: %d rows, not %d, or others: %v", c.text, got.rows, want.rows, err)
		case stats.SpilledBytes > 0:
			does = spills
		}
		if does != c.does {
			t.Errorf("%s: %s, not %s: %d bytes held, %d written; %d where there is no limit", c.text, does, c.does, stats.PeakBytes, stats.SpilledBytes, free.PeakBytes)
		}
	}
	for _, kind := range []string{"scan", "values", "filter", "project", "aggregate", "hash_join", "sort", "top_n", "limit", "distinct", "unnest", "search", "window", "fix",
		"union", "except", "intersect", "join_asof", "pivot", "exchange", "result"} {
		if !had[kind] {
			t.Errorf("no case of %s", kind)
		}
	}
}

// drawn tells which cases run: all, but under the race detector one in five. scripts/test runs this package both ways.
func drawn(t *testing.T) func(i int) bool {
	if !raced {
		return func(int) bool { return true }
	}
	first := rand.IntN(5)
	t.Logf("one case in five, from number %d", first)
	return func(i int) bool { return i%5 == first }
}

func namesTheLimit(err error) bool {
	var d source.Diagnostics
	return errors.As(err, &d) && d[0].Code == "DQL9001" && strings.Contains(d[0].Help, "raise the memory limit")
}

// TestCancelEverywhere cancels every operator while it reads, when it has read all, and when it gives its first rows. What it does after
// that is counted in batches, not in time.
func TestCancelEverywhere(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	w := pressedWorld(t, rows)
	y := way{rules: true, batch: 200}
	w.prepare(y)
	endless := []string{ // that nobody would wait for
		"t -> join_cross u, as: r -> agg { n: count() }", "t -> join_many u, as: r, on: g == r.g -> { a, b: r.a }", "t -> join_many u, as: r, on: a < r.a and k < r.k -> { a }",
		"t -> semi u, as: r, on: a < r.k and r.k < 0", "fix(t -> { a }, r => r -> { a: a + 1 })", "t -> { @k, m: median(a) }"}
	texts := endless
	for _, c := range pressed {
		texts = append(texts, c.text)
	}
	runs := drawn(t)
	for n, text := range texts {
		if !runs(n) {
			continue
		}
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, when := range []string{"early", "late", "first rows"} {
			if when != "early" && n < len(endless) {
				continue
			}
			ctx, cancel := context.WithCancel(t.Context())
			var reads, after, given atomic.Int64
			var done atomic.Bool
			stop := func() { cancel(); done.Store(true) }
			last := map[string]int{"early": 5, "late": rows/y.batch - 1}[when]
			open := func(c context.Context, tb *logical.Table, i int) (SegmentReader, error) {
				r, err := w.opener(y)(c, tb, i)
				return &countedBatches{r, func(i int) {
					if reads.Add(1); done.Load() {
						after.Add(1)
					}
					if when != "first rows" && i == last && tb.Name == "t" {
						stop()
					}
				}}, err
			}
			const threads = 2
			_, err = RunPlan(ctx, Env{Threads: threads}, plan, open, func(arrow.RecordBatch) error {
				if done.Load() {
					given.Add(1)
				}
				if when == "first rows" {
					stop()
				}
				return nil
			})
			cancel()
			switch {
			case !done.Load(): // no row came, or it never read so far
			case err == nil && when == "late" && given.Load() == 0: // it was about to end
			case err == nil && given.Load() <= 2*threads && after.Load() <= threads:
			case !errors.Is(err, context.Canceled):
				t.Errorf("%s, cancelled %s: %v after %d batches read", text, when, err, reads.Load())
			case after.Load() > threads || given.Load() > 2*threads+partBatches:
				t.Errorf("%s, cancelled %s: goes on for %d batches read and %d given", text, when, after.Load(), given.Load())
			}
		}
	}
}

// countedBatches tells of every batch that is read.
type countedBatches struct {
	SegmentReader
	told func(i int)
}

func (c *countedBatches) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	c.told(i)
	return c.SegmentReader.Batch(i, columns)
}
