package python

import (
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
	"github.com/dreamql/dreamql/runtimes/python/atonce"
)

// scribbler makes random functions of text, lists and numbers.
type scribbler struct {
	*rand.Rand
	vars map[string][]string // by type
}

func (w *scribbler) pick(from ...string) string { return from[w.IntN(len(from))] }

func (w *scribbler) expression(typ string, depth int) string {
	sub := func(t string) string { return w.expression(t, depth-1) }
	if depth <= 0 || w.IntN(6) == 0 {
		if vs := w.vars[typ]; len(vs) > 0 && w.IntN(4) > 0 {
			return vs[w.IntN(len(vs))]
		}
		switch typ {
		case "int":
			return w.pick("0", "1", "2", "-1", "7", "10", "K")
		case "float":
			return w.pick("0.0", "1.5", "-2.25", "1e10", "0.1")
		case "bool":
			return w.pick("True", "False")
		case "str":
			return w.pick("''", "'a'", "' b '", "'a,b'", "\"it's\"", "SEP")
		case "[int]":
			return w.pick("[1, 2, 3]", "[0]", "[3, -1, 3]")
		}
		return w.pick("['a', 'b']", "['']", "[' ', 'a,b', '']")
	}
	if w.IntN(10) == 0 {
		return "(" + sub(typ) + " if " + sub("bool") + " else " + sub(typ) + ")"
	}
	switch typ {
	case "int":
		return w.pick("("+sub("int")+" + "+sub("int")+")", "("+sub("int")+" - "+sub("int")+")", "-"+sub("int"), "len("+sub("str")+")",
			"len("+sub("[str]")+")", "abs("+sub("int")+")", "min("+sub("int")+", "+sub("int")+")", "max("+sub("int")+", "+sub("int")+")",
			"sum("+sub("[int]")+")", sub("str")+".find("+sub("str")+")", sub("[int]")+"["+sub("int")+"]")
	case "float":
		return w.pick("("+sub("float")+w.pick(" + ", " - ", " * ", " / ")+sub("float")+")", "("+sub("float")+w.pick(" + ", " * ")+sub("int")+")",
			"("+sub("int")+w.pick(" - ", " / ")+sub("float")+")", "-"+sub("float"), "abs("+sub("float")+")")
	case "bool":
		op := w.pick(" == ", " != ", " < ", " <= ", " > ", " >= ")
		return w.pick("("+sub("int")+op+sub("int")+")", "("+sub("float")+op+sub("float")+")", "("+sub("str")+op+sub("str")+")",
			"(not "+sub(w.pick("bool", "int", "str", "[int]"))+")", "("+sub("bool")+w.pick(" and ", " or ")+sub("bool")+")",
			"("+sub("str")+w.pick(" in ", " not in ")+sub(w.pick("str", "[str]"))+")", "("+sub("int")+w.pick(" in ", " not in ")+sub("[int]")+")",
			sub("str")+w.pick(".startswith(", ".endswith(")+sub("str")+")")
	case "str":
		return w.pick("("+sub("str")+" + "+sub("str")+")", sub("str")+".strip()", sub("str")+".replace('a', 'xy')", sub("str")+"["+sub("int")+"]",
			sub("str")+"["+sub("int")+":"+sub("int")+"]", sub("str")+"[:"+sub("int")+"]", sub("str")+"["+sub("int")+":]", "str("+sub("int")+")",
			sub("[str]")+"["+sub("int")+"]")
	case "[int]":
		return w.pick("("+sub("[int]")+" + "+sub("[int]")+")", "sorted("+sub("[int]")+")", sub("[int]")+"["+sub("int")+":"+sub("int")+"]",
			"["+sub("int")+", "+sub("int")+"]")
	}
	return w.pick("("+sub("[str]")+" + "+sub("[str]")+")", "sorted("+sub("[str]")+")", sub("str")+".split()", sub("str")+".split(',')",
		sub("[str]")+"["+sub("int")+":]", "["+sub("str")+"]")
}

