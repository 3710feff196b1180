package exec

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestGroupKeys numbers random rows of several columns, in batches whose values need ever more bits, as a Go map does; some come by way
// of keys that another thread has made of them. The columns come back.
func TestGroupKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		mem := newBudget(&Env{})
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"int", "narrow", "string", "dictionary", "positions", "chain", "date", "bool", "float"}), 1, 5).Draw(t, "columns")
		texts := make([]*keyTexts, len(kinds))
		for i := range texts {
			texts[i] = &keyTexts{}
		}
		newKeys := func() *groupKeys {
			k := newGroupKeys(len(kinds))
			for i, kind := range kinds {
				switch kind {
				case "narrow":
					k.columns[i].t = &types.Type{Kind: types.Int}
				case "positions":
					k.columns[i].within(manyTexts)
				case "chain":
					k.columns[i].texts = texts[i]
				}
			}
			return k
		}
		k := newKeys()
		defer k.release()
		want, keys, widest := map[string]uint32{}, []string{}, int64(0)
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			n := rapid.IntRange(0, 40).Draw(t, "rows")
			spread := rapid.SampledFrom([]int64{2, 100, 1 << 20, 1 << 40, math.MaxInt64}).Draw(t, "spread")
			cols := make([]arrow.Array, len(kinds))
			for i, kind := range kinds {
				cols[i] = keyValues(t, kind, n, spread)
			}
			rows := make([]string, n)
			for i := range rows {
				for _, c := range cols {
					rows[i] += cell(c, i) + "|"
				}
			}
			out := make([]uint32, n)
			var fresh []int32
			if rapid.Bool().Draw(t, "by way of other keys") {
				o := newKeys()
				first := o.insert(mem, cols, out, nil)
				out = out[:len(first)]
				taken, sameKind := false, true
				for i, c := range k.columns {
					sameKind = sameKind && (c.codes == nil) == (o.columns[i].codes == nil)
				}
				if taken, fresh = k.insertKeys(mem, o, out, nil); !taken {
					if sameKind && k.n > 0 && o.n > 0 && spread < math.MaxInt64 && widest < math.MaxInt64 {
						t.Fatalf("keys of %v are not taken over", kinds)
					}
					columns := make([]arrow.Array, len(cols))
					for i, c := range cols {
						columns[i] = take(mem, c, first)
					}
					fresh = k.insert(mem, columns, out, nil)
				}
				for i, r := range first {
					rows[i] = rows[r]
				}
				rows = rows[:len(first)]
				o.release()
			} else {
				fresh = k.insert(mem, cols, out, nil)
			}
			widest = max(widest, spread)
			var began []int32
			for i, key := range rows {
				if _, ok := want[key]; !ok {
					want[key] = uint32(len(want))
					keys = append(keys, key)
					began = append(began, int32(i))
				}
				if out[i] != want[key] {
					t.Fatalf("row %d %s is numbered %d, want %d", i, key, out[i], want[key])
				}
			}
			if !slices.Equal(fresh, began) {
				t.Fatalf("rows %v began groups, want %v", fresh, began)
			}
		}
		got := make([]string, len(keys))
		for i, kind := range kinds {
			c, err := k.column(mem, i, types.Of(map[string]types.Kind{"int": types.Int, "narrow": types.Int, "date": types.Date, "bool": types.Bool, "float": types.Float}[kind]))
			if len(keys) == 0 {
				continue
			}
			if err != nil || c.Len() != len(keys) {
				t.Fatalf("column %d: %v", i, err)
			}
			for g := range got {
				got[g] += cell(c, g) + "|"
			}
		}
		if len(keys) > 0 && !slices.Equal(got, keys) {
			t.Fatalf("the groups come back as %v, want %v", got, keys)
		}
	})
}

