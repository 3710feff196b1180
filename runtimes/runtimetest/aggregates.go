package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func (x *exercise) aggregates(t *testing.T) {
	t.Run("results", x.aggregateResults)
	t.Run("groups", x.aggregateGroups)
	t.Run("batch sizes", x.aggregateSizes)
	t.Run("encodings", x.aggregateEncodings)
	t.Run("split and merge", x.aggregateSplits)
	t.Run("states", x.aggregateStates)
	t.Run("errors", x.aggregateErrors)
	t.Run("cancelled", x.aggregateCancelled)
}

func slice(a arrow.Array, from, to int) arrow.Array { return array.NewSlice(a, int64(from), int64(to)) }

// accumulator makes the state of a function over some groups.
func (x *exercise) accumulator(t *testing.T, in udf.AggregateInstance, name string, groups int) udf.Accumulator {
	t.Helper()
	a, err := in.Accumulate(t.Context(), x.funcs[name])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := a.Resize(groups); err != nil {
		t.Fatal(err)
	}
	return a
}

func update(t *testing.T, a udf.Accumulator, groups []uint32, args ...arrow.Array) {
	t.Helper()
	if err := a.Update(args[0].Len(), groups, args); err != nil {
		t.Fatal(err)
	}
}

// state moves states out, which are one binary value a group.
func state(t *testing.T, a udf.Accumulator, groups int) arrow.Array {
	t.Helper()
	s, err := a.State()
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != groups || s.DataType().ID() != arrow.BINARY || s.NullN() > 0 {
		t.Fatalf("%d states of %s for %d groups", s.Len(), s.DataType(), groups)
	}
	return s
}

func merge(t *testing.T, a udf.Accumulator, groups []uint32, states arrow.Array) {
	t.Helper()
	if err := a.Merge(states.Len(), groups, states); err != nil {
		t.Fatal(err)
	}
}

// finished expects the results, one a group.
func (x *exercise) finished(t *testing.T, a udf.Accumulator, name, want string) {
	t.Helper()
	got, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if wanted := Column(t, x.funcs[name].Result.String(), want); !array.Equal(got, wanted) {
		t.Errorf("%s gave %v, not %v", name, got, wanted)
	}
	if a.Bytes() < 0 {
		t.Errorf("%s holds %d bytes", name, a.Bytes())
	}
}

func (x *exercise) aggregateResults(t *testing.T) {
	in := x.aggregating(t)
	for _, c := range []struct {
		name, want string
		args       []arrow.Array
	}{
		{"total", `[6]`, []arrow.Array{Column(t, "int", `[1, 2, 3]`)}},
		{"total", `[9223372036854775807]`, []arrow.Array{Column(t, "int", `[9223372036854775806, 1]`)}},
		{"total", `[4]`, []arrow.Array{Column(t, "int", `[1, null, 3]`)}},
		{"total", `[0]`, []arrow.Array{Column(t, "int", `[]`)}},
		{"total", `[0]`, []arrow.Array{Column(t, "int", `[null]`)}},
		{"wmean", `[2.5]`, []arrow.Array{Column(t, "float", `[1, 3, 9]`), Column(t, "float", `[1, 3, null]`)}},
		{"wmean", `[null]`, []arrow.Array{Column(t, "float", `[null, 3]`), Column(t, "float", `[1, null]`)}},
		{"wmean", `[null]`, []arrow.Array{Column(t, "float", `[]`), Column(t, "float", `[]`)}},
		{"chain", `["Ä-b--c"]`, []arrow.Array{Column(t, "string", `["Ä", "b", null, "", "c"]`)}},
		{"chain", `[""]`, []arrow.Array{Column(t, "string", `[]`)}},
		{"gaps", `[2]`, []arrow.Array{Column(t, "float?", `[null, 1, null]`)}},
		{"gaps", `[0]`, []arrow.Array{Column(t, "float?", `[]`)}},
	} {
		a := x.accumulator(t, in, c.name, 1)
		update(t, a, nil, c.args...)
		x.finished(t, a, c.name, c.want)
	}
	// Several aggregates of one instance do not see each other.
	a, b := x.accumulator(t, in, "total", 1), x.accumulator(t, in, "total", 1)
	update(t, a, nil, Column(t, "int", `[1]`))
	update(t, b, nil, Column(t, "int", `[10]`))
	update(t, a, nil, Column(t, "int", `[2]`))
	x.finished(t, a, "total", `[3]`)
	x.finished(t, b, "total", `[10]`)
}

