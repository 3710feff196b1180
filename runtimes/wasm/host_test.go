package wasm

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// TestImports calls functions that use what the host offers, and look for what it does not.
func TestImports(t *testing.T) {
	t.Parallel()
	logged := 0
	opts := Options{Log: func(string) { logged++ }}
	names := []string{"chatty", "aborting", "chance", "opening", "leaving", "dying"}
	fresh := func() func(name string, args ...int64) (arrow.Array, error) {
		byName := map[string]*udf.Function{}
		var funcs []*udf.Function
		for _, n := range names {
			byName[n] = function(t, n, "int", "int")
			if n == "chatty" {
				byName[n].Capabilities = []string{"log"}
			}
			funcs = append(funcs, byName[n])
		}
		p, err := open(t, opts).Load(t.Context(), testdata(t, "imports.wasm"), funcs)
		if err != nil {
			t.Fatal(err)
		}
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close(context.Background()) })
		return func(name string, args ...int64) (arrow.Array, error) {
			return in.Call(t.Context(), byName[name], []arrow.Array{ints(args...)}, len(args))
		}
	}
	call := fresh()
	if _, err := call("chatty", 1, 2); err != nil || logged != maxLogged {
		t.Errorf("logged %d messages, %v", logged, err)
	}
	for name, want := range map[string]string{"aborting": "aborted: oh! (a.t:7:9)", "leaving": "exit_code(5)", "dying": "\ufffd panic: oh dear"} {
		_, err := call(name, 1, 2)
		var failed *udf.CallError
		if !errors.As(err, &failed) || failed.Row != 1 || !strings.Contains(failed.Message, want) {
			t.Errorf("%s gave %v", name, err)
		}
		if out, err := call(name, 1); err != nil || out.(*array.Int64).Value(0) != 1 {
			t.Errorf("after it, %s gave %v, %v", name, out, err)
		}
	}
	if _, err := call("aborting", 3); err == nil || !strings.Contains(err.Error(), "aborted: ?") {
		t.Errorf("an abort with lying pointers gave %v", err)
	}
	var flood *udf.CallError
	if _, err := call("dying", 3); !errors.As(err, &flood) || len(flood.Message) > 4096 {
		t.Errorf("a flood of words gave %v", err)
	}
	if out, err := call("opening", 1); err != nil || out.(*array.Int64).Value(0) != 1 {
		t.Errorf("a file was opened: %v, %v", out, err)
	}
	first, err := call("chance", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := fresh()("chance", 1, 1); err != nil || !array.Equal(first, again) {
		t.Errorf("time or randomness leaked in: %v, then %v, %v", first, again, err)
	}
}

// TestCapabilities grants what a function declares, to that function alone.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	declares := func(name string, capabilities ...string) *udf.Function {
		f := function(t, name, "int", "int")
		f.Name += strings.Join(capabilities, "_")
		f.Capabilities = capabilities
		return f
	}
	plain, random, clock, chatty := declares("chance"), declares("chance", "random"), declares("chance", "clock"), declares("chatty")
	var logged []string
	p, err := open(t, Options{Log: func(m string) { logged = append(logged, m) }}).Load(t.Context(), testdata(t, "imports.wasm"),
		[]*udf.Function{plain, random, clock, chatty})
	if err != nil {
		t.Fatal(err)
	}
	call := func(f *udf.Function) (int64, error) {
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close(t.Context())
		in.(*instance).discard(t.Context()) // each call in a fresh one
		out, err := in.Call(t.Context(), f, []arrow.Array{ints(1)}, 1)
		if err != nil {
			return 0, err
		}
		return out.(*array.Int64).Value(0), nil
	}
	same := func(f *udf.Function) bool {
		a, err := call(f)
		b, again := call(f)
		if err != nil || again != nil {
			t.Errorf("%s: %v, %v", f.Name, err, again)
		}
		return a == b
	}
	if !same(plain) {
		t.Error("time or randomness leaked to a function that declares neither")
	}
	if same(random) {
		t.Error("there is no randomness")
	}
	if same(clock) {
		t.Error("the clock stands still")
	}
	if _, err := call(chatty); err == nil || !strings.Contains(err.Error(), `add capabilities = ["log"]`) || logged != nil {
		t.Errorf("a message that is not declared gave %v, %v", err, logged)
	}
}

// starting is a module that exports the function begin, with this body, a global that it may set to 7, and f, which gives that.
func starting(begin string, body func(c *assemble.Code, global, exit uint32)) []byte {
	m := &assemble.Module{}
	exit := m.Import("wasi_snapshot_preview1", "proc_exit", []assemble.Value{assemble.I32}, nil)
	global := m.Global(assemble.I64)
	c := m.Function(nil, nil)
	body(c, global, exit)
	m.Export(begin, c)
	f := m.Function([]assemble.Value{assemble.I64}, []assemble.Value{assemble.I64})
	f.GetGlobal(global)
	m.Export("f", f)
	return m.Bytes()
}

// TestStarts runs what a module wants to be run first, under either name.
func TestStarts(t *testing.T) {
	t.Parallel()
	f := function(t, "f", "int", "int")
	set := func(c *assemble.Code, global, _ uint32) {
		c.I64(7)
		c.SetGlobal(global)
	}
	leave := func(c *assemble.Code, _, exit uint32) {
		c.I32(0)
		c.Call(exit)
	}
	trap := func(c *assemble.Code, _, _ uint32) { c.Op(assemble.Unreachable) }
	for name, c := range map[string]struct {
		code []byte
		want string
	}{
		"reactor":         {starting("_initialize", set), ""},
		"command":         {starting("_start", set), ""},
		"program":         {starting("_start", leave), "build a library"},
		"trap":            {starting("_initialize", trap), "_initialize failed"},
		"other signature": {starting("main", set), "0"},
	} {
		p, err := open(t, Options{}).Load(t.Context(), module(c.code), []*udf.Function{f})
		if err != nil {
			t.Fatal(err)
		}
		in, err := p.Instance(t.Context())
		if len(c.want) > 1 {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s gave %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want := int64(7)
		if c.want == "0" {
			want = 0
		}
		if out, err := in.Call(t.Context(), f, []arrow.Array{ints(1)}, 1); err != nil || out.(*array.Int64).Value(0) != want {
			t.Errorf("%s gave %v, %v", name, out, err)
		}
		in.Close(t.Context())
	}
}

// TestCache compiles into a folder, from it, and without it where it is no folder or can no longer be written.
func TestCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	kept, gone := filepath.Join(dir, "kept"), filepath.Join(dir, "gone")
	f := function(t, "opening", "int", "int")
	for _, cache := range []string{kept, kept, file, gone} {
		r := open(t, Options{CacheDir: cache})
		if cache == gone {
			if err := os.RemoveAll(gone); err != nil {
				t.Fatal(err)
			}
		}
		p, err := r.Load(t.Context(), testdata(t, "imports.wasm"), []*udf.Function{f})
		if err != nil {
			t.Fatal(err)
		}
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Call(t.Context(), f, []arrow.Array{ints(1)}, 1); err != nil {
			t.Error(err)
		}
	}
	if files, err := filepath.Glob(filepath.Join(kept, "wazero-*", "*")); err != nil || len(files) != 2 {
		t.Errorf("the cache holds %v, %v", files, err)
	}
}
