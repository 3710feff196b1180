// Package e2e_test runs whole journeys with the built program, in the words that a user types: testdata/*.txtar with testscript,
// the commands of README.md, and a cluster of separate processes that is hurt while it works.
//
// It needs DREAMQL_BIN, which `make test` sets. A new journey is a file in testdata/.
package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
)

// shared is the server that journeys use through $DREAMQL_URL and $DREAMQL_TOKEN.
var shared *process

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	os.Setenv(native.FolderVariable, nativetest.Folder()) // make test has made the environment
	dir, err := os.MkdirTemp("", "dreamql-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if shared, err = startServer(filepath.Join(dir, "data"), []string{native.FolderVariable + "=" + nativetest.Folder()}); err != nil {
		fmt.Fprintln(os.Stderr, "starting the server for the journeys:", err)
		return 1
	}
	defer shared.stop()
	return m.Run()
}

func TestJourneys(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			root, err := filepath.Abs("..")
			if err != nil {
				return err
			}
			env.Setenv("PATH", filepath.Dir(binary())+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("DREAMQL_URL", shared.url)
			env.Setenv(native.FolderVariable, nativetest.Folder())
			env.Setenv("DREAMQL_TOKEN", token)
			env.Setenv("ROOT", root)
			env.Setenv("DATA", filepath.Join(root, "node_modules", "vega-datasets", "data"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			return nil
		},
	})
}
