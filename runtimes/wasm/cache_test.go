package wasm

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/udf"
)

// TestWarm fills a folder ahead, from which another runtime compiles nothing; what is damaged there, or of another kind, is
// compiled again, and a folder that others may write to is not used.
func TestWarm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m, f, args := geo(t)
	funcs := []*udf.Function{f}
	made, err := open(t, Options{CacheDir: dir}).Warm(t.Context(), m, funcs)
	if err != nil || made.CacheHit || made.Compile <= 0 {
		t.Fatalf("warming gave %+v, %v", made, err)
	}
	if made, err = open(t, Options{CacheDir: dir}).Warm(t.Context(), m, funcs); err != nil || !made.CacheHit {
		t.Errorf("warming again gave %+v, %v", made, err)
	}
	entries, err := filepath.Glob(filepath.Join(dir, "wazero-*-"+runtime.GOARCH+"-"+runtime.GOOS, "*"))
	if err != nil || len(entries) != 2 { // the module and its driver
		t.Fatalf("the cache holds %v, %v", entries, err)
	}
	result := func(opts Options, hit bool) *array.Float64 {
		t.Helper()
		p, err := open(t, opts).Load(t.Context(), m, funcs)
		if err != nil {
			t.Fatal(err)
		}
		if made := p.Made(); made.CacheHit != hit {
			t.Errorf("loading with %+v gave %+v", opts, made)
		}
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out, err := in.Call(t.Context(), f, args, args[0].Len())
		if err != nil {
			t.Fatal(err)
		}
		return out.(*array.Float64)
	}
	want := result(Options{CompileFirst: true}, false)
	if got := result(Options{CacheDir: dir}, true); !array.Equal(want, got) {
		t.Error("code from the cache gives other results")
	}
	if got := result(Options{CacheDir: dir, Interruptible: true, CompileFirst: true}, false); !array.Equal(want, got) {
		t.Error("code that can be interrupted gives other results")
	}
	for _, damage := range []func(b []byte) []byte{
		func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b },
		func(b []byte) []byte { return b[:len(b)/3] },
		func(b []byte) []byte { return []byte("something else") },
		func(b []byte) []byte { return nil },
	} {
		for _, e := range entries {
			b, err := os.ReadFile(e)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(e, damage(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p, err := open(t, Options{CacheDir: dir}).Load(t.Context(), m, funcs)
		if err != nil {
			t.Fatalf("with a damaged cache: %v", err)
		}
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := in.Call(t.Context(), f, args, args[0].Len()); err != nil || !array.Equal(want, got) {
			t.Errorf("with a damaged cache: %v", err)
		}
	}
	if runtime.GOOS == "linux" {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, Options{CacheDir: dir}).Warm(t.Context(), m, funcs); err == nil || !strings.Contains(err.Error(), "others may write") {
			t.Errorf("a folder that everybody may write to is used: %v", err)
		}
	}
}
