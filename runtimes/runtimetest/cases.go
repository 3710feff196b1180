package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Column builds a column of a DreamQL type from JSON.
func Column(t testing.TB, typ, json string) arrow.Array {
	t.Helper()
	dt, err := types.Parse(typ)
	if err != nil {
		t.Fatal(err)
	}
	at, err := types.ToArrow(dt)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := array.FromJSON(memory.DefaultAllocator, at, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (x *exercise) expect(t *testing.T, in udf.Instance, name, typ, want string, args ...arrow.Array) {
	t.Helper()
	got, wanted := x.call(t, in, name, args...), Column(t, typ, want)
	if !array.Equal(got, wanted) {
		t.Errorf("%s gave %v, not %v", name, got, wanted)
	}
}

func (x *exercise) values(t *testing.T) {
	in := x.instance(t)
	x.expect(t, in, "scale", "float", `[3, -1.5, 0]`, Column(t, "float", `[1, 2, 0]`), Column(t, "float", `[2, -0.5, 9]`))
	x.expect(t, in, "add", "int", `[3, 9223372036854775807]`, Column(t, "int", `[1, 9223372036854775806]`), Column(t, "int", `[2, 1]`))
	x.expect(t, in, "both", "bool", `[true, false, false]`, Column(t, "bool", `[true, true, false]`), Column(t, "bool", `[true, false, false]`))
	x.expect(t, in, "next_day", "date", `["2024-03-01", "1970-01-01", "1969-12-31"]`, Column(t, "date", `["2024-02-29", "1969-12-31", "1969-12-30"]`))
	x.expect(t, in, "later", "timestamp", `["2024-03-01 00:00:00.000001Z", "1970-01-01 00:00:00Z"]`,
		Column(t, "timestamp", `["2024-02-29 23:59:59.000001Z", "1969-12-31 23:59:59Z"]`))
	x.expect(t, in, "shout", "string", `["ABC", "", "ÄRGER €", "A\u0000B"]`, Column(t, "string", `["abc", "", "Ärger €", "a\u0000b"]`))
	x.expect(t, in, "join", "string", `["abb", "a", ""]`, Column(t, "string", `["a", "a", ""]`), Column(t, "int", `[2, 0, 3]`), Column(t, "string", `["b", "b", ""]`))
	x.expect(t, in, "reverse", "bytes", `["AwIB", "", "/w=="]`, Column(t, "bytes", `["AQID", "", "/w=="]`))
}

// sizes crosses the boundaries of batches, with a function of numbers and one of strings.
func (x *exercise) sizes(t *testing.T) {
	in := x.instance(t)
	for _, n := range []int{0, 1, 7, 8191, 8192, 8193, 20000} {
		a, b := array.NewInt64Builder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
		s := array.NewStringBuilder(memory.DefaultAllocator)
		for i := range n {
			a.Append(int64(i))
			b.Append(1000)
			s.Append(fmt.Sprint("row ", i))
		}
		sum := x.call(t, in, "add", a.NewArray(), b.NewArray()).(*array.Int64)
		loud := x.call(t, in, "shout", s.NewArray()).(*array.String)
		for i := range n {
			if sum.Value(i) != int64(i)+1000 || loud.Value(i) != fmt.Sprint("ROW ", i) {
				t.Fatalf("row %d of %d: %d, %q", i, n, sum.Value(i), loud.Value(i))
			}
		}
	}
}

func (x *exercise) absence(t *testing.T) {
	in := x.instance(t)
	x.expect(t, in, "scale", "float", `[3, null, null, null]`, Column(t, "float", `[1, null, 2, null]`), Column(t, "float", `[2, 1, null, null]`))
	x.expect(t, in, "shout", "string", `[null, "A", null]`, Column(t, "string", `[null, "a", null]`))
	x.expect(t, in, "or_zero", "float", `[0, 2.5]`, Column(t, "float?", `[null, 2.5]`))
	x.expect(t, in, "positive", "float?", `[1, null, null, null]`, Column(t, "float", `[1, 0, -1, null]`))
	x.expect(t, in, "label", "string?", `["-", null, "x"]`, Column(t, "string?", `[null, "", "x"]`))
	x.expect(t, in, "unlucky", "int", `[null]`, array.NewNull(1))
}

func (x *exercise) dictionaries(t *testing.T) {
	in := x.instance(t)
	dict := func(value arrow.DataType, index, values string) arrow.Array {
		i, _, err := array.FromJSON(memory.DefaultAllocator, arrow.PrimitiveTypes.Int32, strings.NewReader(index))
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := array.FromJSON(memory.DefaultAllocator, value, strings.NewReader(values))
		if err != nil {
			t.Fatal(err)
		}
		return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: value}, i, v)
	}
	x.expect(t, in, "shout", "string", `["B", "A", null, "B"]`, dict(arrow.BinaryTypes.String, `[1, 0, null, 1]`, `["a", "b"]`))
	x.expect(t, in, "add", "int", `[11, 10]`, dict(arrow.PrimitiveTypes.Int64, `[1, 0]`, `[5, 6]`), Column(t, "int", `[5, 5]`))
	// A value that no row refers to is not passed to the function.
	x.expect(t, in, "unlucky", "int", `[6, 6]`, dict(arrow.PrimitiveTypes.Int64, `[1, 1]`, `[13, 6]`))
}

