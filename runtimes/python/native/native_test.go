package native_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
	"github.com/dreamql/dreamql/runtimes/runtimetest"
	"github.com/dreamql/dreamql/runtimes/sandbox"
)

func TestMain(m *testing.M) {
	nativetest.Main()
	os.Exit(m.Run())
}

func module(source string) udf.Module {
	sum := sha256.Sum256([]byte(source))
	return udf.Module{Kind: udf.Native, Digest: hex.EncodeToString(sum[:]), Code: []byte(source)}
}

func newRuntime(t testing.TB) *native.Runtime {
	t.Helper()
	r := native.New(native.Options{Host: nativetest.Host(t, sandbox.Limits{MemoryBytes: 1 << 30})})
	t.Cleanup(func() { r.Close(t.Context()) })
	return r
}

var source = sync.OnceValues(func() ([]byte, error) { return os.ReadFile(filepath.Join("testdata", "functions.py")) })

func TestConformance(t *testing.T) {
	t.Parallel()
	code, err := source()
	if err != nil {
		t.Fatal(err)
	}
	runtimetest.Exercise(t, runtimetest.Subject{Runtime: newRuntime(t), Module: module(string(code)), Interruptible: true,
		Environment: nativetest.Environment(t)})
}
