package python

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
)

const weighted = `
class f:
    def __init__(self):
        self.sum, self.weight = 0.0, 0.0

    def step(self, x: float, w: float):
        self.sum += x * w
        self.weight += w

    def merge(self, other):
        self.sum += other.sum
        self.weight += other.weight

    def finish(self):
        return self.sum / self.weight if self.weight else None
`

// flat is the same with a state of its own making.
const flat = `
import struct
` + weighted + `
    def save(self):
        return struct.pack("<dd", self.sum, self.weight)

    @classmethod
    def load(cls, data):
        state = cls()
        state.sum, state.weight = struct.unpack("<dd", data)
        return state
`

func aggregate(t *testing.T, source string) (udf.Instance, *udf.Function) {
	t.Helper()
	f := function(t, "float?", "float", "float")
	f.Shape = udf.Aggregate
	return open(t, source, f), f
}

func accumulate(t *testing.T, in udf.Instance, f *udf.Function) udf.Accumulator {
	t.Helper()
	a, err := in.(udf.AggregateInstance).Accumulate(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAggregateOfManyGroups updates two accumulators in two interpreters, and merges one into the other.
func TestAggregateOfManyGroups(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{"pickled": weighted, "saved": flat} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const groups, n = 5000, 30_000
			first, f := aggregate(t, source)
			second, _ := aggregate(t, source)
			a, b := accumulate(t, first, f), accumulate(t, second, f)
			xs, ws := array.NewFloat64Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
			at := make([]uint32, n)
			for i := range n {
				xs.Append(float64(i))
				if i%7 == 0 {
					ws.AppendNull() // does not count
				} else {
					ws.Append(2)
				}
				at[i] = uint32(i % groups)
				if i%groups == 11 {
					at[i] = udf.NoGroup
				}
			}
			args := []arrow.Array{xs.NewArray(), ws.NewArray()}
			for _, acc := range []udf.Accumulator{a, b} {
				if err := errors.Join(acc.Resize(groups), acc.Update(n, at, args)); err != nil {
					t.Fatal(err)
				}
			}
			states, err := b.State()
			if err != nil {
				t.Fatal(err)
			}
			all := make([]uint32, groups)
			for g := range all {
				all[g] = uint32(g)
			}
			if err := a.Merge(groups, all, states); err != nil {
				t.Fatal(err)
			}
			got, err := a.Finish()
			if err != nil {
				t.Fatal(err)
			}
			for g := range groups {
				sum, count := 0.0, 0.0
				for i := g; i < n; i += groups {
					if i%7 != 0 && g != 11 {
						sum, count = sum+float64(i), count+1
					}
				}
				if count == 0 != got.IsNull(g) || count > 0 && got.(*array.Float64).Value(g) != sum/count {
					t.Fatalf("group %d is %s, not %v", g, got.ValueStr(g), sum/count)
				}
			}
			if a.Bytes() < groups || a.Close() != nil || a.Close() != nil {
				t.Errorf("it holds %d bytes", a.Bytes())
			}
		})
	}
}

func TestAggregateWithoutGroups(t *testing.T) {
	t.Parallel()
	in, f := aggregate(t, weighted)
	a := accumulate(t, in, f)
	if err := errors.Join(a.Resize(1), a.Update(2, nil, []arrow.Array{column(t, "float", "[1, 4]"), column(t, "float", "[1, 2]")})); err != nil {
		t.Fatal(err)
	}
	got, err := a.Finish()
	if err != nil || got.ValueStr(0) != "3" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err = a.Finish(); err != nil || got.ValueStr(0) != "3" {
		t.Errorf("the second time it gave %v, %v", got, err)
	}
}

