package exec

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// TestJoinsSpill joins within a limit that the build side does not fit into, with keys that are spread, that are dealt again, and of
// which one has most rows, and compares with joins in memory, in their order.
func TestJoinsSpill(t *testing.T) {
	t.Parallel()
	w := numbers(t, 60_000)
	y := way{rules: true, batch: 10_000}
	w.prepare(y)
	limited := 0
	for _, text := range []string{
		"t -> { a, k: a * 7919 % 1_000_003 } -> join_one(t -> { b: a * 7919 % 1_000_003, c: a }, on: k == b)",
		"t -> filter a % 7 == 0 -> join_maybe(t -> filter a % 5 > 0 -> { b: a * 3, c: ('x' + string(a)) }, on: a == b)",
		"t -> filter a % 90 == 0 -> join_left(t -> { b: a % 5000 * 3, c: a }, on: a == b and c > 20_000)",
		"t -> filter a % 3 < 2 -> join_full(t -> filter a % 3 > 0 -> { b: a, c: ('x' + string(a)) }, on: a == b)",
		"t -> filter a < 9 -> join_many(t -> { b: if a < 40_000 { 5 } else { a }, c: a }, on: a == b)",
		"t -> { a, s: ('k' + string(a % 5000)) } -> semi(t -> filter a % 3 == 0 -> { z: ('k' + string(a)), b: a }, on: s == z and a > b)",
		"t -> { a, s: ('k' + string(a % 5000)) } -> anti(t -> filter a % 3 == 0 -> { z: ('k' + string(a)), b: a }, on: s == z and a > b)",
		"t -> { a, k: a % 10 } -> join_one(t -> { b: a % 35_000, c: a }, on: a == b)",
	} {
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatal(err)
		}
		run := func(env Env) (string, Stats) {
			var out []byte
			env.Threads = 2
			stats, err := RunPlan(t.Context(), env, plan, w.opener(y), func(r arrow.RecordBatch) error {
				for i := range int(r.NumRows()) {
					for _, c := range r.Columns() {
						out = appendNested(out, c, i)
					}
				}
				return nil
			})
			if err != nil {
				return errorText(err), stats
			}
			return string(out), stats
		}
		want, _ := run(Env{})
		for _, env := range []Env{{MemoryLimit: 4 << 20, Scratch: scratchIn(t)}, {alwaysTight: true, Scratch: scratchIn(t)}} {
			got, stats := run(env)
			if got != want {
				t.Errorf("%s\nlimit %d: %d bytes of rows, want %d\n%.300q\nwant\n%.300q", text, env.MemoryLimit, len(got), len(want), got, want)
			}
			if env.alwaysTight && stats.SpilledBytes == 0 {
				t.Errorf("%s: nothing was spilled", text)
			}
			if env.MemoryLimit > 0 && stats.SpilledBytes > 0 {
				limited++
			}
		}
	}
	if limited < 2 {
		t.Errorf("%d joins spilled because of their limit", limited)
	}
}
