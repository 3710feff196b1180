package python

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

// cacheDir outlives the test run: compiling CPython takes longer than all tests.
var cacheDir = func() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "dreamql", "test")
}()

// located skips where the interpreter is not installed, which make test sees to.
func located(t testing.TB) string {
	t.Helper()
	path, err := Locate()
	if err != nil {
		t.Skip(err)
	}
	return path
}

// Tests share one runtime, because each compiles CPython again or at least reads it from the cache.
var shared = sync.OnceValues(func() (*Runtime, error) {
	r := New(Options{CacheDir: cacheDir, Stock: 1, MemoryBytes: 96 << 20})
	return r, r.Prewarm(context.Background())
})

func sharedRuntime(t testing.TB) *Runtime {
	t.Helper()
	located(t)
	r, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func module(source string) udf.Module {
	sum := sha256.Sum256([]byte(source))
	return udf.Module{Kind: udf.Python, Digest: hex.EncodeToString(sum[:]), Code: []byte(source)}
}

func testdata(t testing.TB) udf.Module {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "functions.py"))
	if err != nil {
		t.Fatal(err)
	}
	return module(string(source))
}

func TestConformance(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("testdata", "shapes.py"))
	if err != nil {
		t.Fatal(err)
	}
	shapes := module(string(source))
	runtimetest.Exercise(t, runtimetest.Subject{Runtime: sharedRuntime(t), Module: testdata(t), Aggregates: shapes, Tables: shapes, RowErrors: shapes})
}