func (x *exercise) aggregateGroups(t *testing.T) {
	in := x.aggregating(t)
	a := x.accumulator(t, in, "chain", 2)
	update(t, a, []uint32{1, udf.NoGroup, 1}, Column(t, "string", `["a", "b", "c"]`))
	if err := a.Resize(4); err != nil {
		t.Fatal(err)
	}
	update(t, a, []uint32{3, 1, 0}, Column(t, "string", `["d", "e", "f"]`))
	x.finished(t, a, "chain", `["f", "a-c-e", "", "d"]`)
	none := x.accumulator(t, in, "total", 0)
	update(t, none, []uint32{}, Column(t, "int", `[]`))
	x.finished(t, none, "total", `[]`)
	all := x.accumulator(t, in, "total", 1)
	update(t, all, []uint32{udf.NoGroup, udf.NoGroup}, Column(t, "int", `[1, 2]`))
	x.finished(t, all, "total", `[0]`)
}

// rowsOf are columns of n rows for a function, and their groups: every seventh argument is absent.
func (x *exercise) rowsOf(name string, n, groups int, r *rand.Rand) ([]arrow.Array, []uint32) {
	var args []arrow.Array
	for _, p := range x.funcs[name].Params {
		switch p.Type.Required().Kind {
		case types.Int:
			b := array.NewInt64Builder(memory.DefaultAllocator)
			for range n {
				if r.IntN(7) == 0 {
					b.AppendNull()
				} else {
					b.Append(int64(100 + r.IntN(1000)))
				}
			}
			args = append(args, b.NewArray())
		case types.Float:
			b := array.NewFloat64Builder(memory.DefaultAllocator)
			for range n {
				if r.IntN(7) == 0 {
					b.AppendNull()
				} else {
					b.Append(float64(1 + r.IntN(64))) // sums of these are exact in any order
				}
			}
			args = append(args, b.NewArray())
		default:
			b := array.NewStringBuilder(memory.DefaultAllocator)
			for range n {
				if r.IntN(7) == 0 {
					b.AppendNull()
				} else {
					b.Append(strings.Repeat("x", r.IntN(5)) + fmt.Sprint(r.IntN(100)))
				}
			}
			args = append(args, b.NewArray())
		}
	}
	of := make([]uint32, n)
	for i := range of {
		of[i] = uint32(r.IntN(groups))
	}
	return args, of
}

func (x *exercise) aggregateSizes(t *testing.T) {
	in := x.aggregating(t)
	for _, n := range []int{0, 1, 7, 8192, 20000} {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		s := array.NewStringBuilder(memory.DefaultAllocator)
		var parts []string
		of := make([]uint32, n)
		sums := make([]int64, 5)
		for i := range n {
			b.Append(int64(i))
			s.Append(fmt.Sprint(i))
			parts = append(parts, fmt.Sprint(i))
			of[i] = uint32(i % 5)
			sums[i%5] += int64(i)
		}
		total, chain := x.accumulator(t, in, "total", 5), x.accumulator(t, in, "chain", 1)
		update(t, total, of, b.NewArray())
		update(t, chain, nil, s.NewArray())
		got, err := total.Finish()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range sums {
			if v := got.(*array.Int64).Value(i); v != want {
				t.Errorf("group %d of %d rows: %d, not %d", i, n, v, want)
			}
		}
		text, err := chain.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if v := text.(*array.String).Value(0); v != strings.Join(parts, "-") {
			t.Errorf("the chain of %d rows has %d bytes, not %d", n, len(v), len(strings.Join(parts, "-")))
		}
	}
}

func (x *exercise) aggregateEncodings(t *testing.T) {
	in := x.aggregating(t)
	index, values := Column(t, "int", `[1, 0, null, 1]`), Column(t, "string", `["a", "b"]`)
	i32 := array.NewInt32Builder(memory.DefaultAllocator)
	for i := range index.Len() {
		if index.IsNull(i) {
			i32.AppendNull()
		} else {
			i32.Append(int32(index.(*array.Int64).Value(i)))
		}
	}
	dict := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, i32.NewArray(), values)
	a := x.accumulator(t, in, "chain", 1)
	update(t, a, nil, dict)
	update(t, a, nil, slice(Column(t, "string", `["x", "y", null, "z"]`), 1, 4))
	update(t, a, nil, slice(dict, 1, 2))
	x.finished(t, a, "chain", `["b-a-b-y-z-a"]`)
	g := x.accumulator(t, in, "gaps", 1)
	update(t, g, nil, array.NewNull(3))
	x.finished(t, g, "gaps", `[3]`)
	s := x.accumulator(t, in, "total", 1)
	update(t, s, nil, array.NewNull(3))
	x.finished(t, s, "total", `[0]`)
}