func (w *scribbler) def(name, result string, params []string) string {
	var b strings.Builder
	w.vars = map[string][]string{}
	var names []string
	for i, p := range params {
		n := fmt.Sprintf("p%d", i)
		names = append(names, n)
		w.vars[p] = append(w.vars[p], n)
	}
	fmt.Fprintf(&b, "def %s(%s):\n", name, strings.Join(names, ", "))
	typ := w.pick("int", "str", "float", "bool", "[int]", "[str]")
	fmt.Fprintf(&b, "    v = %s\n", w.expression(typ, 3))
	w.vars[typ] = append(w.vars[typ], "v")
	switch w.IntN(5) {
	case 0:
		fmt.Fprintf(&b, "    for c in %s:\n        if c == 'a':\n            %s\n        out.append(c + %s)\n", w.expression(w.pick("str", "[str]"), 2),
			w.pick("continue", "break"), w.expression("str", 1))
		s := strings.Replace(b.String(), "    for c", "    out = []\n    for c", 1)
		b.Reset()
		b.WriteString(s)
		w.vars["[str]"] = append(w.vars["[str]"], "out")
	case 1:
		fmt.Fprintf(&b, "    n = 0\n    for i in range(%s):\n        n += %s + i\n", w.pick("len(p0)", "5", "-1", "2, 9"), w.expression("int", 1))
		w.vars["int"] = append(w.vars["int"], "n")
	case 2:
		fmt.Fprintf(&b, "    n = 0\n    while n < %s:\n        n += 1\n        if %s:\n            return %s\n", w.pick("3", "K", "len(p0)"),
			w.expression("bool", 2), w.expression(result, 2))
		w.vars["int"] = append(w.vars["int"], "n")
	case 3:
		fmt.Fprintf(&b, "    if %s:\n        return %s\n    else:\n        v = %s\n", w.expression("bool", 2), w.expression(result, 2), w.expression(typ, 2))
	}
	fmt.Fprintf(&b, "    return %s\n", w.expression(result, 3))
	return b.String()
}

func (w *scribbler) argument(typ string, n int) arrow.Array {
	switch typ {
	case "int":
		b := array.NewInt64Builder(memory.DefaultAllocator)
		for range n {
			b.Append([]int64{0, 1, -1, 5, 1 << 61, -(1 << 61), 1 << 62, w.Int64()}[w.IntN(8)])
		}
		return b.NewArray()
	case "float":
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		for range n {
			b.Append([]float64{0, -0.5, 1e300, w.NormFloat64()}[w.IntN(4)])
		}
		return b.NewArray()
	case "[int]":
		b := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Int64)
		for range n {
			b.Append(true)
			for range w.IntN(5) {
				b.ValueBuilder().(*array.Int64Builder).Append(int64(w.IntN(7) - 3))
			}
		}
		return b.NewArray()
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for range n {
		b.Append(w.pick("", "a", "abc", " a b ", "a,b,,c", "\ta\n", "hello, world", "a\x1fb", "é", "A\x00"))
	}
	return b.NewArray()
}

