package native_test

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

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

// column builds a column of a DreamQL type from JSON.
var column = runtimetest.Column

// source of one function, which all of these share an import of.
const imports = "import datetime\nimport numpy as np\nimport pyarrow as pa\nimport pyarrow.compute as pc\n\n"

// conversions are bodies of f(x), with the signature, the argument, and the result or, after "error: ", the failure.
var conversions = []struct{ body, signature, arg, want string }{
	// What arrives.
	{"def f(x): return [type(x).__name__ + ' ' + str(x.dtype)] * len(x)", "(x: float) => string", `[1]`, `["ndarray float64"]`},
	{"def f(x): return [type(x).__name__ + ' ' + str(x.dtype)] * len(x)", "(x: int) => string", `[1]`, `["ndarray int64"]`},
	{"def f(x): return [str(x.dtype)] * len(x)", "(x: bool) => string", `[true]`, `["bool"]`},
	{"def f(x): return [str(x.dtype)] * len(x)", "(x: date) => string", `["2024-02-29"]`, `["datetime64[D]"]`},
	{"def f(x): return [str(x.dtype)] * len(x)", "(x: timestamp) => string", `["2024-02-29 00:00:00Z"]`, `["datetime64[us]"]`},
	{"def f(x): return [str(x.type)] * len(x)", "(x: string) => string", `["a"]`, `["string"]`},
	{"def f(x): return [str(x.type)] * len(x)", "(x: float?) => string", `[1]`, `["double"]`},
	{"def f(x): return [str(x.type)] * len(x)", "(x: bool?) => string", `[true]`, `["bool"]`},
	{"def f(x): return [str(x.type)] * len(x)", "(x: date?) => string", `[null]`, `["date32[day]"]`},
	{"def f(x: np.ndarray): return [str(x.dtype) + x[0]] * len(x)", "(x: string) => string", `["ä"]`, `["objectä"]`},
	{"def f(x: np.ndarray): return [v[::-1] for v in x]", "(x: bytes) => bytes", `["AQI="]`, `["AgE="]`},
	{"def f(x: np.ma.MaskedArray): return [str(x.mask.tolist())] * len(x)", "(x: float?) => string", `[1, null]`, `["[False, True]", "[False, True]"]`},
	{"def f(x: np.ma.MaskedArray): return [str(x.mask.tolist())] * len(x)", "(x: int?) => string", `[1]`, `["[False]"]`},
	{"def f(x: pa.Array): return [str(x.type)] * len(x)", "(x: float) => string", `[1]`, `["double"]`},
	{"def f(x: 'np.typing.NDArray[np.float64]'): return x", "(x: float) => float", `[1]`, `[1]`},
	{"def f(x):\n    x *= 2\n    return x", "(x: float) => float", `[1.5]`, `[3]`},
	// What may be returned.
	{"def f(x): return x.astype(np.float32)", "(x: float) => float", `[0.5]`, `[0.5]`},
	{"def f(x): return x.astype(np.int8)", "(x: float) => float", `[2]`, `[2]`},
	{"def f(x): return x.astype(np.uint16)", "(x: float) => int", `[2]`, `[2]`},
	{"def f(x): return x[::-1]", "(x: int) => int", `[1, 2, 3]`, `[3, 2, 1]`},
	{"def f(x): return np.stack([x, x], axis=1)[:, 0]", "(x: float) => float", `[1, 2]`, `[1, 2]`},
	{"def f(x): return x > 1", "(x: float) => bool", `[1, 2, 3]`, `[false, true, true]`},
	{"def f(x): return np.array(['a', 'ß'])", "(x: float) => string", `[1, 2]`, `["a", "ß"]`},
	{"def f(x): return pa.chunked_array([['a'], ['b']])", "(x: float) => string", `[1, 2]`, `["a", "b"]`},
	{"def f(x): return pa.array(['a', 'b', 'a']).dictionary_encode()", "(x: float) => string", `[1, 2, 3]`, `["a", "b", "a"]`},
	{"def f(x): return pa.array(['zz', 'a', None, 'b'], pa.large_string())[1:]", "(x: float) => string?", `[1, 2, 3]`, `["a", null, "b"]`},
	{"def f(x): return pa.array([1, None], pa.int16())", "(x: float) => int?", `[1, 2]`, `[1, null]`},
	{"def f(x): return pa.array([1, None], pa.float32())", "(x: float) => float?", `[1, 2]`, `[1, null]`},
	{"def f(x): return pa.array([True, None])", "(x: float) => bool?", `[1, 2]`, `[true, null]`},
	{"def f(x): return pa.nulls(2)", "(x: float) => date?", `[1, 2]`, `[null, null]`},
	{"def f(x): return [1, None]", "(x: float) => int?", `[1, 2]`, `[1, null]`},
	{"def f(x): return [1.5, 2]", "(x: float) => float", `[1, 2]`, `[1.5, 2]`},
	{"def f(x): return [None, None]", "(x: float) => float?", `[1, 2]`, `[null, null]`},
	{"def f(x): return ['a', None]", "(x: float) => string?", `[1, 2]`, `["a", null]`},
	{"def f(x): return [b'\\0', None]", "(x: float) => bytes?", `[1, 2]`, `["AA==", null]`},
	{"def f(x): return [datetime.date(2024, 2, 29), None]", "(x: float) => date?", `[1, 2]`, `["2024-02-29", null]`},
	{"def f(x): return [datetime.datetime(2024, 2, 29, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))]", "(x: float) => timestamp", `[1]`, `["2024-02-29 00:00:00Z"]`},
	{"def f(x): return pa.array(x.to_pylist(), pa.timestamp('ms', 'UTC'))", "(x: timestamp?) => timestamp?", `["2024-02-29 00:00:00Z", null]`, `["2024-02-29 00:00:00Z", null]`},
	{"def f(x): return x.astype('datetime64[s]')", "(x: timestamp) => timestamp", `["1969-12-31 23:59:59Z"]`, `["1969-12-31 23:59:59Z"]`},
	{"def f(x): return x.astype('datetime64[M]').astype('datetime64[D]')", "(x: date) => date", `["2024-02-29"]`, `["2024-02-01"]`},
	{"def f(x): return np.array(['2024-02-29', 'NaT'], 'datetime64[D]')", "(x: float) => date?", `[1, 2]`, `["2024-02-29", null]`},
	{"def f(x): return ['{\"a\": 1}']", "(x: float) => json", `[1]`, `["{\"a\": 1}"]`},
	// NaN is a value, and not absent.
	{"def f(x): return np.where(x > 1, np.nan, x) != np.where(x > 1, np.nan, x)", "(x: float) => bool", `[1, 2]`, `[false, true]`},
	{"def f(x): return np.isnan(np.where(x > 1, np.nan, x))", "(x: float) => bool?", `[1, 2]`, `[false, true]`},
	{"def f(x): return pc.is_null(pa.array(np.where(x > 1, np.nan, x)))", "(x: float) => bool", `[1, 2]`, `[false, false]`},
	// What may not.
	{"def f(x): return 1.0", "(x: float) => float", `[1]`, `error: it returned float; a column function returns an array with a value for each row`},
	{"def f(x): return None", "(x: float) => float", `[1]`, `error: it returned NoneType`},
	{"def f(x): return x[:-1]", "(x: float) => float", `[1, 2]`, `error: it returned an array of shape (1,) for 2 rows`},
	{"def f(x): return x.reshape(-1, 1)", "(x: float) => float", `[1, 2]`, `error: it returned an array of shape (2, 1) for 2 rows; add .ravel()`},
	{"def f(x): return pa.array([1.0])", "(x: float) => float", `[1, 2]`, `error: it returned an array of 1 values for 2 rows`},
	{"def f(x): return [1]", "(x: float) => int", `[1, 2]`, `error: it returned an array of shape (1,) for 2 rows`},
	{"def f(x): return [[1], [2]]", "(x: float) => int", `[1, 2]`, `error: where each row has one value`},
	{"def f(x): return x", "(x: float) => int", `[1]`, `error: it returned an array of float64; the signature says int; add .astype(np.int64)`},
	{"def f(x): return x", "(x: float) => string", `[1]`, `error: it returned an array of float64; the signature says string`},
	{"def f(x): return x > 1", "(x: float) => float", `[1]`, `error: it returned an array of bool; the signature says float`},
	{"def f(x): return x * 1j", "(x: float) => float", `[1]`, `error: it returned an array of complex128`},
	{"def f(x): return np.full(len(x), 2**63, np.uint64)", "(x: float) => int", `[1]`, `error: an integer that does not fit 64 bits with a sign`},
	{"def f(x): return [1, 'a']", "(x: float) => string", `[1, 2]`, `error: it returned int; the signature says string`},
	{"def f(x): return ['a', None]", "(x: float) => string", `[1, 2]`, `error: it returned no value for a row; the signature says string`},
	{"def f(x): return ['\\ud800']", "(x: float) => string", `[1]`, `error: surrogates not allowed`},
	{"def f(x): return pa.array(['a', None])", "(x: float) => string", `[1, 2]`, `error: it returned no value for a row`},
	{"def f(x): return np.ma.masked_where(x > 1, x)", "(x: float) => float", `[1, 2]`, `error: it returned no value for a row`},
	{"def f(x): return pa.array([1.5])", "(x: float) => int", `[1]`, `error: it returned a pyarrow array of double; the signature says int`},
	{"def f(x): return pa.array([2**63], pa.uint64())", "(x: float) => int", `[1]`, `error: it returned uint64, which does not fit int`},
	{"def f(x): return np.array(['NaT'], 'datetime64[D]')", "(x: float) => date", `[1]`, `error: it returned no value for a row`},
	{"def f(x): return np.array(['2024-01-01T01'], 'datetime64[h]')", "(x: float) => date", `[1]`, `error: a time of day where the signature says date`},
	{"def f(x): return ['{']", "(x: float) => json", `[1]`, `error: the result is not valid JSON`},
	{"def f(x): return np.zeros(len(x), [('a', 'f8')])", "(x: float) => float", `[1]`, `error: it returned an array of [('a', '<f8')]`},
}

