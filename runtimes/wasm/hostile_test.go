package wasm

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func function(t testing.TB, entry, result string, params ...string) *udf.Function {
	t.Helper()
	parse := func(s string) types.Type {
		typ, err := types.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return typ
	}
	f := &udf.Function{Package: "test/hostile", Version: "1.0.0", Name: entry, Entry: entry, Kind: udf.WASM, Shape: udf.Scalar, Result: parse(result)}
	for i, p := range params {
		f.Params = append(f.Params, types.Field{Name: string(rune('a' + i)), Type: parse(p)})
	}
	return f
}

func ints(vs ...int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(vs, nil)
	return b.NewArray()
}

func texts(vs ...string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(vs, nil)
	return b.NewArray()
}

// TestLies calls functions that return addresses outside their memory, or all of it, for every row.
func TestLies(t *testing.T) {
	t.Parallel()
	funcs := []*udf.Function{function(t, "far", "bytes", "int"), function(t, "long_text", "bytes", "int"), function(t, "everything", "bytes", "int")}
	p, err := open(t, Options{}).Load(t.Context(), testdata(t, "hostile.wasm"), funcs)
	if err != nil {
		t.Fatal(err)
	}
	many := ints(make([]int64, 5000)...)
	for i, want := range []string{"outside the module's memory", "outside the module's memory", "longer than 256 MiB"} {
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = in.Call(t.Context(), funcs[i], []arrow.Array{many}, many.Len())
		var failed *udf.CallError
		if !errors.As(err, &failed) || !strings.Contains(failed.Message, want) {
			t.Errorf("%s gave %v", funcs[i].Name, err)
		}
		in.Close(t.Context())
	}
}

// TestLyingAlloc has room for arguments refused after the first calls.
func TestLyingAlloc(t *testing.T) {
	t.Parallel()
	f := function(t, "text", "string", "string")
	p, err := open(t, Options{}).Load(t.Context(), testdata(t, "hostile.wasm"), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	arg := []arrow.Array{texts(strings.Repeat("x", 5<<20))}
	_, err = in.Call(t.Context(), f, arg, 1)
	var failed *udf.CallError
	if !errors.As(err, &failed) || !strings.Contains(failed.Message, "alloc") || len(failed.Args) > 200 {
		t.Errorf("got %v", err)
	}
}

// TestNarrowTypes passes int as i32 and float as f32.
func TestNarrowTypes(t *testing.T) {
	t.Parallel()
	f := function(t, "narrow", "float", "float", "int")
	p, err := open(t, Options{}).Load(t.Context(), testdata(t, "hostile.wasm"), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	fb := array.NewFloat64Builder(memory.DefaultAllocator)
	fb.AppendValues([]float64{1.5, 2}, nil)
	xs := fb.NewArray()
	out, err := in.Call(t.Context(), f, []arrow.Array{xs, ints(-2, 3)}, 2)
	if err != nil || out.(*array.Float64).Value(0) != -3 || out.(*array.Float64).Value(1) != 6 {
		t.Errorf("got %v, %v", out, err)
	}
	_, err = in.Call(t.Context(), f, []arrow.Array{xs, ints(1, 1<<31)}, 2)
	var failed *udf.CallError
	if !errors.As(err, &failed) || failed.Row != 1 || !strings.Contains(failed.Message, "32-bit") {
		t.Errorf("an int that does not fit gave %v", err)
	}
}

// Modules as bytes: sections after the eight bytes of the header.
func wasmOf(sections ...string) []byte {
	return []byte("\x00asm\x01\x00\x00\x00" + strings.Join(sections, ""))
}

const (
	typeVoid   = "\x01\x04\x01\x60\x00\x00" // one type, () -> ()
	oneFunc    = "\x03\x02\x01\x00"
	manyLocals = "\x0a\x0a\x01\x08\x01\x80\x80\x80\x20\x7f\x0b\x00" // 2^26 locals of i32
)

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	r := open(t, Options{MaxModule: 1 << 20})
	hostile := testdata(t, "hostile.wasm").Code
	add := function(t, "add", "int", "int", "int")
	for name, c := range map[string]struct {
		code []byte
		f    *udf.Function
		want string
	}{
		"empty":              {nil, add, "no WebAssembly module"},
		"text":               {[]byte("(module)   "), add, "no WebAssembly module"},
		"component":          {[]byte("\x00asm\x0d\x00\x01\x00"), add, "core module"},
		"cut off":            {hostile[:len(hostile)/2], add, "malformed"},
		"flipped":            {append(append([]byte{}, hostile[:20]...), []byte(strings.Repeat("\xff", 40))...), add, "malformed"},
		"too large":          {make([]byte, 2<<20), add, "at most 1048576"},
		"locals":             {wasmOf(typeVoid, oneFunc, manyLocals), add, "local variables"},
		"memory at start":    {wasmOf("\x05\x04\x01\x00\x80\x40"), add, "pages"},
		"large table":        {wasmOf("\x04\x07\x01\x70\x00\x80\x80\x80\x20"), add, "table"},
		"too many tables":    {wasmOf("\x04\x03\x80\x80\x04"), add, "65536 tables"},
		"undeclared import":  {wasmOf(typeVoid, "\x02\x0c\x01\x03env\x04open\x00\x00"), add, "env.open"},
		"imported memory":    {wasmOf("\x02\x0f\x01\x03env\x06memory\x02\x00\x01"), add, "not a function"},
		"unknown WASI call":  {wasmOf(typeVoid, "\x02\x20\x01\x16wasi_snapshot_preview1\x05spawn\x00\x00"), add, "spawn"},
		"missing function":   {hostile, add, `exports no function "add"`},
		"other signature":    {hostile, function(t, "far", "float", "float"), "(i64) -> (i64), but"},
		"too few parameters": {hostile, function(t, "far", "bytes", "int", "int"), "needs"},
		"unsupported type":   {hostile, function(t, "far", "bytes", "[int]"), "cannot take"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := r.Load(t.Context(), module(c.code), []*udf.Function{c.f})
			if err == nil {
				// An import that does not exist is found when the module is started.
				_, err = p.Instance(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestTableGrowth bounds a table that declares no maximum.
func TestTableGrowth(t *testing.T) {
	t.Parallel()
	out, err := inspect(wasmOf("\x04\x04\x01\x70\x00\x01"), 1<<20, 16)
	if err != nil || string(out) != string(wasmOf("\x04\x07\x01\x70\x01\x01\x80\x80\x04")) {
		t.Errorf("got %q, %v", out, err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(wasmOf(typeVoid, oneFunc, manyLocals))
	f.Add(testdata(f, "functions.wasm").Code)
	f.Fuzz(func(t *testing.T, code []byte) {
		if out, err := inspect(code, 1<<20, 1024); err == nil && len(out) < 8 {
			t.Errorf("%q became %q", code, out)
		}
	})
}
