package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
)

func open(t testing.TB, opts Options) *Runtime {
	t.Helper()
	r := New(opts)
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

func module(code []byte) udf.Module {
	sum := sha256.Sum256(code)
	return udf.Module{Kind: udf.WASM, Digest: hex.EncodeToString(sum[:]), Code: code}
}

func testdata(t testing.TB, name string) udf.Module {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return module(code)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]Options{"fast": {}, "interruptible": {Interruptible: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite := testdata(t, "suite.wasm")
			runtimetest.Exercise(t, runtimetest.Subject{
				Runtime: open(t, opts), Module: testdata(t, "functions.wasm"), Interruptible: opts.Interruptible,
				Aggregates: suite, Tables: suite, RowErrors: suite, Adjust: stateBytes,
			})
		})
	}
}

// stateBytes says which states of testdata/suite.c are flat.
func stateBytes(f *udf.Function) {
	f.StateBytes = map[string]int{"total": 8, "careful": 8, "gaps": 8, "wmean": 16}[f.Name]
}
