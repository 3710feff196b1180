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
)

// TestImports calls functions that use what the host offers, and look for what it does not.
func TestImports(t *testing.T) {
	t.Parallel()
	logged := 0
	opts := Options{Log: func(string) { logged++ }}
	names := []string{"chatty", "aborting", "chance", "opening", "leaving"}
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
	for name, want := range map[string]string{"aborting": "aborted: oh! (a.t:7:9)", "leaving": "exit_code(5)"} {
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
