package subset

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

func signed(name string, result types.Kind, params ...types.Kind) *udf.Function {
	f := &udf.Function{Package: "test/subset", Version: "1.0.0", Name: name, Entry: name, Kind: udf.Python, Shape: udf.Scalar, Result: types.Of(result)}
	for i, p := range params {
		f.Params = append(f.Params, types.Field{Name: string(rune('a' + i)), Type: types.Of(p)})
	}
	return f
}

func intFunction() *udf.Function { return signed("f", types.Int, types.Int) }

// TestOutsideTheSubset names the line and the reason of what is not compiled.
func TestOutsideTheSubset(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"":                                       "the source defines no function f",
		"x = 3\n":                                "the source defines no function f",
		"def f(a):\n    return a ** 0.5\n":       "line 2: ** with floats is not compiled, because its last digit may differ",
		"def f(a):\n    return [a]\n":            "line 2: a list is not compiled",
		"def f(a):\n    return {a: 1}\n":         "line 2: a dict is not compiled",
		"def f(a):\n    return [x for x in a]\n": "line 2: a list comprehension is not compiled",
		"def f(a):\n    b = 1\n\n    b = 'x'\n    return a\n":                                           "line 4: b is str here and was int before; a variable that changes its type is not compiled",
		"def f(a):\n    return 'x'\n":                                                                   "line 1: its result is str, but the signature says int",
		"def f(a):\n    return a / 2\n":                                                                 "line 1: its result is float, but the signature says int",
		"def f(a: float):\n    return 1\n":                                                              "line 1: the parameter a is annotated float, but the signature says int",
		"def f(a, b):\n    return a\n":                                                                  "line 1: f has more parameters than its signature",
		"def f():\n    return 1\n":                                                                      "line 1: f has fewer parameters than its signature",
		"def f(*a):\n    return 1\n":                                                                    "line 1: * among parameters is not compiled",
		"@g\ndef f(a):\n    return a\n":                                                                 "line 2: it has a decorator",
		"class f:\n    pass\n":                                                                          "line 1: a class is not compiled",
		"def f(a):\n    import os\n    return a\n":                                                      "line 2: import in a function is not compiled",
		"import os\ndef f(a):\n    return a\n":                                                          "line 1: the module os is imported",
		"import json\ndef f(a):\n    return len(json.dumps(a))\n":                                       "line 3: json is used: the module json is not compiled (line 1)",
		"import math\ndef f(a):\n    return math.sin(a)\n":                                              "line 3: math.sin is not compiled, because its last digit may differ",
		"def abs(a):\n    return 1.5\ndef f(a):\n    return abs(a)\n":                                   "line 3: its result is float, but the signature says int",
		"def f(a):\n    return unknown\n":                                                               "line 2: the name unknown is not compiled",
		"def f(a):\n    return sorted(a)\n":                                                             "line 2: the function sorted is not compiled",
		"def f(a):\n    return g(a)\ndef g(a):\n    with a:\n        pass\n":                            "line 4: with is not compiled",
		"def f(a):\n    try:\n        return a\n    except E:\n        pass\n":                          "line 2: try is not compiled",
		"def f(a):\n    x, y = a\n    return x\n":                                                       "line 2: taking apart anything but a tuple of as many values is not compiled",
		"def f(a):\n    global g\n    return a\n":                                                       "line 2: global may change what names mean",
		"def f(a):\n    break\n":                                                                        "line 2: break outside a loop",
		"def f(a):\n    return 010\n":                                                                   "line 2: a number begins with 0",
		"def f(a):\n    return a <> 1\n":                                                                "line 2: > is not expected here",
		"def f(a):\n    return a\ndef f(a):\n    return 1\n":                                            "line 3: f is bound in line 1 already",
		"def f(a):\n    return (lambda: a)()\n":                                                         "line 2: lambda is not compiled",
		"def f(a):\n    return a.real\n":                                                                "line 2: the attribute real is not compiled",
		"def f(a):\n    return 12345678901234567890\n":                                                  "line 2: an int of more than 64 bits is not compiled",
		"def f(a):\n    return " + strings.Repeat("(", 300) + "a" + strings.Repeat(")", 300) + "\n":     "line 2: brackets are nested too deeply",
		"def f(a):\n    return " + strings.Repeat("-", 300) + "a\n":                                     "line 2: the source is nested too deeply",
		"def g(a):\n    return sum('x' for v in 'ab')\ndef f(a):\n    return sum(g(a) for v in 'ab')\n": "line 2: sum of str is not compiled",
		"def f(ä):\n    return ä\n":                                                                     "line 1: ",
		"def f(a):\n\treturn a\n":                                                                       "line 2: a line begins with a tab; only spaces are compiled",
		"def f(a)\n    return a\n":                                                                      "line 1: the end of the statement where \":\" is expected",
		"def f(a):\n    return f'{a!r}'\n":                                                              "line 2: a conversion such as !r in an f-string is not compiled",
		"def f(a):\n    return len('x%s' % a)\n":                                                        "line 2: str % int is not compiled",
		"print('x')\ndef f(a):\n    return a\n":                                                         "line 1: the module does something when it is loaded: print",
		"def f(a):\n    return b'x'\n":                                                                  "line 2: a bytes literal is not compiled",
		"def f(a):\n    return a is 1\n":                                                                "line 2: is is compiled only with None",
		"def f(a):\n    return a + 'x'\n":                                                               "line 2: int + str is not compiled",
		"def f(a):\n    yield a\n":                                                                      "line 2: yield is not compiled",
		"def f(a):\n    x = 0\n    if a:\n        x = 1.5\n    return len(str(x))\n":                    "line 5: this call of str is not compiled",
		"D = {1: 2}\ndef f(a):\n    return D[a]\n":                                                      "line 3: D is used: the value of D is not compiled (line 1)",
		"def f(a):\n    return 'abc\n":                                                                  "line 2: a string is not closed",
		"def f(a):\n    return (a\n":                                                                    "line 3: a bracket is not closed",
		"def f(a):\n    return a \x00\n":                                                                "line 2: '\\x00' is no Python",
		"def f(a):\n  if a:\n      a\n    a\n":                                                          "line 4: the indentation fits no block",
		strings.Repeat("# a comment\n", 30000):                                                          "the source is longer than 256 KiB",
	} {
		f := intFunction()
		reason := check(source, []*udf.Function{f})[f.ID()]
		if reason == nil || !strings.HasPrefix(reason.Error(), want) {
			t.Errorf("got %v, not %s, of\n%.300s", reason, want, source)
		}
	}
}

