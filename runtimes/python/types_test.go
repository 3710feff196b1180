package python

import (
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

// column builds a column of a DreamQL type from JSON.
var column = runtimetest.Column

// open loads one function and gives an instance.
func open(t testing.TB, source string, f *udf.Function) udf.Instance {
	t.Helper()
	p, err := sharedRuntime(t).Load(t.Context(), module(source), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(t.Context()) })
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(t.Context()) })
	return in
}

// TestTypes passes each type there and back, and has the function say of what class its argument was.
func TestTypes(t *testing.T) {
	t.Parallel()
	for typ, c := range map[string]struct{ class, values string }{
		"decimal<10,2>":                 {"Decimal", `["1.50", "-99999999.99", "0.00", null]`},
		"decimal<38,0>":                 {"Decimal", `["99999999999999999999999999999999999999", "-1"]`},
		"time":                          {"time", `["00:00:00", "23:59:59.999999", null]`},
		"duration":                      {"timedelta", `[{"months": 0, "days": 3, "nanoseconds": 1000}, {"months": 0, "days": -1, "nanoseconds": -2000}]`},
		"uuid":                          {"UUID", `["AAECAwQFBgcICQoLDA0ODw==", null]`},
		"[int]":                         {"list", `[[1, 2], [], [9223372036854775807], null]`},
		"[string?]":                     {"list", `[["a", null, "é€"], []]`},
		"[[float]]":                     {"list", `[[[1.5], []], [[2, 3]]]`},
		"{a: int, b: string}":           {"dict", `[{"a": 1, "b": "x"}, {"a": 2, "b": ""}, null]`},
		"{a: int?, b: [string]}?":       {"dict", `[{"a": null, "b": ["x"]}, {"a": 2, "b": []}]`},
		"[{n: int, d: date, ok: bool}]": {"list", `[[{"n": 1, "d": "2024-02-29", "ok": true}], []]`},
		"[timestamp]":                   {"list", `[["2024-02-29 12:00:00.000001Z"]]`},
	} {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			in := open(t, "import sys\ndef f(a):\n    assert type(a).__name__ == '"+c.class+"', type(a)\n    return a\n", function(t, typ, typ))
			arg := column(t, typ, c.values)
			out, err := in.Call(t.Context(), function(t, typ, typ), []arrow.Array{arg}, arg.Len())
			if err != nil {
				t.Fatal(err)
			}
			if !array.Equal(out, arg) {
				t.Errorf("%v came back as %v", arg, out)
			}
		})
	}
}

// TestNamedTuples are records by their names.
func TestNamedTuples(t *testing.T) {
	t.Parallel()
	f := function(t, "{x: int, y: string}", "int")
	out, err := open(t, "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: str\ndef f(a): return P(a, 'b')", f).
		Call(t.Context(), f, []arrow.Array{column(t, "int", "[1, 2]")}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := column(t, "{x: int, y: string}", `[{"x": 1, "y": "b"}, {"x": 2, "y": "b"}]`); !array.Equal(out, want) {
		t.Errorf("got %v", out)
	}
}

// TestResultsThatDoNotFit are refused with what is wrong.
func TestResultsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, result, want string }{
		"decimal too precise": {"from decimal import Decimal\ndef f(a): return Decimal('1.005')", "decimal<10,2>", "does not fit decimal<10,2>"},
		"decimal too large":   {"from decimal import Decimal\ndef f(a): return Decimal('1e30')", "decimal<10,2>", "does not fit"},
		"decimal NaN":         {"from decimal import Decimal\ndef f(a): return Decimal('nan')", "decimal<10,2>", "does not fit"},
		"float as decimal":    {"def f(a): return 1.5", "decimal<10,2>", "returned float"},
		"element":             {"def f(a): return [1, 'x']", "[int]", "returned str"},
		"no element":          {"def f(a): return [1, None]", "[int]", "returned NoneType"},
		"text as list":        {"def f(a): return 'abc'", "[string]", "returned str"},
		"missing field":       {"def f(a): return {'x': 1}", "{x: int, y: int}", "without y"},
		"other field":         {"def f(a): return {'x': 1, 'y': 2, 'z': 3}", "{x: int, y: int}", "with z"},
		"short tuple":         {"def f(a): return (1,)", "{x: int, y: int}", "tuple of 1"},
		"other named tuple":   {"from collections import namedtuple\nP = namedtuple('P', 'y x')\ndef f(a): return P(1, 2)", "{x: int, y: int}", "a P of y, x"},
		"short named tuple":   {"from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(a): return tuple.__new__(P, (1,))", "{x: int, y: int}", "tuple of 1"},
		"field type":          {"def f(a): return (1, '2')", "{x: int, y: int}", "returned str"},
		"time with a zone":    {"import datetime\ndef f(a): return datetime.time(1, tzinfo=datetime.timezone.utc)", "time", "time zone"},
		"timestamp as date":   {"import datetime\ndef f(a): return datetime.datetime(2024, 1, 1)", "date", "returned datetime"},
		"nested JSON":         {"def f(a): return ['{']", "[json]", "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := function(t, c.result, "int")
			_, err := open(t, c.source, f).Call(t.Context(), f, []arrow.Array{column(t, "int", "[1]")}, 1)
			var failed *udf.CallError
			want := strings.ReplaceAll(c.want, "NoneType", "None where")
			if !errors.As(err, &failed) || !strings.Contains(failed.Message, want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestMonthsCannotBeATimedelta refuses the argument rather than guess a length.
func TestMonthsCannotBeATimedelta(t *testing.T) {
	t.Parallel()
	f := function(t, "int", "duration")
	arg := column(t, "duration", `[{"months": 1, "days": 0, "nanoseconds": 0}]`)
	_, err := open(t, "def f(a): return a.days", f).Call(t.Context(), f, []arrow.Array{arg}, 1)
	if err == nil || !strings.Contains(err.Error(), "months") {
		t.Errorf("got %v", err)
	}
}

// TestRowErrors has every third row fail, in one way or another.
func TestRowErrors(t *testing.T) {
	t.Parallel()
	f := function(t, "int", "int")
	f.RowErrors = true
	in := open(t, "def f(a):\n    if a % 6 == 0:\n        raise ValueError(f'no {a}')\n    return 'x' if a % 3 == 0 else a * 2\n", f)
	b := array.NewInt64Builder(memory.DefaultAllocator)
	const n = 20_000 // more than one frame
	for i := range n {
		b.Append(int64(i))
	}
	out, err := in.Call(t.Context(), f, []arrow.Array{b.NewArray()}, n)
	var failed *udf.RowErrors
	if !errors.As(err, &failed) || len(failed.Failed) != (n+2)/3 {
		t.Fatalf("got %v", err)
	}
	for k, e := range failed.Failed {
		if e.Row != 3*k {
			t.Fatalf("failure %d is of row %d", k, e.Row)
		}
	}
	if e := failed.Failed[2]; e.Args != "a: 6" || !strings.Contains(e.Message, "ValueError: no 6") {
		t.Errorf("row 6 failed with %v", e)
	}
	if e := failed.Failed[1]; !strings.Contains(e.Message, "returned str") {
		t.Errorf("row 3 failed with %v", e)
	}
	for i := range n {
		if got := out.(*array.Int64).Value(i); i%3 != 0 && got != int64(2*i) {
			t.Fatalf("row %d gave %d", i, got)
		}
	}
}