// TestAtOnceIsCPython compares random functions, a row at a time, where gpython takes them and does not decline.
func TestAtOnceIsCPython(t *testing.T) {
	t.Parallel()
	w := &scribbler{Rand: rand.New(rand.NewPCG(7, 11))}
	const functions, rows = 150, 12
	source := "K = 4\nSEP = ','\n"
	var funcs []*udf.Function
	for i := range functions {
		result, params := w.pick("int", "str", "float", "bool", "[int]", "[str]"), []string{"string", w.pick("int", "float", "[int]", "string")}
		w.vars = nil
		name := fmt.Sprintf("f%d", i)
		spelt := func(s string) string { return strings.ReplaceAll(s, "string", "str") }
		source += w.def(name, result, []string{spelt(params[0]), spelt(params[1])})
		f := function(t, strings.ReplaceAll(result, "str", "string"), params...)
		f.Name, f.Entry = name, name
		funcs = append(funcs, f)
	}
	taken, refused := atonce.Compile(source, funcs)
	if len(taken) < functions*9/10 {
		t.Fatalf("only %d of %d are taken: %v", len(taken), functions, refused)
	}
	r := New(Options{CacheDir: cacheDir, InterpreterOnly: true})
	t.Cleanup(func() { r.Close(t.Context()) })
	p, err := r.Load(t.Context(), module(source), funcs)
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	compared, declined := 0, 0
	for _, f := range funcs {
		fn := taken[f.ID()]
		if fn == nil {
			continue
		}
		runner, err := fn.Runner()
		if err != nil {
			t.Fatalf("%s cannot be loaded", f.Name)
		}
		args := []arrow.Array{w.argument(f.Params[0].Type.String(), rows), w.argument(f.Params[1].Type.String(), rows)}
		for row := range rows {
			one := []arrow.Array{array.NewSlice(args[0], int64(row), int64(row)+1), array.NewSlice(args[1], int64(row), int64(row)+1)}
			got, err := runner.Call(t.Context(), f, one, 1)
			if errors.Is(err, atonce.ErrDecline) {
				declined++
				continue
			}
			want, werr := in.Call(t.Context(), f, one, 1)
			if err != nil || werr != nil || !array.ApproxEqual(got, want, array.WithAbsTolerance(0), array.WithNaNsEqual(true)) {
				t.Errorf("%s(%s, %s) gave %v, %v; CPython: %v, %v", f.Name, one[0].ValueStr(0), one[1].ValueStr(0), got, err, want, werr)
				at := strings.Index(source, "def "+f.Name+"(")
				t.Log(source[at:min(len(source), at+600)])
			}
			compared++
		}
	}
	if compared < functions*rows/3 {
		t.Errorf("only %d rows were compared, %d declined", compared, declined)
	}
}

// TestAtOnceRefuses what could differ, or never end.
func TestAtOnceRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"import os\ndef f(a): return a":                                                 "imports os",
		"def f(a):\n    return f(a)":                                                    "calls itself",
		"def g(a):\n    return f(a)\ndef f(a):\n    return g(a)":                        "calls itself",
		"def f(a):\n    return a % 3":                                                   "arithmetic",
		"def f(a):\n    return a * 3":                                                   "arithmetic",
		"def f(a):\n    return {1: a}[1]":                                               "Dict",
		"def f(a):\n    return [x for x in [a]][0]":                                     "ListComp",
		"def f(a):\n    return eval('a')":                                               "uses eval",
		"def f(a):\n    return ().__class__":                                            "has __",
		"def f(a):\n    xs = [1]\n    for x in xs:\n        xs.append(x)\n    return a": "what it iterates over",
		"len = 3\ndef f(a):\n    return len([a])":                                       "calls len",
		"def f(a):\n    return f'{a}'":                                                  "cannot read",
		"def f(a):\n    x = 1\n    x = 'a'\n    return a":                               "several types",
		"def f(a: str):\n    return a":                                                  "annotation",
		"@print\ndef f(a):\n    return a":                                               "decorated",
		"def f(a, b):\n    return a":                                                    "other parameters",
		"print(1)\ndef f(a):\n    return a":                                             "at the top",
		"def f(a):\n    global x\n    return a":                                         "global",
	} {
		f := function(t, "int", "int")
		if taken, refused := atonce.Compile(body, []*udf.Function{f}); len(taken) > 0 || !strings.Contains(refused[f.ID()], want) {
			t.Errorf("%s\n: %v, not %s", body, refused, want)
		}
	}
}

