package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func (x *exercise) tables(t *testing.T) {
	t.Run("rows", x.tableRows)
	t.Run("batch sizes", x.tableSizes)
	t.Run("pieces", x.tablePieces)
	t.Run("encodings", x.tableEncodings)
	t.Run("early close", x.tableClose)
	t.Run("errors", x.tableErrors)
	t.Run("cancelled", x.tableCancelled)
}

func (x *exercise) open(t *testing.T, in udf.TableInstance, name string, args ...arrow.Array) udf.Rows {
	t.Helper()
	r, err := in.Rows(t.Context(), x.funcs[name], args, args[0].Len())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// drain reads all rows, at most max at a time, and closes them.
func (x *exercise) drain(t *testing.T, rows udf.Rows, name string, max int) (arrow.Array, []int32) {
	t.Helper()
	dt, err := types.ToArrow(*x.funcs[name].Result.Elem)
	if err != nil {
		t.Fatal(err)
	}
	empty := array.NewBuilder(memory.DefaultAllocator, dt)
	parts := []arrow.Array{empty.NewArray()}
	var of []int32
	for {
		elements, rows, err := rows.Next(max)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if elements.Len() != len(rows) || elements.Len() == 0 || elements.Len() > 2*max {
			t.Fatalf("a piece of %d elements and %d rows, where %d were asked for", elements.Len(), len(rows), max)
		}
		if !arrow.TypeEqual(elements.DataType(), dt) {
			t.Fatalf("elements are %s, not %s", elements.DataType(), dt)
		}
		parts, of = append(parts, elements), append(of, rows...)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := array.Concatenate(parts, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	return all, of
}

func (x *exercise) gives(t *testing.T, in udf.TableInstance, name, want string, of []int32, args ...arrow.Array) {
	t.Helper()
	for _, max := range []int{1000, 1} {
		got, rows := x.drain(t, x.open(t, in, name, args...), name, max)
		if wanted := Column(t, x.funcs[name].Result.Elem.String(), want); !array.Equal(got, wanted) || fmt.Sprint(rows) != fmt.Sprint(of) {
			t.Errorf("%s gave %v of rows %v, not %v of rows %v", name, got, rows, wanted, of)
		}
	}
}

func (x *exercise) tableRows(t *testing.T) {
	in := x.tabling(t)
	x.gives(t, in, "upto", `[0, 0, 1, 2]`, []int32{1, 3, 3, 3}, Column(t, "int", `[0, 1, null, 3, 0]`))
	x.gives(t, in, "upto", `[]`, nil, Column(t, "int", `[]`))
	x.gives(t, in, "upto", `[]`, nil, Column(t, "int", `[0, null]`))
	x.gives(t, in, "words", `[{"word": "Ä", "n": 1}, {"word": "bb", "n": 2}, {"word": "c", "n": 1}]`, []int32{0, 0, 3},
		Column(t, "string", `["Ä bb", "", null, "c"]`))
	x.gives(t, in, "again", `["a", "a", null, "-", "-"]`, []int32{0, 0, 1, 2, 2},
		Column(t, "string?", `["a", "", null, "b", "b"]`), Column(t, "int", `[2, 1, 2, 0, null]`))
	x.gives(t, in, "pair", `[{"a": 1.5, "b": 1.5, "c": true}, {"a": -1.5, "b": null, "c": false}]`, []int32{0, 0}, Column(t, "float", `[1.5]`))
}

func (x *exercise) tableSizes(t *testing.T) {
	in := x.tabling(t)
	for _, n := range []int{0, 1, 7, 8192, 20000} {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for i := range n {
			b.Append(fmt.Sprintf("w%d %d", i, i))
		}
		got, of := x.drain(t, x.open(t, in, "words", b.NewArray()), "words", 4096)
		if got.Len() != 2*n || len(of) != 2*n {
			t.Fatalf("%d rows gave %d", n, got.Len())
		}
		words := got.(*array.Struct).Field(0).(*array.String)
		for i := range n {
			if words.Value(2*i) != fmt.Sprint("w", i) || words.Value(2*i+1) != fmt.Sprint(i) || of[2*i] != int32(i) || of[2*i+1] != int32(i) {
				t.Fatalf("row %d of %d: %s, %s of rows %d, %d", i, n, words.Value(2*i), words.Value(2*i+1), of[2*i], of[2*i+1])
			}
		}
	}
}

// tablePieces: one call gives more rows than are asked for at once.
func (x *exercise) tablePieces(t *testing.T) {
	in := x.tabling(t)
	const n = 50_000
	got, of := x.drain(t, x.open(t, in, "upto", Column(t, "int", `[2, 50000, 1]`)), "upto", 8192)
	if got.Len() != n+3 || of[0] != 0 || of[2] != 1 || of[n+1] != 1 || of[n+2] != 2 {
		t.Fatalf("got %d rows", got.Len())
	}
	for i := range n {
		if got.(*array.Int64).Value(i+2) != int64(i) {
			t.Fatalf("row %d is %d", i, got.(*array.Int64).Value(i+2))
		}
	}
}

func (x *exercise) tableEncodings(t *testing.T) {
	in := x.tabling(t)
	i32 := array.NewInt32Builder(memory.DefaultAllocator)
	i32.AppendValues([]int32{1, 0, 1}, []bool{true, true, false})
	dict := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, i32.NewArray(), Column(t, "string", `["a", "b c"]`))
	x.gives(t, in, "words", `[{"word": "b", "n": 1}, {"word": "c", "n": 2}, {"word": "a", "n": 1}]`, []int32{0, 0, 1}, dict)
	x.gives(t, in, "words", `[{"word": "y", "n": 1}]`, []int32{0}, slice(Column(t, "string", `["x", "y", null]`), 1, 3))
	x.gives(t, in, "upto", `[]`, nil, array.NewNull(2))
}

func (x *exercise) tableClose(t *testing.T) {
	in := x.tabling(t)
	for _, name := range []string{"endless", "upto"} {
		rows := x.open(t, in, name, Column(t, "int", `[100000, 100000]`))
		elements, of, err := rows.Next(10)
		if err != nil || elements.Len() == 0 || of[0] != 0 {
			t.Fatalf("%v, rows %v, %v", elements, of, err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		x.gives(t, in, "upto", `[0]`, []int32{0}, Column(t, "int", `[1]`))
	}
	unread := x.open(t, in, "endless", Column(t, "int", `[1]`))
	if err := unread.Close(); err != nil {
		t.Fatal(err)
	}
	x.gives(t, in, "upto", `[0]`, []int32{0}, Column(t, "int", `[1]`))
}

func (x *exercise) tableErrors(t *testing.T) {
	rows := x.open(t, x.tabling(t), "upto", Column(t, "int", `[2, null, -5, 1]`))
	var err error
	for err == nil {
		_, _, err = rows.Next(1000)
	}
	var failed *udf.CallError
	if !errors.As(err, &failed) || failed.Row != 2 || failed.Function != x.funcs["upto"].ID() || failed.Args != "a: -5" || failed.Message == "" || len(failed.Message) > 4096 {
		t.Errorf("got %#v", err)
	}
	rows.Close()
	x.gives(t, x.tabling(t), "upto", `[0]`, []int32{0}, Column(t, "int", `[1]`))
	if _, err := x.tabling(t).Rows(t.Context(), x.funcs["again"], []arrow.Array{Column(t, "string?", `["a"]`)}, 1); err == nil {
		t.Error("a call with too few columns was accepted")
	}
}

func (x *exercise) tableCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := x.tabling(t).Rows(ctx, x.funcs["endless"], []arrow.Array{Column(t, "int", `[1]`)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if _, _, err := rows.Next(10); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 1000 { // what was made before may still come
		if _, _, err = rows.Next(10_000); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("rows of a cancelled context gave %v", err)
	}
}

func (x *exercise) rowErrors(t *testing.T) {
	in := x.instance(t)
	fails := func(name string, want string, rows []int, args ...arrow.Array) {
		t.Helper()
		got, err := in.Call(t.Context(), x.funcs[name], args, args[0].Len())
		var some *udf.RowErrors
		if !errors.As(err, &some) || got == nil {
			t.Fatalf("%s gave %v and %v", name, got, err)
		}
		if len(some.Failed) != len(rows) {
			t.Fatalf("%s: %d rows failed, not %d", name, len(some.Failed), len(rows))
		}
		failed := map[int]bool{}
		for i, c := range some.Failed {
			failed[c.Row] = true
			if c.Row != rows[i] || c.Function != x.funcs[name].ID() || c.Args == "" || len(c.Args) > 200 || c.Message == "" || len(c.Message) > 4096 {
				t.Errorf("%s: got %#v for row %d", name, c, rows[i])
			}
			if name == "root" && !strings.Contains(c.Message, "negative") {
				t.Errorf("the message is %s", c.Message)
			}
		}
		wanted := Column(t, x.funcs[name].Result.String(), want)
		if got.Len() != wanted.Len() || !arrow.TypeEqual(got.DataType(), wanted.DataType()) {
			t.Fatalf("%s gave %v", name, got)
		}
		for i := range wanted.Len() {
			if !failed[i] && !array.SliceEqual(got, int64(i), int64(i+1), wanted, int64(i), int64(i+1)) {
				t.Errorf("row %d of %s: %v, not %v", i, name, got, wanted)
			}
		}
	}
	t.Run("some", func(t *testing.T) {
		fails("root", `[2, null, null, 3]`, []int{1}, Column(t, "float", `[4, -1, null, 9]`))
		fails("root", `[null]`, []int{0}, Column(t, "float", `[-2]`))
		fails("root", `[null, null, 1]`, []int{0, 1}, Column(t, "float", `[-2, -3, 1]`))
		fails("times", `["", "", "ÄÄ", null]`, []int{1}, Column(t, "string", `["a", "b", "Ä", null]`), Column(t, "int", `[0, -1, 2, -1]`))
		fails("or_fail", `[null, 1, null, 2]`, []int{0, 2}, Column(t, "float?", `[null, 1, 3, 2]`), Column(t, "bool", `[false, true, false, true]`))
	})
	t.Run("none", func(t *testing.T) {
		x.expect(t, in, "root", "float", `[2, null, 3]`, Column(t, "float", `[4, null, 9]`))
		x.expect(t, in, "or_fail", "float?", `[null, 1]`, Column(t, "float?", `[null, 1]`), Column(t, "bool", `[true, true]`))
	})
	t.Run("batch sizes", func(t *testing.T) {
		for _, n := range []int{1, 7, 8192, 20000} {
			b := array.NewFloat64Builder(memory.DefaultAllocator)
			want := array.NewFloat64Builder(memory.DefaultAllocator)
			var rows []int
			for i := range n {
				if i%50 == 0 {
					b.Append(-1)
					want.AppendNull()
					rows = append(rows, i)
				} else {
					b.Append(float64(i) * float64(i))
					want.Append(float64(i))
				}
			}
			text, err := want.NewArray().MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			fails("root", string(text), rows, b.NewArray())
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := in.Call(ctx, x.funcs["root"], []arrow.Array{Column(t, "float", `[-1]`)}, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("a call with a cancelled context gave %v", err)
		}
	})
}
