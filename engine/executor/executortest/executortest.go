// Package executortest has what tests of executors and clusters need: launchers without a sandbox, and functions that
// misbehave on command. Nothing but tests may import it.
package executortest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"

	dreamexec "github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

const variable = "DREAMQL_TEST_EXECUTOR"

// Main makes a test binary an executor when Processes has started it. TestMain calls it first.
func Main() {
	if os.Getenv(variable) == "" {
		return
	}
	f := os.NewFile(3, "parent")
	c, err := net.FileConn(f)
	if err != nil {
		panic(err)
	}
	f.Close()
	if err := executor.Serve(context.Background(), c.(*net.UnixConn), Env()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Env executes functions of kind WASM with Runtime.
func Env() dreamexec.Env {
	return dreamexec.Env{Runtimes: map[udf.Kind]udf.Runtime{udf.WASM: Runtime{}}, Threads: 2}
}

// Processes launches real child processes: this test binary, whose TestMain calls Main.
func Processes(context.Context) (*executor.Child, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"=1")
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{theirs}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	theirs.Close()
	wait := sync.OnceValue(cmd.Wait)
	go wait()
	return &executor.Child{Conn: ours, Kill: func() { cmd.Process.Kill() }, Wait: wait}, nil
}

// Goroutines launches executors inside the test's own process. Killing one closes its connection and ends its context.
func Goroutines(context.Context) (*executor.Child, error) {
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	c, err := net.FileConn(theirs)
	if err != nil {
		return nil, err
	}
	theirs.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	wait := sync.OnceValue(func() error { return <-done })
	go func() {
		done <- executor.Serve(ctx, c.(*net.UnixConn), Env())
		c.Close()
	}()
	return &executor.Child{Conn: ours, Wait: wait, Kill: func() {
		cancel()
		c.Close()
	}}, nil
}

func pair() (*net.UnixConn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	f := os.NewFile(uintptr(fds[0]), "executor")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, nil, err
	}
	return c.(*net.UnixConn), os.NewFile(uintptr(fds[1]), "worker"), nil
}

// Function returns a function that does as its name says:
//
//	double  2 * x
//	fail    a *udf.CallError
//	crash   ends the process
//	hang    makes a file beside the one that the module's code names, with the process's number added to the name, then
//	        waits until the one that is named is gone
//
// Its module is digest.
func Function(name, digest string) *udf.Function {
	return &udf.Function{Package: "test/behaviour", Version: "1.0.0", Name: name, Kind: udf.WASM, Shape: udf.Scalar,
		Params: []types.Field{{Name: "x", Type: types.Of(types.Int)}}, Result: types.Of(types.Int), Module: digest, Entry: name}
}

// Runtime executes Function's functions.
type Runtime struct{}

// Kind implements udf.Runtime.
func (Runtime) Kind() udf.Kind { return udf.WASM }

// Load implements udf.Runtime.
func (Runtime) Load(_ context.Context, m udf.Module, _ []*udf.Function) (udf.Program, error) {
	return program{string(m.Code)}, nil
}

// Close implements udf.Runtime.
func (Runtime) Close(context.Context) error { return nil }

type program struct{ path string }

func (p program) Instance(context.Context) (udf.Instance, error) { return instance(p), nil }
func (p program) Tier(*udf.Function) string                      { return "test" }
func (p program) Made() udf.Made                                 { return udf.Made{} }
func (p program) Close(context.Context) error                    { return nil }

type instance struct{ path string }

func (i instance) Close(context.Context) error { return nil }

func (i instance) Call(ctx context.Context, f *udf.Function, args []arrow.Array, n int) (arrow.Array, error) {
	switch f.Name {
	case "crash":
		os.Exit(3)
	case "fail":
		return nil, &udf.CallError{Function: f.ID(), Row: 0, Message: "it was told to fail"}
	case "hang":
		if err := i.hang(ctx); err != nil {
			return nil, err
		}
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	for r := range n {
		b.Append(2 * args[0].(*array.Int64).Value(r))
	}
	return b.NewArray(), nil
}

func (i instance) hang(ctx context.Context) error {
	if err := os.WriteFile(fmt.Sprintf("%s.%d", i.path, os.Getpid()), nil, 0o600); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(i.path); err != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Hook is a file that functions named hang wait for.
type Hook struct {
	t    testing.TB
	Path string
}

// NewHook makes the file.
func NewHook(t testing.TB) *Hook {
	h := &Hook{t, filepath.Join(t.TempDir(), "hook")}
	if err := os.WriteFile(h.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// Release lets the functions go on.
func (h *Hook) Release() { os.Remove(h.Path) }

// Wait returns the processes that hang, once there are n.
func (h *Hook) Wait(n int) []int {
	h.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		found, err := filepath.Glob(h.Path + ".*")
		if err != nil || h.t.Context().Err() != nil {
			h.t.Fatal("nobody hangs", err)
		}
		if len(found) < n {
			continue
		}
		var pids []int
		for _, f := range found {
			pid, err := strconv.Atoi(filepath.Ext(f)[1:])
			if err != nil {
				h.t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		return pids
	}
	return nil
}
