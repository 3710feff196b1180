package exec

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
)

// TestEntries sorts entries by their upper bits on several threads, beside Go's own sort.
func TestEntries(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 100, 5_000, 300_001} {
		for _, width := range []int{1, 9, 30} {
			for _, threads := range []int{1, 2, 3, 5} {
				es := make([]uint64, n)
				for i := range es {
					es[i] = rng.Uint64N(1<<width)<<30 | uint64(i)
				}
				want := slices.Sorted(slices.Values(es))
				env := Env{}
				p := &pile{r: &runner{running: &running{env: &env, threads: threads, library: &library{}}}}
				got, err := p.sortEntries(t.Context(), es, 30, 30+width)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%d entries of %d bits on %d threads: not sorted (%v)", n, width, threads, err)
				}
			}
		}
	}
}

// TestSlide compares sliding frames with frames that are gone through one by one.
func TestSlide(t *testing.T) {
	t.Parallel()
	bound := func(v int) *int64 {
		if v == 99 {
			return nil
		}
		b := int64(v)
		return &b
	}
	for _, n := range []int{1, 2, 7, 40} {
		for _, from := range []int{99, -50, -3, -1, 0, 2} {
			for _, to := range []int{99, -2, 0, 1, 5, 50} {
				f := &logical.WindowFunc{From: bound(from), To: bound(to)}
				err := slide(t.Context(), f, n, func(i int) string { return string(rune('A' + i)) }, func(a, b string) string { return a + b }, func(r int, got string) {
					want := ""
					lo, hi := frame(f, r, n)
					for i := lo; i <= hi; i++ {
						want += string(rune('A' + i))
					}
					if got != want {
						t.Errorf("row %d of %d from %d to %d: %q, want %q", r, n, from, to, got, want)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestOnDisk sorts, and computes windows, with less memory than they need.
func TestOnDisk(t *testing.T) {
	t.Parallel()
	w := numbers(t, 300_000)
	y := way{rules: true, batch: maxBatch / 4}
	w.prepare(y)
	for _, c := range []struct {
		text  string
		wrong func(row, a, b int64) bool
	}{
		{"t -> { b: a * 7919 % 300007, a } -> sort b, -a", func(row, b, a int64) bool { return b != a*7919%300007 }},
		{"t -> { b: a % 1000, a } -> sort -b", func(row, b, a int64) bool { return b != 999-row/300 || a != 999-row/300+row%300*1000 }},
		{"t -> { k: a % 5000, a } -> { n: row_number() -> over(by: k, order: -a), a }", func(_, n, a int64) bool { return n != 60-a/5000 }},
	} {
		plan, err := w.plan(t.Context(), c.text, y)
		if err != nil {
			t.Fatal(err)
		}
		run := func(disk int64) (rows, last int64, stats Stats, err error) {
			last = -1 << 62
			env := Env{Threads: 2, MemoryLimit: 6 << 20, Scratch: scratchIn(t), DiskLimit: disk}
			stats, err = RunPlan(t.Context(), env, plan, w.opener(y), func(r arrow.RecordBatch) error {
				x, z := r.Column(0).(*array.Int64).Int64Values(), r.Column(1).(*array.Int64).Int64Values()
				for i := range x {
					if c.wrong(rows, x[i], z[i]) {
						return errors.New("a row is wrong")
					}
					if strings.Contains(c.text, "sort b") {
						if x[i] < last {
							return errors.New("a row is too late")
						}
						last = x[i]
					}
					rows++
				}
				return nil
			})
			return rows, last, stats, err
		}
		rows, _, stats, err := run(0)
		if err != nil || rows != 300_000 || stats.SpilledBytes == 0 {
			t.Errorf("%s: %d rows, %d bytes on disk, %v", c.text, rows, stats.SpilledBytes, err)
		}
		var d source.Diagnostics
		if _, _, _, err := run(1 << 20); !errors.As(err, &d) || d[0].Code != "DQL9005" || !strings.Contains(d[0].Message, "1 MB of disk") {
			t.Errorf("%s with 1 MB of disk: %v", c.text, err)
		}
	}
}

// TestCancelSorted cancels while rows are sorted, by keys that must be compared.
func TestCancelSorted(t *testing.T) {
	t.Parallel()
	w := numbers(t, 200_000)
	y := way{rules: true, batch: maxBatch}
	w.prepare(y)
	for _, text := range []string{
		"t -> { s: f'the same long beginning ${a % 7}' } -> sort s",
		"t -> { a, r: rank() -> over(by: a % 7, order: a * 7919 % 100003) }",
		"t -> { a, m: median(a) -> over(order: a, rows: -50..50) }",
	} {
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		open := func(c context.Context, tb *logical.Table, i int) (SegmentReader, error) {
			r, err := w.opener(y)(c, tb, i)
			return &cancelling{r, cancel}, err
		}
		if _, err := RunPlan(ctx, Env{Threads: 2}, plan, open, func(arrow.RecordBatch) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want a cancelled context", text, err)
		}
		cancel()
	}
}