// slices passes columns that do not begin at the start of their buffers.
func (x *exercise) slices(t *testing.T) {
	in := x.instance(t)
	cut := func(a arrow.Array) arrow.Array { return array.NewSlice(a, 1, 3) }
	x.expect(t, in, "shout", "string", `["BB", null]`, cut(Column(t, "string", `["a", "bb", null, "d"]`)))
	x.expect(t, in, "both", "bool", `[true, false]`, cut(Column(t, "bool", `[false, true, false, true]`)), cut(Column(t, "bool", `[false, true, true, true]`)))
	x.expect(t, in, "scale", "float", `[3, null]`, cut(Column(t, "float", `[0, 2, null, 0]`)), cut(Column(t, "float", `[0, 1, 1, 0]`)))
}

// determinism: equal arguments give equal results, in one instance and in another.
func (x *exercise) determinism(t *testing.T) {
	a, b := Column(t, "float", `[1, 2.5, null, -3]`), Column(t, "float", `[2, 7, 1, 0.1]`)
	in := x.instance(t)
	first := x.call(t, in, "scale", a, b)
	for _, other := range []udf.Instance{in, x.instance(t)} {
		if again := x.call(t, other, "scale", a, b); !array.Equal(first, again) {
			t.Errorf("gave %v, then %v", first, again)
		}
	}
}

// errors expects the row of the batch, its arguments, and an instance that can be used again.
func (x *exercise) errors(t *testing.T) {
	in := x.instance(t)
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range 10_000 {
		if i == 9000 {
			b.Append(13)
		} else {
			b.Append(int64(100 + i))
		}
	}
	_, err := in.Call(t.Context(), x.funcs["unlucky"], []arrow.Array{b.NewArray()}, 10_000)
	var failed *udf.CallError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if failed.Row != 9000 || failed.Function != x.funcs["unlucky"].ID() || failed.Args != "a: 13" || failed.Message == "" || len(failed.Message) > 4096 {
		t.Errorf("got %#v", failed)
	}
	x.expect(t, in, "unlucky", "int", `[1]`, Column(t, "int", `[1]`))

	if _, err := in.Call(t.Context(), x.funcs["garbled"], []arrow.Array{Column(t, "int", `[1]`)}, 1); !errors.As(err, &failed) {
		t.Errorf("a result that is no string gave %v", err)
	}
	if _, err := in.Call(t.Context(), x.funcs["add"], []arrow.Array{Column(t, "int", `[1]`)}, 1); err == nil {
		t.Error("a call with too few columns was accepted")
	}
	if _, err := in.Call(t.Context(), x.funcs["add"], []arrow.Array{Column(t, "int", `[1]`), Column(t, "string", `["1"]`)}, 1); err == nil {
		t.Error("a call with a column of another type was accepted")
	}
}

// hostile functions fail without taking the process with them, and a new instance works.
func (x *exercise) hostile(t *testing.T) {
	for _, name := range []string{"deep", "hoard"} {
		in := x.instance(t)
		_, err := in.Call(t.Context(), x.funcs[name], []arrow.Array{Column(t, "int", `[1]`)}, 1)
		var failed *udf.CallError
		if !errors.As(err, &failed) || failed.Row != 0 {
			t.Errorf("%s gave %v", name, err)
		}
		x.expect(t, x.instance(t), "add", "int", `[3]`, Column(t, "int", `[1]`), Column(t, "int", `[2]`))
	}
}

func (x *exercise) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	one := []arrow.Array{Column(t, "int", `[1]`)}
	if _, err := x.instance(t).Call(ctx, x.funcs["unlucky"], one, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a call with a cancelled context gave %v", err)
	}
	if !x.interruptible {
		return
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := x.instance(t).Call(ctx, x.funcs["forever"], one, 1)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a function that never returns gave %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it was stopped after %v", took)
	}
	x.expect(t, x.instance(t), "add", "int", `[3]`, Column(t, "int", `[1]`), Column(t, "int", `[2]`))
}

// concurrent uses one program from several goroutines, each with an instance of its own.
func (x *exercise) concurrent(t *testing.T) {
	arg, want := Column(t, "string", `["abc", null]`), Column(t, "string", `["ABC", null]`)
	failures := make(chan error)
	const goroutines = 3
	for range goroutines {
		go func() {
			in, err := x.program.Instance(t.Context())
			if err != nil {
				failures <- err
				return
			}
			for range 10 {
				got, cerr := in.Call(t.Context(), x.funcs["shout"], []arrow.Array{arg}, 2)
				if cerr != nil || !array.Equal(got, want) {
					err = errors.Join(fmt.Errorf("gave %v", got), cerr)
				}
			}
			failures <- errors.Join(err, in.Close(context.Background()))
		}()
	}
	for range goroutines {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}