// TestAtOnceEnds declines loops, calls and texts without end.
func TestAtOnceEnds(t *testing.T) {
	t.Parallel()
	var calls strings.Builder
	calls.WriteString("def g0(a):\n    return a\n")
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&calls, "def g%d(a):\n    return g%d(a) + g%d(a)\n", i, i-1, i-1)
	}
	for name, source := range map[string]string{
		"while": "def f(a):\n    while a != a + 1:\n        a = a + 0\n    return a\n",
		"range": "def f(a):\n    n = 0\n    for i in range(a + 100000000000):\n        n += 1\n    return n\n",
		"calls": calls.String() + "def f(a):\n    return g40(a)\n",
		"text":  "def f(a):\n    s = 'x'\n    for i in range(1000):\n        s = s + s\n    return len(s)\n",
		"list":  "def f(a):\n    s = [1]\n    for i in range(1000):\n        s = s + s\n    return len(s)\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := function(t, "int", "int")
			taken, refused := atonce.Compile(source, []*udf.Function{f})
			if len(taken) == 0 {
				t.Fatal(refused)
			}
			runner, err := taken[f.ID()].Runner()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := runner.Call(t.Context(), f, []arrow.Array{column(t, "int", "[1]")}, 1); !errors.Is(err, atonce.ErrDecline) {
				t.Errorf("got %v", err)
			}
		})
	}
}

const initials = "import re\n\ndef f(text: str) -> list[str]:\n    \"\"\"The first letters.\"\"\"\n    out = []\n    for w in text.split():\n        out.append(w[0])\n    return out\n"

// TestFirstRowsAreAtOnce has gpython give rows while CPython is held up, and CPython take over.
func TestFirstRowsAreAtOnce(t *testing.T) {
	t.Parallel()
	located(t)
	f := function(t, "[string]", "string")
	r := New(Options{CacheDir: cacheDir})
	t.Cleanup(func() { r.Close(t.Context()) })
	r.compiling.Lock() // CPython does not get on
	p, err := r.Load(t.Context(), module(initials), []*udf.Function{f})
	if err != nil {
		r.compiling.Unlock()
		t.Fatal(err)
	}
	in, err := p.Instance(t.Context())
	if err != nil {
		r.compiling.Unlock()
		t.Fatal(err)
	}
	arg, want := column(t, "string", `["ab cd", null, ""]`), column(t, "[string]", `[["a", "c"], null, []]`)
	got, err := in.Call(t.Context(), f, []arrow.Array{arg}, 3)
	tier := p.Tier(f)
	r.compiling.Unlock()
	if err != nil || !array.Equal(got, want) || tier != "gpython" {
		t.Fatalf("%v, %v by %s", got, err, tier)
	}
	// What gpython declines waits for CPython, which keeps the function from then on.
	other, err := in.Call(t.Context(), f, []arrow.Array{column(t, "string", `["ä b"]`)}, 1)
	if err != nil || !array.Equal(other, column(t, "[string]", `[["ä", "b"]]`)) || p.Tier(f) != "cpython-wasi" {
		t.Errorf("%v, %v by %s", other, err, p.Tier(f))
	}
	if got, err = in.Call(t.Context(), f, []arrow.Array{arg}, 3); err != nil || !array.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if made := p.Made(); made.Queue == 0 || made.PeakBytes == 0 || made.Compile == 0 {
		t.Errorf("made is %+v", made)
	}
	if err := errors.Join(in.Close(t.Context()), p.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

func BenchmarkFirstRowAtOnce(b *testing.B) {
	located(b)
	text, _ := types.Parse("string")
	list, _ := types.Parse("[string]")
	f := &udf.Function{Package: "test/early", Version: "1.0.0", Name: "f", Kind: udf.Python, Params: []types.Field{{Name: "text", Type: text}}, Result: list}
	for b.Loop() {
		taken, _ := atonce.Compile(initials, []*udf.Function{f})
		runner, err := taken[f.ID()].Runner()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := runner.Call(b.Context(), f, []arrow.Array{column(b, "string", `["ab cd"]`)}, 1); err != nil {
			b.Fatal(err)
		}
	}
}
