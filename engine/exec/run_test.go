package exec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// numbers is a table of n rows, a: 0…n-1, made without a file.
func numbers(t testing.TB, n int) *world {
	w := newWorld()
	b := array.NewInt64Builder(Env{}.allocator())
	defer b.Release()
	b.Reserve(n)
	for i := range n {
		b.UnsafeAppend(int64(i))
	}
	fields := []types.Field{{Name: "a", Type: types.Of(types.Int)}}
	schema, err := types.ArrowSchema(fields)
	if err != nil {
		t.Fatal(err)
	}
	w.rows["t"] = array.NewRecordBatch(schema, []arrow.Array{b.NewArray()}, int64(n))
	w.tables["t"] = &logical.Table{Name: "t", Version: "1", Columns: fields, Rows: int64(n)}
	return w
}

func TestManyBatches(t *testing.T) {
	t.Parallel()
	w := numbers(t, 300_000)
	for _, c := range []struct{ text, want string }{
		{"t -> { @k: a % 1000, n: count(), s: sum(a) } -> agg { groups: count(), n: sum(n), s: sum(s) }", "[1000, 300000, 44999850000]"},
		{"t -> sort -a -> take 2 -> agg { s: sum(a) }", "[599997]"},
		{"t -> sort -a -> skip 299999", "[0]"},
		{"t -> { a: a % 7 } -> sort a -> skip 299999", "[6]"},
		{"t -> skip 100000 -> take 1", "[100000]"},
		{"t -> filter a % 2 == 0 -> join_one t, as: r, on: a == r.a -> agg { n: count(), s: sum(r.a) }", "[150000, 22499850000]"},
		{"t -> { a: a % 3 } -> distinct -> agg { n: count() }", "[3]"},
		{"t -> union t -> agg { n: count() }", "[600000]"},
	} {
		for _, y := range []way{{name: "one thread", batch: maxBatch, threads: 1, tasks: 1}, {name: "rules, threads, tasks", rules: true, batch: 1000, threads: 4, tasks: 3}} {
			got, _, err := w.run(t, c.text, y, true)
			if err != nil || strings.Split(got, "\n")[1] != c.want {
				t.Errorf("%s (%s): %v\n%swant %s", c.text, y.name, err, got, c.want)
			}
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	w := numbers(t, 300_000)
	y := way{rules: true, batch: maxBatch}
	w.prepare(y)
	for _, text := range []string{"t -> sort -a", "t -> { @a, n: count() }", "t -> join_many t, as: r, on: a == r.a"} {
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatal(err)
		}
		stats, err := RunPlan(t.Context(), Env{Threads: 2, MemoryLimit: 1 << 20}, plan, w.opener(y), func(arrow.RecordBatch) error { return nil })
		var d source.Diagnostics
		if !errors.As(err, &d) || d[0].Code != "DQL9001" || !strings.Contains(d[0].Message, "more than 1 MB of memory") {
			t.Errorf("%s: %v, want DQL9001", text, err)
		}
		if _, err = RunPlan(t.Context(), Env{Threads: 2, MemoryLimit: 1 << 30}, plan, w.opener(y), func(arrow.RecordBatch) error { return nil }); err != nil {
			t.Errorf("%s within 1 GB: %v", text, err)
		}
		if stats.PeakBytes == 0 {
			t.Errorf("%s: no peak was measured", text)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	w := numbers(t, 300_000)
	y := way{rules: true, batch: maxBatch}
	w.prepare(y)
	for _, text := range []string{"t -> join_cross t, as: r -> agg { n: count() }", "t -> { b: a * 7919 % 1000003 } -> sort b", "t -> sort a -> { a }"} {
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var cancelled time.Time
		open := func(c context.Context, tb *logical.Table, i int) (SegmentReader, error) {
			r, err := w.opener(y)(c, tb, i)
			return &cancelling{r, func() { cancelled = time.Now(); cancel() }}, err
		}
		_, err = RunPlan(ctx, Env{Threads: 1}, plan, open, func(arrow.RecordBatch) error { return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want a cancelled context", text, err)
		}
		if took := time.Since(cancelled); took > time.Second {
			t.Errorf("%s: went on for %s after it was cancelled", text, took)
		}
	}
}

// cancelling cancels the run while its third batch is read.
type cancelling struct {
	SegmentReader
	cancel func()
}

func (c *cancelling) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	if i == 2 {
		c.cancel()
	}
	return c.SegmentReader.Batch(i, columns)
}

// double is a runtime whose every function doubles an int, or fails for a negative one.
type double struct{ loads int }

func (d *double) Kind() udf.Kind { return udf.WASM }
func (d *double) Load(_ context.Context, m udf.Module, _ []*udf.Function) (udf.Program, error) {
	d.loads++
	if string(m.Code) != "code" {
		return nil, fmt.Errorf("unexpected code %q", m.Code)
	}
	return d, nil
}
func (d *double) Instance(context.Context) (udf.Instance, error) { return d, nil }
func (d *double) Tier(*udf.Function) string                      { return "test" }
func (d *double) Made() udf.Made                                 { return udf.Made{} }
func (d *double) Close(context.Context) error                    { return nil }
func (d *double) Call(_ context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	in := args[0].(*array.Int64)
	b := array.NewInt64Builder(Env{}.allocator())
	defer b.Release()
	for i := range n {
		if in.Value(i) < 0 {
			return nil, &udf.CallError{Function: f.ID(), Row: i, Message: "negative"}
		}
		b.Append(2 * in.Value(i))
	}
	return b.NewArray(), nil
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	w := numbers(t, 10)
	d := &double{}
	w.runtimes = map[udf.Kind]udf.Runtime{udf.WASM: d}
	f := udf.Function{
		Package: "acme/p", Version: "1.0.0", Name: "double", Kind: udf.WASM, Shape: udf.Scalar, Module: strings.Repeat("0", 64), Entry: "double",
		Params: []types.Field{{Name: "x", Type: types.Of(types.Int)}}, Result: types.Of(types.Int),
	}
	w.packages["acme/p"] = &catalog.Package{Name: "acme/p", Version: "1.0.0", Functions: []udf.Function{f}}
	text := "import acme/p@1 (double)\nt -> agg { s: sum(double(a)) }"
	for _, y := range ways {
		got, stats, err := w.run(t, text, y, true)
		if err != nil || !strings.HasSuffix(got, "[90]\n") {
			t.Fatalf("%s: %v\n%s", y.name, err, got)
		}
		if len(stats.Functions) != 1 || stats.Functions[0].Rows != 10 || stats.Functions[0].Tier != "test" || stats.Functions[0].Function != f.ID() {
			t.Errorf("%s: statistics %+v", y.name, stats.Functions)
		}
	}
	banded := "import acme/p@1 (double)\nband = km => match km { | < 5 => 'walk' | < 10 => 'bike' | _ => 'drive' }\nt -> { @band: double(a) -> band, n: count() }"
	for _, y := range ways { // LANGUAGE.md §8, example 8, with a function that is at hand
		got, _, err := w.run(t, banded, y, false)
		if want := "band: string, n: int\n[\"bike\", 2]\n[\"drive\", 5]\n[\"walk\", 3]\n"; err != nil || got != want {
			t.Errorf("%s: %v\n%swant\n%s", y.name, err, got, want)
		}
	}
	if d.loads == 0 {
		t.Error("no module was loaded")
	}
	_, _, err := w.run(t, "import acme/p@1 (double)\nt -> { d: double(a - 5) }", ways[0], true)
	var call *udf.CallError
	if !errors.As(err, &call) || call.Message != "negative" {
		t.Errorf("%v, want the function's own error", err)
	}
	w.runtimes = nil
	if _, _, err = w.run(t, text, ways[0], true); err == nil || !strings.Contains(err.Error(), "no runtime") {
		t.Errorf("%v, want that no runtime executes wasm", err)
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	w := numbers(t, 1000)
	_, stats, err := w.run(t, "t -> filter a >= 400 -> { @k: a % 2, n: count() }", way{rules: true, batch: 100, threads: 2, tasks: 1}, true)
	if err != nil {
		t.Fatal(err)
	}
	if stats.RowsRead != 1000 || stats.RowsOut != 2 || stats.BytesRead != 8000 {
		t.Errorf("%d rows read, %d out, %d bytes", stats.RowsRead, stats.RowsOut, stats.BytesRead)
	}
	b, err := json.Marshal(stats)
	if err != nil {
		t.Fatal(err)
	}
	var ops []string
	for _, o := range stats.Operators {
		ops = append(ops, fmt.Sprintf("%d.%d %s %d>%d", o.Stage, o.Index, o.Kind, o.RowsIn, o.RowsOut))
	}
	want := "0.0 scan 1000>600, 0.1 aggregate 600>2, 1.0 input 0>2, 1.1 aggregate 2>2"
	if got := strings.Join(ops, ", "); got != want {
		t.Errorf("operators\n got %s\nwant %s\n%s", got, want, b)
	}
}

// TestFinishedOnce groups rows that two stages read: in one process the groups are finished where they are made, and what each operator of
// the plan did is said as if they were not.
func TestFinishedOnce(t *testing.T) {
	t.Parallel()
	const text = "g = t -> { @k: a % 4, s: sum(a) }\nall = g -> agg { s: sum(s) }\ng -> filter s * 4 > all.s -> sort k"
	w := numbers(t, 1000)
	want := "k: int, s: int\n[2, 125000]\n[3, 125250]\n"
	for _, tasks := range []int{1, 3} {
		y := way{rules: true, batch: 100, threads: 2, tasks: tasks}
		got, stats, err := w.run(t, text, y, true)
		if err != nil || got != want {
			t.Fatalf("%d tasks: %v\n%s", tasks, err, got)
		}
		plan, err := w.plan(t.Context(), text, y)
		if err != nil {
			t.Fatal(err)
		}
		var ops, planned []string
		final := 0
		for _, o := range stats.Operators {
			ops = append(ops, fmt.Sprintf("%d.%d %s", o.Stage, o.Index, o.Kind))
			if o.Kind == "aggregate" && o.Stage > 0 && o.Index == 1 {
				final++
				if o.RowsOut != 4 {
					t.Errorf("%d tasks: %s finishes %d groups", tasks, ops[len(ops)-1], o.RowsOut)
				}
			}
		}
		for _, s := range plan.Stages {
			for i, o := range chainOf(s.Root) {
				planned = append(planned, fmt.Sprintf("%d.%d %s", s.ID, i, o.Kind()))
			}
		}
		if tasks == 1 && !slices.Equal(ops, planned) {
			t.Errorf("operators\n got %v\nplan %v", ops, planned)
		}
		if final < 2 {
			t.Errorf("%d tasks: groups are finished in %d stages of %v, so that this tests nothing", tasks, final, planned)
		}
	}
}

// TestOperatorMemory adds up what threads and tasks move, and holds every operator to what it holds itself: a part of what the whole does.
func TestOperatorMemory(t *testing.T) {
	t.Parallel()
	w := numbers(t, 10_000)
	for _, c := range []struct {
		text, kind    string
		in, out, peak int64
	}{
		{"t -> filter a >= 0", "scan", 8 * 10_000, 8 * 10_000, 0},                     // nothing is copied
		{"t -> filter a % 2 == 0 -> { b: a + 1 }", "project", 100 * 16, 8 * 5_000, 0}, // a bitmap for each batch
		{"t -> sort -a", "sort", 8 * 10_000, 8 * 10_000, 8 * 10_000},
		{"t -> { @k: a, n: count() }", "aggregate", 0, 16 * 10_000, 16 * 10_000},
		{"t -> join_many (t -> { c: a }), on: a == c", "hash_join", 0, 8 * 10_000, 8 * 10_000},
	} {
		for _, y := range []way{{rules: true, batch: 100, threads: 1, tasks: 1}, {rules: true, batch: 100, threads: 3, tasks: 1}, {rules: true, batch: 100, threads: 2, tasks: 3}} {
			_, stats, err := w.run(t, c.text, y, false)
			if err != nil {
				t.Fatal(err)
			}
			var is OperatorStats
			for _, o := range stats.Operators {
				if o.Kind == c.kind && is.Kind == "" || o.Kind == c.kind && o.PeakBytes > is.PeakBytes {
					is = o
				}
				if o.PeakBytes > stats.PeakBytes {
					t.Errorf("%s, %d tasks: %s holds %d bytes of %d", c.text, y.tasks, o.Kind, o.PeakBytes, stats.PeakBytes)
				}
			}
			if is.BytesIn < c.in || is.BytesOut < c.out || is.PeakBytes < c.peak || c.in > 0 && is.BytesIn > 2*c.in || c.out > 0 && is.BytesOut > 4*c.out {
				t.Errorf("%s, %d threads, %d tasks: %d bytes in, %d out, at most %d held; want about %d, %d, %d", c.text, y.threads, y.tasks, is.BytesIn, is.BytesOut, is.PeakBytes, c.in, c.out, c.peak)
			}
		}
	}
}