// keyValues is a random column; absent values are among them.
func keyValues(t *rapid.T, kind string, n int, spread int64) arrow.Array {
	mem := memory.DefaultAllocator
	v := make([]int64, n)
	valid := make([]bool, n)
	for i := range v {
		v[i] = rapid.Int64Range(-spread, spread).Draw(t, "value")
		valid[i] = rapid.IntRange(0, 9).Draw(t, "present") > 0
	}
	var b array.Builder
	var add func(int64)
	switch kind {
	case "int":
		x := array.NewInt64Builder(mem)
		b, add = x, x.Append
	case "narrow": // as few bytes as the spread needs, like columns of segments
		switch {
		case spread <= 100:
			x := array.NewInt8Builder(mem)
			b, add = x, func(v int64) { x.Append(int8(v)) }
		case spread <= 1<<20:
			x := array.NewInt32Builder(mem)
			b, add = x, func(v int64) { x.Append(int32(v)) }
		default:
			x := array.NewInt64Builder(mem)
			b, add = x, x.Append
		}
	case "date":
		x := array.NewDate32Builder(mem)
		b, add = x, func(v int64) { x.Append(arrow.Date32(v % math.MaxInt32)) }
	case "bool":
		x := array.NewBooleanBuilder(mem)
		b, add = x, func(v int64) { x.Append(v > 0) }
	case "float":
		x := array.NewFloat64Builder(mem)
		b, add = x, func(v int64) { x.Append(float64(v) / 2) }
	case "string":
		x := array.NewStringBuilder(mem)
		b, add = x, func(v int64) { x.Append(fmt.Sprint("text ", v)) }
	case "dictionary":
		x := array.NewDictionaryBuilder(mem, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}).(*array.BinaryDictionaryBuilder)
		b, add = x, func(v int64) { _ = x.AppendString(fmt.Sprint("text ", v)) }
	case "positions":
		x := array.NewInt32Builder(mem)
		b, add = x, func(v int64) { x.Append(int32(uint64(v) % uint64(manyTexts.Len()))) }
	case "chain": // dictionaries of any length, of which each continues the shorter ones; or another
		if rapid.IntRange(0, 9).Draw(t, "another") == 0 {
			return keyValues(t, rapid.SampledFrom([]string{"dictionary", "string"}).Draw(t, "kind"), n, spread)
		}
		texts := rapid.IntRange(1, manyTexts.Len()).Draw(t, "texts")
		width := arrow.DataType(arrow.PrimitiveTypes.Uint8)
		if texts > math.MaxUint8 {
			width = rapid.SampledFrom([]arrow.DataType{arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Int32}).Draw(t, "width")
		}
		at, dictionary := make([]int, n), make([]string, texts)
		for i := range at {
			at[i] = int(uint64(v[i]) % uint64(texts))
		}
		for i := range dictionary {
			dictionary[i] = manyTexts.Value(i)
		}
		return dictionaryOf(dictionary, width, at, n%2 == 0)
	}
	defer b.Release()
	for i, x := range v {
		if valid[i] {
			add(x)
		} else {
			b.AppendNull()
		}
	}
	if kind == "positions" {
		dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
		return array.NewDictionaryArray(dt, b.NewArray(), manyTexts)
	}
	return b.NewArray()
}

// manyTexts is a dictionary.
var manyTexts = func() *array.String {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range 300 {
		b.Append(fmt.Sprint("text ", i))
	}
	return b.NewStringArray()
}()