// TestSomeOfAModule compiles the functions of a module that it can, whatever else is in it.
func TestSomeOfAModule(t *testing.T) {
	t.Parallel()
	source := `"""A module."""
from __future__ import annotations
import re, json
from datetime import date as day
WORDS = {"a": [1, 2]}

class Sum:
    def __init__(self): self.total = 0

@cached
def g(a): return lambda: {**a}

def h(a: list[int], *rest) -> dict:
    return {k: v async for k, v in a}

if __name__ == "__main__":
    print(f(1))

def f(a):
    return a + 1
`
	f, g, h := intFunction(), signed("g", types.Int, types.Int), signed("h", types.Int, types.Int)
	reasons := check(source, []*udf.Function{f, g, h})
	if len(reasons) != 2 || reasons[g.ID()].Error() != "line 11: it has a decorator" || reasons[h.ID()].Error() != "line 13: the annotation list is not compiled" {
		t.Errorf("got %v", reasons)
	}
}

func ten() arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(10)
	return b.NewArray()
}

// TestCancelled stops a loop that never ends, and goes on with the next call.
func TestCancelled(t *testing.T) {
	t.Parallel()
	e, err := NewEngine(t.Context(), Options{Interruptible: true})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	f := intFunction()
	p, reasons, err := e.Compile(t.Context(), "def f(a):\n    while a >= 10:\n        pass\n    return a\n", []*udf.Function{f})
	if err != nil || len(reasons) > 0 {
		t.Fatal(reasons, err)
	}
	in := p.Instance()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, _, err := in.Call(ctx, f, []arrow.Array{ten()}, 1, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	five := array.NewInt64Builder(memory.DefaultAllocator)
	five.Append(5)
	out, _, err := in.Call(t.Context(), f, []arrow.Array{five.NewArray()}, 1, nil)
	if err != nil || out.(*array.Int64).Value(0) != 5 {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestMemoryIsBounded has CPython decide rows that need too much.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	e, err := NewEngine(t.Context(), Options{MemoryBytes: 2 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	f := signed("f", types.String, types.String, types.Int)
	source := "def f(s, n):\n    t = ''\n    for i in range(n):\n        t = s + t\n    return t\n"
	p, reasons, err := e.Compile(t.Context(), source, []*udf.Function{f})
	if err != nil || len(reasons) > 0 {
		t.Fatal(reasons, err)
	}
	s, n := array.NewStringBuilder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
	s.AppendValues([]string{"ab", strings.Repeat("x", 3<<20), "abc", "é"}, nil)
	n.AppendValues([]int64{2, 1, 1 << 40, 3}, nil)
	var left []int
	out, declined, err := p.Instance().Call(t.Context(), f, []arrow.Array{s.NewArray(), n.NewArray()}, 4, func(rows []int) (arrow.Array, error) {
		left = rows
		b := array.NewStringBuilder(memory.DefaultAllocator)
		b.AppendValues([]string{"CPython", "CPython"}, nil)
		return b.NewArray(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := out.(*array.String)
	if declined != 2 || left[0] != 1 || left[1] != 2 || got.Value(0) != "abab" || got.Value(1) != "CPython" || got.Value(2) != "CPython" || got.Value(3) != "ééé" {
		t.Errorf("rows %v were declined, got %v", left, got)
	}
}

// TestFunctionsOfOneInstance has CPython decide one row, and not those where another function had its arguments before.
func TestFunctionsOfOneInstance(t *testing.T) {
	t.Parallel()
	e, err := NewEngine(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	first, second := signed("first", types.Int, types.Int, types.Int, types.Int), signed("second", types.Int, types.Int)
	p, reasons, err := e.Compile(t.Context(), "def first(a, b, c):\n    return a + b + c\ndef second(a):\n    return 12 // a\n", []*udf.Function{first, second})
	if err != nil || len(reasons) > 0 {
		t.Fatal(reasons, err)
	}
	numbers := array.NewInt64Builder(memory.DefaultAllocator)
	for range 100 {
		numbers.Append(-1)
	}
	all := numbers.NewArray()
	in := p.Instance()
	if _, declined, err := in.Call(t.Context(), first, []arrow.Array{all, all, all}, all.Len(), nil); err != nil || declined != 0 {
		t.Fatal(declined, err)
	}
	for range all.Len() - 1 {
		numbers.Append(3)
	}
	numbers.Append(0)
	out, declined, err := in.Call(t.Context(), second, []arrow.Array{numbers.NewArray()}, all.Len(), func(rows []int) (arrow.Array, error) {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		for range rows {
			b.Append(7)
		}
		return b.NewArray(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.(*array.Int64); declined != 1 || got.Value(0) != 4 || got.Value(99) != 7 {
		t.Errorf("%d rows were declined; the results are %v", declined, got)
	}
}

// check returns why functions are not compiled, by udf.Function.ID; nothing for those that are.
func check(source string, funcs []*udf.Function) map[string]*Reason {
	_, _, reasons := emitModule(source, funcs, 16, nil)
	return reasons
}

func FuzzCheck(f *testing.F) {
	f.Add("def f(a: int) -> int:\n    return a + 1\n")
	f.Add("def f(a):\n    for i in range(a, 3):\n        a -= i\n    return a\n")
	f.Add("def f(a):\n    s = f'{a:>5}|{\"x\" if a else None}'\n    return len(s[1:])\n")
	f.Add("import math\nX = (1, 'a')\nclass A:\n    pass\ndef f(a=3): return math.floor(a) in X\n")
	e, err := NewEngine(f.Context(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source string) {
		fn := intFunction()
		p, reasons, err := e.Compile(t.Context(), source, []*udf.Function{fn})
		if err != nil {
			t.Fatalf("%v of\n%s", err, source)
		}
		if p.Has(fn) != (reasons[fn.ID()] == nil) {
			t.Errorf("%v of\n%s", reasons, source)
		}
		p.Close(t.Context())
	})
}
