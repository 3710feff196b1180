// Package nativetest gives tests an environment for native Python: NumPy, pyarrow, scikit-learn and ONNX Runtime, created once on a
// machine from a lock (requirements.lock beside this file) and used by every test run after that. Nothing but tests may import it.
//
// A test binary whose tests start interpreters calls Main first in its TestMain.
package nativetest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/sandbox"
)

// Requirements is the lock.
//
//go:embed requirements.lock
var Requirements []byte

const argument = "native-python"

// Main makes a test binary a sandboxed interpreter when Host has started it as one.
func Main() {
	if len(os.Args) < 2 || os.Args[1] != argument {
		return
	}
	policy, err := sandbox.FromEnvironment()
	if err == nil {
		err = sandbox.Exec(policy)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Folder is where the environment lies: open to other users, because functions run as those.
func Folder() string {
	if os.Geteuid() == 0 {
		return "/var/lib/dreamql/test-environments"
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "dreamql", "test-environments")
}

// Environment returns the digest of the environment, which it creates in Folder where it is missing: a download of about 100 MB.
func Environment(t testing.TB) (digest string) {
	t.Helper()
	digest, err := environment()
	if err != nil {
		t.Fatalf("the environment for tests of native Python: %v", err)
	}
	return digest
}

var environment = sync.OnceValues(func() (string, error) {
	lock, err := udf.ParseLock(Requirements)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(Folder(), 0o755); err != nil {
		return "", err
	}
	// Tests of several packages run at the same time.
	guard, err := os.OpenFile(filepath.Join(Folder(), "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer guard.Close()
	if err := unix.Flock(int(guard.Fd()), unix.LOCK_EX); err != nil {
		return "", err
	}
	_, err = native.Create(context.Background(), native.CreateConfig{Folder: Folder(), Lock: lock, Again: true, Log: os.Stderr})
	return lock.Digest, err
})

// Host starts interpreters of the environment, and ends them with the test.
func Host(t testing.TB, limits sandbox.Limits) *native.Local {
	t.Helper()
	Environment(t)
	l := &native.Local{Folder: Folder(), Args: []string{argument}, Limits: limits}
	t.Cleanup(l.Close)
	return l
}