// TestGroupsInEveryWay groups many rows: by few and by many keys, skewed, with a huge group, with floats of which every
// addition loses digits. Kept in one table, shared out by parts, and on disk, the groups are the same and in the same order,
// and sums of floats are the same in every run.
func TestGroupsInEveryWay(t *testing.T) {
	t.Parallel()
	rows := 60_000
	if raced {
		rows = 12_000 // the rows of all ways are compared without the race detector
	}
	w := numbers(t, rows)
	base := way{name: "one thread", rules: true, batch: 5000, threads: 1, tasks: 1}
	others := []way{
		{name: "three threads", rules: true, batch: 5000, threads: 3, tasks: 1},
		{name: "in parts", rules: true, batch: 5000, threads: 2, tasks: 1, parts: true},
		{name: "on disk", rules: true, batch: 20_000, threads: 2, tasks: 1, spill: true},
		{name: "three tasks", rules: true, batch: 5000, threads: 2, tasks: 3},
	}
	for _, text := range []string{
		"t -> { @k: a * 7919 % 50021, n: count(), s: sum(a), m: max(a), d: count_distinct(a % 3), q: median(float(a)) }",
		"t -> { @k: if a % 10 == 0 { a } else { -1 }, n: count(), s: sum(a), x: min(string(a)) }",
		"t -> { @x: string(a % 30011), @y: a % 2 == 0, n: count_if(a > 9), s: sum(decimal(a)) }",
		"t -> { @k: a * 1000003 * 1000003 % 99991, @j: a * 9223372036 % 7, @m: if a % 5 == 0 { none } else { a % 3 }, f: first(a), l: last(a) }",
		"t -> { k: a * 7919 % 50021, l: string(a % 3) } -> distinct",
	} {
		want, _, err := w.run(t, text, base, true)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, y := range others {
			got, stats, err := w.run(t, text, y, true)
			if err != nil || got != want {
				t.Errorf("%s, %s: other groups than with one thread (%v)", text, y.name, err)
			}
			if y.spill && stats.SpilledBytes == 0 {
				t.Errorf("%s, %s: nothing went to disk", text, y.name)
			}
		}
	}
	for _, text := range []string{
		"t -> { @k: a % 7, s: sum(1.0 / (float(a) + 0.7)), m: mean(sqrt(float(a))), d: stddev(float(a) / 3.0) }",
		"t -> { @k: a % 40009, s: sum(1.0 / (float(a) + 0.7)) }",
	} {
		for _, y := range append(others, base) {
			first := ""
			for range 3 {
				got, _, err := w.run(t, text, y, true)
				if err != nil {
					t.Fatal(err)
				}
				if first == "" {
					first = got
				}
				if got != first {
					t.Errorf("%s, %s: floats add up to something else in another run", text, y.name)
				}
			}
		}
	}
}

// TestOrderOfGroups adds the groups of three threads, each of which has them in the order of their first rows: all are in that order then,
// and none is missing.
func TestOrderOfGroups(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := map[int]int64{} // by key, over all threads
		numbers := map[int]uint32{}
		g := &groups{}
		lists := make([]*groups, 3)
		keys := make([][]int, 3)
		for place := range rapid.IntRange(0, 60).Draw(t, "rows") {
			thread, key := rapid.IntRange(0, 2).Draw(t, "thread"), rapid.IntRange(0, 20).Draw(t, "key")
			if lists[thread] == nil {
				lists[thread] = &groups{}
			}
			if !slices.Contains(keys[thread], key) {
				lists[thread].first = append(lists[thread].first, int64(place))
				keys[thread] = append(keys[thread], key)
			}
			if _, ok := first[key]; !ok {
				first[key] = int64(place)
			}
		}
		for thread, o := range lists {
			if o == nil {
				continue
			}
			to, was := make([]uint32, len(o.first)), slices.Clone(g.first)
			g.fresh = g.fresh[:0]
			for i, key := range keys[thread] {
				if _, ok := numbers[key]; !ok {
					numbers[key] = uint32(len(numbers))
					g.fresh = append(g.fresh, int32(i))
				}
				to[i] = numbers[key]
			}
			g.placed(to, o.first, 0)
			g.order = g.orderWith(was, to)
		}
		var got []int64
		for _, i := range g.order {
			got = append(got, g.first[i])
		}
		if want := slices.Sorted(maps.Values(first)); !slices.Equal(got, want) {
			t.Fatalf("the groups begin at %v, want %v", got, want)
		}
	})
}