func TestConversions(t *testing.T) {
	t.Parallel()
	// One module, so that one process does for all.
	var code strings.Builder
	code.WriteString(imports)
	for i, c := range conversions {
		fmt.Fprintf(&code, "%s\n\n", strings.Replace(c.body, "def f(", fmt.Sprintf("def f%d(", i), 1))
	}
	m := module(code.String())
	var funcs []*udf.Function
	for i, c := range conversions {
		funcs = append(funcs, function(t, m, fmt.Sprint("f", i), c.signature))
	}
	p, err := newRuntime(t).Load(t.Context(), m, funcs)
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range conversions {
		arg := column(t, funcs[i].Params[0].Type.String(), c.arg)
		got, err := in.Call(t.Context(), funcs[i], []arrow.Array{arg}, arg.Len())
		if message, ok := strings.CutPrefix(c.want, "error: "); ok {
			var failed *udf.CallError
			if !errors.As(err, &failed) || !strings.Contains(failed.Message, message) {
				t.Errorf("%s gave %v, %v, not %s", c.body, got, err, message)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
			continue
		}
		if want := column(t, funcs[i].Result.String(), c.want); !array.Equal(got, want) {
			t.Errorf("%s gave %v, not %v", c.body, got, want)
		}
	}
}

// TestLoadErrors are mistakes that show before the first call.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	r := newRuntime(t)
	for _, c := range []struct{ source, signature, want string }{
		{"def f(x: float): return x", "(x: float) => float", "its parameter x is annotated float, but a whole column comes"},
		{"import numpy as np\ndef f(x: np.ndarray): return x", "(x: float?) => float", "its parameter x may be absent, which np.ndarray cannot say"},
		{"def f(x, y): return x", "(x: float) => float", "f takes 2 parameters, but its signature has 1"},
		{"def g(x): return x", "(x: float) => float", "the source defines no function 'f'; it defines g"},
		{"def f(x) return x", "(x: float) => float", "SyntaxError"},
		{"import nothing_like_it", "(x: float) => float", "No module named 'nothing_like_it'"},
		{"import dreamql\nMODEL = dreamql.read('m.onnx')", "(x: float) => float", "the package's files are none; there is no 'm.onnx' among them"},
		{"raise ValueError('at once')", "(x: float) => float", "at once"},
		{"def f(): return 1", "() => float", "takes at least one column"},
		{"def f(x): return x", "(x: [float]) => float", "parameter x has type [float], which column functions cannot take"},
		{"def f(x): return x", "(x: float) => {a: int}", "the result has type {a: int}"},
		{"def f(x): return x\n\xff", "(x: float) => float", "the module is not Python source in UTF-8"},
		{"import time\nwhile True: pass", "(x: float) => float", "deadline"},
	} {
		m := module(c.source)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		if c.want == "deadline" {
			ctx, cancel = context.WithTimeout(ctx, 2*time.Second)
		}
		_, err := r.Load(ctx, m, []*udf.Function{function(t, m, "f", c.signature)})
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "test/native@1.0.0.f") {
			t.Errorf("%q gave %v, not %s", c.source, err, c.want)
		}
	}
	m := module("def f(x): return x")
	f := function(t, m, "f", "(x: float) => float")
	f.Shape = udf.Aggregate
	if _, err := r.Load(t.Context(), m, []*udf.Function{f}); err == nil || !strings.Contains(err.Error(), "it as kind python") {
		t.Errorf("an aggregate gave %v", err)
	}
	f.Shape, f.Environment = udf.Scalar, strings.Repeat("0", 64)
	if _, err := r.Load(t.Context(), m, []*udf.Function{f}); err == nil || !strings.Contains(err.Error(), "dreamql environment create requirements.lock") {
		t.Errorf("another environment gave %v", err)
	}
}

