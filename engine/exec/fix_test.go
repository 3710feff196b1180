package exec

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/source"
)

const closure = "edges = t -> { src: a, dst: a + 1 }\n" +
	"reach = fix(edges -> filter src == 0, r => r -> join_many(edges, as: e, on: dst == e.src) -> { src, dst: e.dst })\n"

// TestLongFixes has as many rounds, or as many ways to one row, as a step that sees all rows each round could not take.
func TestLongFixes(t *testing.T) {
	t.Parallel()
	w := numbers(t, 10_000)
	for _, c := range []struct{ text, want string }{
		{closure + "reach -> agg { n: count(), last: max(dst) }", "[10000, 10000]"},
		{"edges = t -> { src: a, dst: a + 1, w: 1 }\nfix([{at: 0, d: 0}], r => r -> join_many(edges, on: at == src) -> { at: dst, d: d + w }, keep: {d: min}) -> agg { n: count(), d: max(d) }", "[10001, 10000]"},
		// 2^60 ways through 60 diamonds
		{"gems = t -> filter a < 60 -> { src: 3 * a, mid: [3 * a + 1, 3 * a + 2], dst: 3 * a + 3 }\n" +
			"edges = (gems -> unnest mid -> { src, dst: mid }) -> union(gems -> unnest mid -> { src: mid, dst })\n" +
			"fix([{at: 0, d: 0}], r => r -> join_many(edges, on: at == src) -> { at: dst, d: d + 1 }) -> agg { n: count(), d: max(d) }", "[181, 120]"},
		// all pairs of a ring, from both sides
		{"edges = t -> filter a < 60 -> { src: a, dst: (a + 1) % 60 }\nfix(edges, r => r -> join_many(r, as: e, on: dst == e.src) -> { src, dst: e.dst }) -> agg { n: count(), d: max(dst) }", "[3600, 59]"},
		{"fix(t -> { m: a % 100, n: a }, r => r -> filter m > 0 -> { m: m - 1, n }, keep: {n: max}) -> agg { s: sum(n) }", "[999900]"},
	} {
		for _, y := range []way{{name: "rules off", batch: 1000, threads: 1}, {name: "rules on, two threads", rules: true, batch: 4096, threads: 2}} {
			if y.tasks = 1; raced && y.threads == 1 {
				continue
			}
			start := time.Now()
			got, stats, err := w.run(t, c.text, y, true)
			if err != nil || strings.Split(got, "\n")[1] != c.want {
				t.Errorf("%s (%s): %v\n%swant %s", c.text, y.name, err, got, c.want)
			}
			t.Logf("%s: %s, %d bytes at most", y.name, time.Since(start), stats.PeakBytes)
		}
	}
}

func TestFixStats(t *testing.T) {
	t.Parallel()
	w := numbers(t, 10)
	_, stats, err := w.run(t, closure+"reach", way{rules: true, batch: 100, threads: 1, tasks: 1}, true)
	if err != nil {
		t.Fatal(err)
	}
	last := stats.Operators[len(stats.Operators)-1]
	if got := fmt.Sprintf("%s %d>%d in %d rounds", last.Kind, last.RowsIn, last.RowsOut, last.Rounds); got != "fix 1>10 in 9 rounds" {
		t.Error(got)
	}
}

func TestEndlessFix(t *testing.T) {
	t.Parallel()
	w := numbers(t, 1)
	y := way{rules: true, batch: maxBatch}
	w.prepare(y)
	run := func(ctx context.Context, text string, limit int64) (error, time.Duration) {
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = RunPlan(ctx, Env{Threads: 2, MemoryLimit: limit}, plan, w.opener(y), func(arrow.RecordBatch) error { return nil })
		return err, time.Since(start)
	}
	code := func(err error) string {
		var d source.Diagnostics
		if !errors.As(err, &d) {
			return fmt.Sprint(err)
		}
		return d[0].Code
	}
	doubling := "fix([{n: 1, s: 'x'}], r => (r -> { n: n + 1, s: s + s + 'a' }) -> union(r -> { n: n + 1, s: s + s + 'b' }))"
	if err, _ := run(t.Context(), doubling, 1<<20); code(err) != "DQL9001" {
		t.Errorf("rows without an end: %v, want DQL9001", err)
	}
	if err, _ := run(t.Context(), "fix([{n: 9223372036854775000}], r => r -> { n: n + 1 })", 0); code(err) != "DQL9003" {
		t.Errorf("a counter that overflows: %v, want DQL9003", err)
	}
	if err, _ := run(t.Context(), "fix([{n: 0}], r => r -> { n: n - 1 }, keep: {n: min}, rounds: 1000)", 0); code(err) != "DQL9110" {
		t.Errorf("a value that always gets better: %v, want DQL9110", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err, took := run(ctx, "fix([{n: 1}], r => r -> { n: n + 1 })", 0)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a counter that is cancelled: %v", err)
	}
	if took > 500*time.Millisecond {
		t.Errorf("the counter went on for %s after it was cancelled", took-50*time.Millisecond)
	}
}