// TestAggregateFails says in which row, and leaves the groups as they are.
func TestAggregateFails(t *testing.T) {
	t.Parallel()
	in, f := aggregate(t, strings.Replace(weighted, "self.weight += w", "self.weight += 1 / w", 1))
	a := accumulate(t, in, f)
	err := errors.Join(a.Resize(1), a.Update(3, nil, []arrow.Array{column(t, "float", "[1, null, 4]"), column(t, "float", "[1, 1, 0]")}))
	var failed *udf.CallError
	if !errors.As(err, &failed) || failed.Row != 2 || !strings.Contains(failed.Message, "ZeroDivisionError") || failed.Args != "a: 4, b: 0" {
		t.Errorf("got %#v", err)
	}
}

func TestAggregateIsRefused(t *testing.T) {
	t.Parallel()
	f := function(t, "float?", "float", "float")
	f.Shape = udf.Aggregate
	for source, want := range map[string]string{
		"def f(x, w): return 1.0": "no class 'f'",
		"class f:\n    def step(self, x, w): pass\n    def finish(self): pass\n": "no method merge",
		strings.Replace(weighted, "x: float, w: float", "x", 1):                  "f.step takes 1 parameters",
		weighted + "    def save(self): return b''\n":                            "not both",
		strings.Replace(weighted, "finish(self)", "finish(self) -> str", 1):      "annotated str",
	} {
		if _, err := sharedRuntime(t).Load(t.Context(), module(source), []*udf.Function{f}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, not %s", err, want)
		}
	}
}

const words = `
def f(text: str, least: int):
    for w in text.split():
        if len(w) >= least:
            yield {"word": w, "n": len(w)}
    if text == "endless":
        n = 0
        while True:
            n += 1
            yield "more", n
    if text == "bad":
        raise ValueError("bad text")
`

func table(t *testing.T, source string, texts string) (udf.Rows, int) {
	t.Helper()
	f := function(t, "[{word: string, n: int}]", "string", "int")
	f.Shape = udf.Table
	in := open(t, source, f).(udf.TableInstance)
	text := column(t, "string", texts)
	least := array.NewInt64Builder(memory.DefaultAllocator)
	for range text.Len() {
		least.Append(2)
	}
	rows, err := in.Rows(t.Context(), f, []arrow.Array{text, least.NewArray()}, text.Len())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rows.Close() })
	return rows, text.Len()
}

func TestTable(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"generator": words,
		"list":      "def f(text, least): return [(w, len(w)) for w in text.split() if len(w) >= least]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, _ := table(t, source, `["the quick fox", null, "", "a b", "jumps over"]`)
			var got strings.Builder
			for {
				elements, of, err := rows.Next(2)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				for i, row := range of {
					record := elements.(*array.Struct)
					fmt.Fprintf(&got, "%d %s %s, ", row, record.Field(0).ValueStr(i), record.Field(1).ValueStr(i))
				}
			}
			const want = "0 the 3, 0 quick 5, 0 fox 3, 4 jumps 5, 4 over 4, "
			if got.String() != want {
				t.Errorf("got %s", got.String())
			}
		})
	}
}

// TestEndlessTable gives rows as they are asked for, and can be left.
func TestEndlessTable(t *testing.T) {
	t.Parallel()
	rows, _ := table(t, words, `["endless"]`)
	for range 3 {
		elements, _, err := rows.Next(1000)
		if err != nil || elements.Len() != 1000 {
			t.Fatal(elements, err)
		}
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := rows.Next(1); err != io.EOF {
		t.Errorf("closed rows gave %v", err)
	}
}

func TestTableFails(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		words: "ValueError: bad text",
		"def f(text, least): return 5 if text == 'bad' else []":        "not iterable",
		"def f(text, least): return None if text == 'bad' else []":     "returned None",
		"def f(text, least): return [(1, 2)] if text == 'bad' else []": "returned int",
	} {
		rows, _ := table(t, source, `["good", null, "bad"]`)
		var failed *udf.CallError
		var err error
		for err == nil {
			_, _, err = rows.Next(100)
		}
		if !errors.As(err, &failed) || failed.Row != 2 || !strings.Contains(failed.Message, want) || failed.Args != `a: "bad", b: 2` {
			t.Errorf("got %#v, not %s", err, want)
		}
	}
}