// TestRowErrors has a function that says that its failures concern single rows.
func TestRowErrors(t *testing.T) {
	t.Parallel()
	m := module("import numpy as np\n\ndef f(x):\n    if (x < 0).any():\n        raise ValueError('negative')\n    return np.sqrt(x)\n\ndef g(x):\n    import os\n    if (x < 0).any():\n        os.abort()\n    return x\n")
	r := newRuntime(t)
	for _, name := range []string{"f", "g"} {
		f := function(t, m, name, "(x: float) => float")
		f.RowErrors = true
		out, err := run(t.Context(), t, r, m, f, column(t, "float", `[4, -1, 9, null, 16, -2]`))
		var rows *udf.RowErrors
		if !errors.As(err, &rows) || len(rows.Failed) != 2 || rows.Failed[0].Row != 1 || rows.Failed[1].Row != 5 || rows.Failed[1].Args != "x: -2" {
			t.Fatalf("%s gave %v", name, err)
		}
		want := map[string]string{"f": "[2 (null) 3 (null) 4 (null)]", "g": "[4 (null) 9 (null) 16 (null)]"}[name]
		if fmt.Sprint(out) != want {
			t.Errorf("%s gave %v, not %s", name, out, want)
		}
	}
}

// TestLargeTexts do not fit the shared memory at once.
func TestLargeTexts(t *testing.T) {
	t.Parallel()
	m := module("def f(x): return [v.as_py() * 2 for v in x]\n\ndef g(x): return ['x' * (40 << 20)] * len(x)\n")
	b := array.NewStringBuilder(memory.DefaultAllocator)
	const rows, size = 10, 5 << 20
	for i := range rows {
		b.Append(strings.Repeat(fmt.Sprint(i), size))
	}
	texts := b.NewArray()
	r := newRuntime(t)
	out, err := run(t.Context(), t, r, m, function(t, m, "f", "(x: string) => string"), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if got := out.(*array.String).Value(i); len(got) != 2*size || got[0] != '0'+byte(i) || got[2*size-1] != '0'+byte(i) {
			t.Errorf("row %d has %d bytes", i, len(got))
		}
	}
	var failed *udf.CallError
	if _, err := run(t.Context(), t, r, m, function(t, m, "g", "(x: float) => string"), floats(1, 2)); !errors.As(err, &failed) || failed.Row != 0 ||
		!strings.Contains(failed.Message, "more than 32 MiB") {
		t.Errorf("got %v", err)
	}
}
