package python

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// function is an int → result function called f.
func function(t *testing.T, result string, params ...string) *udf.Function {
	t.Helper()
	f := &udf.Function{Package: "test/errors", Version: "1.0.0", Name: "f", Entry: "f", Kind: udf.Python, Shape: udf.Scalar}
	var err error
	if f.Result, err = types.Parse(result); err != nil {
		t.Fatal(err)
	}
	for i, p := range params {
		typ, err := types.Parse(p)
		if err != nil {
			t.Fatal(err)
		}
		f.Params = append(f.Params, types.Field{Name: string(rune('a' + i)), Type: typ})
	}
	return f
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	r := sharedRuntime(t)
	for name, c := range map[string]struct {
		source, result, want string
		params               []string
	}{
		"syntax":          {"def f(a:\n  return a", "int", "SyntaxError", []string{"int"}},
		"raises":          {"1 / 0", "int", "ZeroDivisionError", []string{"int"}},
		"exits":           {"import sys\nsys.exit(3)", "int", "SystemExit", []string{"int"}},
		"missing":         {"def g(a): return a", "int", "defines g", []string{"int"}},
		"no function":     {"f = 3", "int", "no function", []string{"int"}},
		"parameters":      {"def f(a, b): return a", "int", "takes 2 parameters", []string{"int"}},
		"annotation":      {"def f(a: str) -> int: return 1", "int", "parameter a is annotated str", []string{"int"}},
		"result":          {"def f(a) -> str: return ''", "int", "result is annotated str", []string{"int"}},
		"type":            {"def f(a): return a", "int", "cannot take", []string{"table<{a: int}>"}},
		"network":         {"import socket\nsocket.create_connection(('127.0.0.1', 80))", "int", "Error", []string{"int"}},
		"files":           {"open('/etc/passwd')", "int", "FileNotFoundError", []string{"int"}},
		"ends everything": {"import os\nos._exit(7)", "int", "exit code 7", []string{"int"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.Load(t.Context(), module(c.source), []*udf.Function{function(t, c.result, c.params...)})
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 5000 {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestCallErrors has rows 0 and 1 right and row 2 wrong.
func TestCallErrors(t *testing.T) {
	t.Parallel()
	r := sharedRuntime(t)
	for name, c := range map[string]struct {
		source, result, want string
		row                  int
	}{
		"exception":    {"def f(a):\n    return 10 // (3 - a)", "int", "line 2, in f", 2},
		"wrong type":   {"def f(a):\n    return 'x' if a == 3 else a", "int", "returned str", 2},
		"bool as int":  {"def f(a):\n    return a == 3 if a == 3 else a", "int", "returned bool", 2},
		"none":         {"def f(a):\n    return None if a == 3 else 1.0", "float", "not optional", 2},
		"too large":    {"def f(a):\n    return 2**63 if a == 3 else a", "int", "64 bits", 2},
		"huge float":   {"def f(a):\n    return 10**400 if a == 3 else 1.0", "float", "too large", 2},
		"naive time":   {"import datetime\ndef f(a):\n    return datetime.datetime(2024, 1, 1) if a == 3 else datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)", "timestamp", "time zone", 2},
		"exit":         {"import sys\ndef f(a):\n    return sys.exit('enough') if a == 3 else a", "int", "enough", 2},
		"json":         {"def f(a):\n    return '{' if a == 3 else '{}'", "json", "JSON", 2},
		"end":          {"import os\ndef f(a):\n    return os._exit(7) if a == 3 else a", "int", "exit code 7", -1},
		"forged reply": {"import os, struct\ndef f(a):\n    os.write(1, struct.pack('<I', 3) + b'\\0ab')\n    return a", "int", "malformed", -1},
		"long message": {"def f(a):\n    raise ValueError('x' * 100000)", "int", "x", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := function(t, c.result, "int")
			p, err := r.Load(t.Context(), module(c.source), []*udf.Function{f})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close(t.Context())
			in, err := p.Instance(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close(t.Context())
			b := array.NewInt64Builder(memory.DefaultAllocator)
			b.AppendValues([]int64{1, 2, 3, 4}, nil)
			_, err = in.Call(t.Context(), f, []arrow.Array{b.NewArray()}, 4)
			var failed *udf.CallError
			if !errors.As(err, &failed) || failed.Row != c.row || !strings.Contains(failed.Message, c.want) || len(failed.Message) > 4096 {
				t.Errorf("got %#v", err)
			}
		})
	}
}

// TestPrintIsHarmless prints to where replies go.
func TestPrintIsHarmless(t *testing.T) {
	t.Parallel()
	f := function(t, "string", "int")
	p, err := sharedRuntime(t).Load(t.Context(), module("print('loading')\ndef f(a):\n    print(a)\n    return f'{a:04}'"), []*udf.Function{f})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	in, err := p.Instance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(42)
	out, err := in.Call(t.Context(), f, []arrow.Array{b.NewArray()}, 1)
	if err != nil || out.(*array.String).Value(0) != "0042" {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestMissingInterpreter says what to install.
func TestMissingInterpreter(t *testing.T) {
	t.Parallel()
	r := New(Options{Path: filepath.Join(t.TempDir(), "python.wasm")})
	_, err := r.Load(t.Context(), module("import re\ndef f(a): return len(re.escape(str(a)))"), []*udf.Function{function(t, "int", "int")})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLocate(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	wasm := filepath.Join(dir, "node_modules", "@antonz", "python-wasi", "dist", "python.wasm")
	for _, d := range []string{deep, filepath.Dir(wasm)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(wasm, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(PathVariable, "")
	t.Chdir(deep)
	got, err := Locate()
	want, _ := filepath.EvalSymlinks(wasm)
	if resolved, _ := filepath.EvalSymlinks(got); err != nil || resolved != want {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv(PathVariable, filepath.Join(dir, "nothing"))
	if _, err := Locate(); err == nil || !strings.Contains(err.Error(), PathVariable) {
		t.Errorf("got %v", err)
	}
}
