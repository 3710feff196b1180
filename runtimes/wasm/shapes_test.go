package wasm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/udf"
)

// shaped is a function of a shape.
func shaped(t testing.TB, shape udf.Shape, entry, result string, params ...string) *udf.Function {
	f := function(t, entry, result, params...)
	f.Shape = shape
	return f
}

// instanceOf loads functions of testdata/shapes.wasm.
func instanceOf(t testing.TB, funcs ...*udf.Function) *instance {
	t.Helper()
	p, err := open(t, Options{}).Load(t.Context(), testdata(t, "shapes.wasm"), funcs)
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(context.Background()) })
	return in.(*instance)
}

func accumulate(t testing.TB, in *instance, f *udf.Function, groups int) udf.Accumulator {
	t.Helper()
	a, err := in.Accumulate(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Resize(groups); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAggregates accumulates in two states that are merged, with rows left out, and again after that.
func TestAggregates(t *testing.T) {
	t.Parallel()
	mean := shaped(t, udf.Aggregate, "mean", "float?", "float", "float")
	mean.StateBytes = 16
	chain := shaped(t, udf.Aggregate, "chain", "string", "string")
	drops := function(t, "drops", "int", "int")
	in := instanceOf(t, mean, chain, drops)
	for _, c := range []struct {
		f      *udf.Function
		args   []arrow.Array
		groups []uint32
		want   []string // of one half, and of both
	}{
		{mean, []arrow.Array{column(t, "float", "[1, 2, null, 4, 9]"), column(t, "float", "[1, 3, 1, 2, 5]")}, []uint32{0, 0, 0, 2, udf.NoGroup}, []string{"[1.75, null, 4]", "[1.75, null, 4]"}},
		{chain, []arrow.Array{column(t, "string", `["a", "bc", null, "", "x"]`)}, []uint32{0, 0, 0, 2, udf.NoGroup}, []string{`["abc", "", ""]`, `["abcabc", "", ""]`}},
	} {
		one, other := accumulate(t, in, c.f, 3), accumulate(t, in, c.f, 3)
		for _, a := range []udf.Accumulator{one, other} {
			if err := a.Update(5, c.groups, c.args); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range c.want {
			got, err := one.Finish()
			if err != nil || !array.Equal(got, column(t, c.f.Result.String(), want)) {
				t.Errorf("%s, half %d: %v, %v", c.f.Name, i, got, err)
			}
			states, err := other.State()
			if err != nil {
				t.Fatal(err)
			}
			if err := one.Merge(3, []uint32{0, udf.NoGroup, 2}, states); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(one.Close(), other.Close()); err != nil {
			t.Error(err)
		}
	}
	out, err := in.Call(t.Context(), drops, []arrow.Array{ints(0)}, 1)
	if err != nil || out.(*array.Int64).Value(0) != 6+4 {
		t.Errorf("dropped %v states, %v", out, err)
	}
}

// TestManyGroups crosses the boundaries of batches and grows the number of groups.
func TestManyGroups(t *testing.T) {
	t.Parallel()
	mean := shaped(t, udf.Aggregate, "mean", "float?", "float", "float")
	mean.StateBytes = 16
	in := instanceOf(t, mean)
	const groups = 20_000
	a, b := accumulate(t, in, mean, 1), accumulate(t, in, mean, groups)
	xs := make([]string, groups)
	of := make([]uint32, groups)
	for i := range xs {
		xs[i], of[i] = fmt.Sprint(i), uint32(i)
	}
	x := column(t, "float", "["+strings.Join(xs, ",")+"]")
	for _, n := range []int{100, 9000, groups} {
		if err := a.Resize(n); err != nil {
			t.Fatal(err)
		}
		part := array.NewSlice(x, 0, int64(n))
		if err := a.Update(n, of[:n], []arrow.Array{part, part}); err != nil {
			t.Fatal(err)
		}
	}
	states, err := a.State()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Merge(groups, of, states); err != nil {
		t.Fatal(err)
	}
	got, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	for i := range groups {
		if v := got.(*array.Float64).Value(i); i > 0 && v != float64(i) || i == 0 && got.IsValid(0) {
			t.Fatalf("group %d has %v", i, v)
		}
	}
}

// TestAggregateFailures ends accumulators with a reason, and leaves the instance fit for new ones.
func TestAggregateFailures(t *testing.T) {
	t.Parallel()
	mean := shaped(t, udf.Aggregate, "mean", "float?", "float", "float")
	far, vast := shaped(t, udf.Aggregate, "far", "int", "int"), shaped(t, udf.Aggregate, "vast", "int", "int")
	fibber := shaped(t, udf.Aggregate, "fibber", "int", "int")
	mean.StateBytes, far.StateBytes, vast.StateBytes = 16, 32, 1<<20
	in := instanceOf(t, mean, far, vast, fibber)
	a, b, unused := accumulate(t, in, mean, 1), accumulate(t, in, mean, 1), accumulate(t, in, mean, 0)
	err := a.Update(2, nil, []arrow.Array{column(t, "float", "[1, 2]"), column(t, "float", "[1, -3]")})
	var failed *udf.CallError
	if !errors.As(err, &failed) || failed.Row != 1 || failed.Args != "a: 2, b: -3" {
		t.Errorf("a step that traps gave %v", err)
	}
	if err := unused.Resize(1); err != nil {
		t.Errorf("an accumulator that had no state gave %v", err)
	}
	if _, err := b.Finish(); err == nil || !strings.Contains(err.Error(), "states are gone") {
		t.Errorf("another accumulator of the instance gave %v", err)
	}
	if err := errors.Join(a.Close(), b.Close(), unused.Close()); err != nil {
		t.Error(err)
	}
	if a, err = in.Accumulate(t.Context(), far); err != nil {
		t.Fatal(err)
	}
	if err := a.Resize(1); err == nil || !strings.Contains(err.Error(), "far_init gave 4294967280, where there are no 32 bytes") {
		t.Errorf("a state outside of the memory gave %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if a, err = in.Accumulate(t.Context(), vast); err != nil {
		t.Fatal(err)
	}
	if err := a.Resize(1000); err == nil || !strings.Contains(err.Error(), "states of 1000 groups do not fit the 64 MiB") {
		t.Errorf("states without end gave %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	a = accumulate(t, in, fibber, 1)
	if _, err := a.State(); err == nil || !strings.Contains(err.Error(), "outside the module's memory") {
		t.Errorf("a saved state outside of the memory gave %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	c := accumulate(t, in, mean, 1)
	if err := c.Update(1, nil, []arrow.Array{column(t, "float", "[5]"), column(t, "float", "[1]")}); err != nil {
		t.Error(err)
	}
	if in.holders != 1 {
		t.Errorf("%d hold the instance", in.holders)
	}
}

// all reads rows to their end, a few at a time.
func all(t testing.TB, in *instance, f *udf.Function, most int, args ...arrow.Array) (string, []int32, error) {
	t.Helper()
	rows, err := in.Rows(t.Context(), f, args, args[0].Len())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	var text []string
	var of []int32
	for {
		elements, some, err := rows.Next(most)
		if err == io.EOF {
			return strings.Join(text, " "), of, nil
		}
		if err != nil {
			return strings.Join(text, " "), of, err
		}
		if elements.Len() != len(some) || elements.Len() > most {
			t.Fatalf("%d elements of %d rows, at most %d", elements.Len(), len(some), most)
		}
		text, of = append(text, fmt.Sprint(elements)), append(of, some...)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	words := shaped(t, udf.Table, "words", "[{word: string, n: int, length: int?}]", "string")
	count := shaped(t, udf.Table, "count", "[int]", "int")
	in := instanceOf(t, words, count)
	texts := column(t, "string", `["to be", "", null, "  a or  not"]`)
	for most, want := range map[int]string{
		100: `{["to" "be" "a" "or" "not"] [0 1 0 1 2] [2 2 (null) 2 3]}`,
		2:   `{["to" "be"] [0 1] [2 2]} {["a" "or"] [0 1] [(null) 2]} {["not"] [2] [3]}`,
	} {
		got, of, err := all(t, in, words, most, texts)
		if err != nil || got != want || fmt.Sprint(of) != "[0 0 3 3 3]" {
			t.Errorf("at most %d: %s of %v, %v", most, got, of, err)
		}
	}
	// Stopped in the middle, the cursor is closed, and the next call finds none.
	rows, err := in.Rows(t.Context(), words, []arrow.Array{texts}, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := rows.Next(1); err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _, err := all(t, in, words, 10, column(t, "string", `["x"]`)); err != nil || got != `{["x"] [0] [(null)]}` {
		t.Errorf("after that: %s, %v", got, err)
	}
	if rows, err = in.Rows(t.Context(), count, []arrow.Array{ints(9)}, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Rows(t.Context(), count, []arrow.Array{ints(9)}, 1); err == nil || !strings.Contains(err.Error(), "are open in the same instance") {
		t.Errorf("rows beside rows gave %v", err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	many := 0
	rows, err = in.Rows(t.Context(), count, []arrow.Array{ints(3000, 0, 70_000)}, 3)
	if err != nil {
		t.Fatal(err)
	}
	for {
		elements, _, err := rows.Next(1 << 20)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		many += elements.Len()
	}
	if err := rows.Close(); err != nil || many != 73_000 {
		t.Errorf("%d rows, %v", many, err)
	}
}

// TestManyCalls crosses the boundary of what is handed over at once, with texts in every row.
func TestManyCalls(t *testing.T) {
	t.Parallel()
	words := shaped(t, udf.Table, "words", "[{word: string, n: int, length: int?}]", "string")
	in := instanceOf(t, words)
	lines := make([]string, 20_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d", i)
	}
	rows, err := in.Rows(t.Context(), words, []arrow.Array{texts(lines...)}, len(lines))
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for {
		elements, of, err := rows.Next(777)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		word := elements.(*array.Struct).Field(0).(*array.String)
		for k := range of {
			if want := strings.Fields(lines[at/2])[at%2]; word.Value(k) != want || int(of[k]) != at/2 {
				t.Fatalf("row %d is %q of %d, not %q", at, word.Value(k), of[k], want)
			}
			at++
		}
	}
	if err := rows.Close(); err != nil || at != 2*len(lines) {
		t.Errorf("%d rows, %v", at, err)
	}
}

func TestTableFailures(t *testing.T) {
	t.Parallel()
	words := shaped(t, udf.Table, "words", "[{word: string, n: int, length: int?}]", "string")
	liar := shaped(t, udf.Table, "liar", "[string]", "int")
	count := shaped(t, udf.Table, "count", "[int]", "int")
	in := instanceOf(t, words, liar, count)
	for _, c := range []struct {
		f    *udf.Function
		arg  arrow.Array
		row  int
		want string
	}{
		{words, texts("a", strings.Repeat("x", 65)), 1, "unreachable"},
		{liar, ints(1), 0, "out of bounds"},
		{liar, ints(2), 0, "outside the module's memory"},
		{liar, ints(3), 0, "outside the module's memory"},
	} {
		_, _, err := all(t, in, c.f, 100, c.arg)
		var failed *udf.CallError
		if !errors.As(err, &failed) || failed.Row != c.row || !strings.Contains(failed.Message, c.want) {
			t.Errorf("%s gave %v", c.f.Name, err)
		}
	}
	rows, err := in.Rows(t.Context(), count, []arrow.Array{ints(-1)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if elements, _, err := rows.Next(1 << 20); err != nil || elements.Len() != tableRows {
			t.Fatalf("rows without end gave %v, %v", elements, err)
		}
	}
	rows.(*tableCall).given = maxGiven
	if _, _, err := rows.Next(1); err == nil || !strings.Contains(err.Error(), "more than 100000000 rows for one row") {
		t.Errorf("more of them gave %v", err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

// TestRowErrors leaves out the rows that fail, whichever way, and reports them in order.
func TestRowErrors(t *testing.T) {
	t.Parallel()
	picky, text := function(t, "picky", "int", "int"), function(t, "picky_text", "string", "string")
	picky.RowErrors, text.RowErrors = true, true
	in := instanceOf(t, picky, text)
	out, err := in.Call(t.Context(), picky, []arrow.Array{column(t, "int", "[1, 13, null, 14, 5, 14, 13]")}, 7)
	var failed *udf.RowErrors
	if !errors.As(err, &failed) || len(failed.Failed) != 4 {
		t.Fatalf("got %v", err)
	}
	for i, want := range []string{"1 a: 13 unlucky", "3 a: 14 wasm error: unreachable", "5 a: 14 wasm error: unreachable", "6 a: 13 unlucky"} {
		e := failed.Failed[i]
		if got := fmt.Sprintf("%d %s %s", e.Row, e.Args, e.Message); !strings.HasPrefix(got, want) {
			t.Errorf("got %s, not %s", got, want)
		}
	}
	if !array.Equal(out, column(t, "int", "[1, null, null, null, 5, null, null]")) {
		t.Errorf("got %v", out)
	}
	out, err = in.Call(t.Context(), text, []arrow.Array{texts("a", "", "b")}, 3)
	if !errors.As(err, &failed) || len(failed.Failed) != 1 || failed.Failed[0].Message != "empty" || !array.Equal(out, column(t, "string", `["a", null, "b"]`)) {
		t.Errorf("got %v, %v", out, err)
	}
	// Without the declaration the first failure is the call's.
	strict := function(t, "picky", "int", "int")
	if _, err := instanceOf(t, strict).Call(t.Context(), strict, []arrow.Array{ints(1, 13, 13)}, 3); err == nil || err.(*udf.CallError).Row != 1 || err.(*udf.CallError).Message != "unlucky" {
		t.Errorf("got %v", err)
	}
}

// TestBatches calls whole columns where a module has a batch, and finds the row that failed without it.
func TestBatches(t *testing.T) {
	t.Parallel()
	weigh, first, only := function(t, "weigh", "float", "float", "float"), function(t, "first_of", "string?", "string?"), function(t, "only", "date", "date")
	in := instanceOf(t, weigh, first, only)
	two := column(t, "float", "[2, 2, 2]")
	out, err := in.Call(t.Context(), weigh, []arrow.Array{column(t, "float", "[1, null, 3]"), two}, 3)
	if err != nil || !array.Equal(out, column(t, "float", "[2.25, null, 6.25]")) {
		t.Errorf("got %v, %v", out, err)
	}
	_, err = in.Call(t.Context(), weigh, []arrow.Array{column(t, "float", "[1, 2, -3]"), two}, 3)
	var failed *udf.CallError
	if !errors.As(err, &failed) || failed.Row != 2 || failed.Args != "a: -3, b: 2" {
		t.Errorf("got %v", err)
	}
	lenient := function(t, "weigh", "float", "float", "float")
	lenient.RowErrors = true
	out, err = instanceOf(t, lenient).Call(t.Context(), lenient, []arrow.Array{column(t, "float", "[1, -2, -3]"), two}, 3)
	var some *udf.RowErrors
	if !errors.As(err, &some) || len(some.Failed) != 2 || some.Failed[1].Row != 2 || !array.Equal(out, column(t, "float", "[2, null, null]")) {
		t.Errorf("got %v, %v", out, err)
	}
	out, err = in.Call(t.Context(), first, []arrow.Array{column(t, "string?", `["ab", null, ""]`)}, 3)
	if err != nil || !array.Equal(out, column(t, "string?", `["a", null, null]`)) {
		t.Errorf("got %v, %v", out, err)
	}
	out, err = in.Call(t.Context(), only, []arrow.Array{column(t, "date", `["2024-01-01"]`)}, 1)
	if err != nil || !array.Equal(out, column(t, "date", `["2024-01-08"]`)) {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestPool uses an instance again, but not one that failed or is still held.
func TestPool(t *testing.T) {
	t.Parallel()
	drops, chain := function(t, "picky", "int", "int"), shaped(t, udf.Aggregate, "chain", "string", "string")
	p, err := open(t, Options{}).Load(t.Context(), testdata(t, "shapes.wasm"), []*udf.Function{drops, chain})
	if err != nil {
		t.Fatal(err)
	}
	take := func() *instance {
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return in.(*instance)
	}
	close := func(in *instance) {
		if err := errors.Join(in.Close(t.Context()), in.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	one := take()
	other := take()
	close(one)
	if take() != one || len(p.(*lease).idle) != 0 {
		t.Error("an instance that was closed is not used again")
	}
	if _, err := other.Call(t.Context(), drops, []arrow.Array{ints(14)}, 1); err == nil {
		t.Fatal("no error")
	}
	close(other)
	accumulate(t, one, chain, 1)
	close(one)
	if made := p.Made(); made.PeakBytes < 2<<16 || made.PeakBytes%(1<<16) != 0 {
		t.Errorf("%d bytes at most", made.PeakBytes)
	}
	if n := len(p.(*lease).idle); n != 0 {
		t.Errorf("%d instances are kept that should not be", n)
	}
}
