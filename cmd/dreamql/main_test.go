package main

import (
	"context"
	"os"
	"testing"

	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
)

// The test binary is also the executor that it starts, for native Python, whose environment is that of all tests.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "executor" {
		os.Exit(run(context.Background(), os.Args[1:]))
	}
	os.Setenv(native.FolderVariable, nativetest.Folder())
	os.Exit(m.Run())
}