// aggregateSplits: a result does not depend on how the rows were split, between instances too, as long as the parts are merged in
// their order.
func (x *exercise) aggregateSplits(t *testing.T) {
	const groups, rows = 6, 500
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"total", "wmean", "chain", "gaps"} {
		args, of := x.rowsOf(name, rows, groups, r)
		whole := x.accumulator(t, x.aggregating(t), name, groups)
		update(t, whole, of, args...)
		want, err := whole.Finish()
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			merged := x.accumulator(t, x.aggregating(t), name, groups)
			for from := 0; from < rows; {
				to := min(rows, from+r.IntN(200))
				part := x.accumulator(t, x.aggregating(t), name, groups)
				update(t, part, of[from:to], cut(args, from, to)...)
				merge(t, merged, []uint32{0, 1, 2, 3, 4, 5}, state(t, part, groups))
				from = to
			}
			got, err := merged.Finish()
			if err != nil {
				t.Fatal(err)
			}
			if !array.Equal(got, want) {
				t.Errorf("%s of parts gave %v, of the whole %v", name, got, want)
			}
		}
	}
}

// aggregateStates: states of no rows, merged into other groups, and states of states.
func (x *exercise) aggregateStates(t *testing.T) {
	in := x.aggregating(t)
	a := x.accumulator(t, in, "chain", 3)
	update(t, a, []uint32{0, 2, 2}, Column(t, "string", `["a", "b", "c"]`))
	b := x.accumulator(t, x.aggregating(t), "chain", 2)
	update(t, b, nil, Column(t, "string", `["z"]`))
	merge(t, b, []uint32{1, 0, 0}, state(t, a, 3))
	c := x.accumulator(t, x.aggregating(t), "chain", 2)
	merge(t, c, []uint32{1, udf.NoGroup}, state(t, b, 2))
	x.finished(t, c, "chain", `["", "z-b-c"]`)
	d := x.accumulator(t, in, "total", 1)
	merge(t, d, nil, state(t, x.accumulator(t, in, "total", 2), 2))
	x.finished(t, d, "total", `[0]`)
	// What is no state gives an error or a value, and nothing worse.
	bad := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	for _, s := range []string{"", "x", strings.Repeat("\xff", 7), strings.Repeat("\xff", 5000)} {
		bad.Append([]byte(s))
	}
	states := bad.NewArray()
	for _, name := range []string{"total", "chain"} {
		e := x.accumulator(t, x.aggregating(t), name, 4)
		if err := e.Merge(4, []uint32{0, 1, 2, 3}, states); err == nil {
			e.Finish()
		}
	}
	update(t, x.accumulator(t, x.aggregating(t), "total", 1), nil, Column(t, "int", `[1]`))
}

func (x *exercise) aggregateErrors(t *testing.T) {
	in := x.aggregating(t)
	a := x.accumulator(t, in, "careful", 2)
	err := a.Update(4, []uint32{0, 1, 0, 1}, []arrow.Array{Column(t, "int", `[1, null, 13, 2]`)})
	var failed *udf.CallError
	if !errors.As(err, &failed) || failed.Row != 2 || failed.Function != x.funcs["careful"].ID() || failed.Args != "a: 13" || failed.Message == "" || len(failed.Message) > 4096 {
		t.Errorf("got %#v", err)
	}
	b := x.accumulator(t, x.aggregating(t), "careful", 1)
	update(t, b, nil, Column(t, "int", `[1, 2]`))
	x.finished(t, b, "careful", `[3]`)
	c := x.accumulator(t, x.aggregating(t), "wmean", 1)
	if err := c.Update(1, nil, []arrow.Array{Column(t, "float", `[1]`)}); err == nil {
		t.Error("an update with too few columns was accepted")
	}
}

func (x *exercise) aggregateCancelled(t *testing.T) {
	in := x.aggregating(t)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := in.Accumulate(ctx, x.funcs["total"])
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Resize(1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := a.Update(1, nil, []arrow.Array{Column(t, "int", `[1]`)}); !errors.Is(err, context.Canceled) {
		t.Errorf("an update with a cancelled context gave %v", err)
	}
}
