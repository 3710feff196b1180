package exec

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/physical"
)

// TestJoinTable compares the rows that a table finds with a map, for keys of one to four columns of several types, absent ones too,
// near and far apart, with one thread and with several.
func TestJoinTable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"near", "far", "float", "text", "encoded", "bool"}), 1, 4).Draw(t, "columns")
		absent := rapid.Bool().Draw(t, "absent")
		side := func(name string, batches int) ([][]arrow.Array, []string) {
			var cols [][]arrow.Array
			var keys []string
			for range batches {
				n := rapid.IntRange(1, 30).Draw(t, name)
				batch := make([]arrow.Array, len(kinds))
				text := make([]string, n)
				for c, kind := range kinds {
					batch[c] = drawKeys(t, kind, n, absent)
					for i := range n {
						text[i] += "|" + string(appendNested(nil, batch[c], i))
					}
				}
				cols, keys = append(cols, batch), append(keys, text...)
			}
			return cols, keys
		}
		build, want := side("build", rapid.IntRange(0, 4).Draw(t, "batches"))
		rows := map[string][]int32{}
		for i, k := range want {
			rows[k] = append(rows[k], int32(i))
		}
		words := make([]uint64, len(want))
		var parts [][]uint64
		at := 0
		for _, b := range build {
			parts = append(parts, words[at:at+b[0].Len()])
			at += b[0].Len()
		}
		threads := rapid.IntRange(1, 5).Draw(t, "threads")
		keys, err := newJoinKeys(threads, len(kinds), build, parts)
		if err != nil {
			t.Fatal(err)
		}
		table := &joinTable{keys: keys, held: holding{b: newBudget(&Env{})}}
		marked := &joinTable{keys: keys, held: holding{b: newBudget(&Env{})}}
		hashed := &joinTable{keys: keys, n: len(words), next: make([]int32, len(words)), held: holding{b: newBudget(&Env{})}}
		hashed.makeTags()
		var twice atomic.Bool
		for _, err := range []error{table.index(threads, words, false), marked.index(threads, words, true), hashed.scatter(threads, words, &twice)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		probes, asked := side("probe", 2)
		i := 0
		s := newKeyScratch(len(kinds))
		for _, b := range append(probes, build...) {
			n := b[0].Len()
			found, heads, there, far := make([]uint64, n), make([]int32, n), make([]int32, n), make([]int32, n)
			keys.find(b, s, found)
			table.find(found, heads)
			marked.find(found, there)
			hashed.find(found, far)
			for j := range n {
				key := append(asked, want...)[i]
				i++
				if got := fmt.Sprint(chainOfRows(table, heads[j])); got != fmt.Sprint(rows[key]) {
					t.Fatalf("%q: rows %s, want %v", key, got, rows[key])
				}
				if got := fmt.Sprint(chainOfRows(hashed, far[j])); got != fmt.Sprint(rows[key]) {
					t.Fatalf("%q: rows %s of the scattered table, want %v", key, got, rows[key])
				}
				if (there[j] >= 0) != (len(rows[key]) > 0) {
					t.Fatalf("%q: there %v, want %v", key, there[j] >= 0, rows[key])
				}
			}
		}
	})
}

func chainOfRows(t *joinTable, head int32) []int32 {
	var out []int32
	for r := head; r >= 0; r = t.after(r) {
		out = append(out, r)
	}
	return out
}

func drawKeys(t *rapid.T, kind string, n int, absent bool) arrow.Array {
	mem := memory.DefaultAllocator
	gone := func() bool { return absent && rapid.IntRange(0, 4).Draw(t, "absent") == 0 }
	switch kind {
	case "near", "far":
		pool := []int64{-3, 0, 1, 2, 3, 4, 5}
		if kind == "far" {
			pool = []int64{math.MinInt64, math.MaxInt64, 0, 1, -1, 1 << 40, 1<<40 + 1}
		}
		b := array.NewInt64Builder(mem)
		for range n {
			if gone() {
				b.AppendNull()
			} else {
				b.Append(rapid.SampledFrom(pool).Draw(t, "int"))
			}
		}
		return b.NewArray()
	case "float":
		b := array.NewFloat64Builder(mem)
		for range n {
			if gone() {
				b.AppendNull()
			} else {
				b.Append(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), 1.5, -1.5, math.Inf(1)}).Draw(t, "float"))
			}
		}
		return b.NewArray()
	case "bool":
		b := array.NewBooleanBuilder(mem)
		for range n {
			if gone() {
				b.AppendNull()
			} else {
				b.Append(rapid.Bool().Draw(t, "bool"))
			}
		}
		return b.NewArray()
	case "encoded":
		dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
		b := array.NewDictionaryBuilder(mem, dt).(*array.BinaryDictionaryBuilder)
		for range n {
			if gone() {
				b.AppendNull()
			} else if err := b.AppendString(rapid.SampledFrom([]string{"", "a", "b", "ab"}).Draw(t, "text")); err != nil {
				t.Fatal(err)
			}
		}
		return b.NewArray()
	}
	b := array.NewStringBuilder(mem)
	for range n {
		if gone() {
			b.AppendNull()
		} else {
			b.Append(rapid.SampledFrom([]string{"", "a", "b", "ab"}).Draw(t, "text"))
		}
	}
	return b.NewArray()
}

// TestInputsAreAskedForOnce runs a stage that reads another one three times, though each input is given only once.
func TestInputsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	w := numbers(t, 1000)
	y := way{rules: true, batch: 100}
	w.prepare(y)
	plan, err := w.plan(t.Context(), "g = t -> { @k: a % 10, n: count() }\ng -> union(g) -> join_one(g -> { j: k, m: n }, on: k == j) -> agg { n: sum(n), m: sum(m), c: count() }", y)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Stages) != 4 { // the scan, g, g with other names, and what reads them
		t.Errorf("%d stages", len(plan.Stages))
	}
	outputs := make([][]arrow.RecordBatch, len(plan.Stages))
	var got []string
	for i := range plan.Stages {
		stage := &plan.Stages[i]
		inputs := map[int]func(context.Context) Batches{}
		for _, in := range stage.Inputs {
			asked := false
			inputs[in] = func(context.Context) Batches {
				if asked {
					t.Errorf("stage %d asks for stage %d twice", i, in)
				}
				asked = true
				return each(outputs[in])
			}
		}
		task := Task{Stage: stage, Splits: physical.Splits(stage, 1)[0], Open: w.opener(y), Inputs: inputs}
		_, err := Run(t.Context(), Env{Threads: 2}, task, func(b arrow.RecordBatch) error {
			b.Retain()
			outputs[i] = append(outputs[i], b)
			if i == len(plan.Stages)-1 {
				got = append(got, fmt.Sprint(b.Column(0), b.Column(1), b.Column(2)))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(got, " ") != "[2000] [2000] [20]" {
		t.Error(got)
	}
}
