package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/runtimes"
	"github.com/dreamql/dreamql/runtimes/python"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/sandbox"
	"github.com/dreamql/dreamql/runtimes/wasm"
)

// cacheVariable tells executors, which inherit nothing that would, where their worker's compileCache is.
const cacheVariable = "DREAMQL_CACHE"

// compileCache is where compiled modules are kept between runs. Executors of root's workers read it as an unprivileged user, so
// root's is where everyone may read.
func compileCache() string {
	if dir := os.Getenv(cacheVariable); dir != "" {
		return dir
	}
	if os.Geteuid() == 0 {
		return "/var/cache/dreamql"
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "dreamql", "compiled")
}

// interpreter is the copy of python.wasm that executors read, beside its compiled form.
func interpreter() string { return filepath.Join(compileCache(), "python.wasm") }

// runtimeOptions are those of every process. Executors are killed, so only this process's own functions must be interruptible.
func runtimeOptions(interruptible bool) runtimes.Options {
	o := runtimes.Options{
		CacheDir: compileCache(), WASM: wasm.Options{Interruptible: interruptible}, Python: python.Options{Interruptible: interruptible},
	}
	if _, err := os.Stat(interpreter()); err == nil {
		o.Python.Path = interpreter()
	}
	return o
}

// warm compiles the Python interpreter into the cache, so that no executor has to: seconds once, instead of seconds each.
func warm(ctx context.Context) error {
	path, err := python.Locate()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(compileCache(), 0o755); err != nil {
		return fmt.Errorf("the folder for compiled code: %w", err)
	}
	if err := copyIfChanged(path, interpreter()); err != nil {
		return fmt.Errorf("copying the Python interpreter: %w", err)
	}
	return python.Warm(ctx, python.Options{Path: interpreter(), CacheDir: compileCache()})
}

// copyIfChanged copies a file unless one of the same size and a later time is there; a reader sees the old or the new, whole.
func copyIfChanged(from, to string) error {
	a, err := os.Stat(from)
	if err != nil {
		return err
	}
	if b, err := os.Stat(to); err == nil && b.Size() == a.Size() && b.ModTime().After(a.ModTime()) {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := os.Chmod(out.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

func newExecutorCommand() *cobra.Command {
	var onlyWarm bool
	cmd := &cobra.Command{
		Use:     "executor",
		Short:   "Execute parts of queries for a worker, shut in; workers start this by themselves",
		Example: `  dreamql executor --warm     compile the Python interpreter ahead`,
		Args:    maxArgs(0, "no arguments"),
	}
	cmd.Flags().BoolVar(&onlyWarm, "warm", false, "compile the Python interpreter into this user's cache, and end")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if onlyWarm {
			return warm(cmd.Context())
		}
		return execute(cmd.Context())
	}
	return cmd
}

// execute is the life of an executor: it shuts itself in, then serves its worker.
func execute(ctx context.Context) error {
	policy, err := sandbox.FromEnvironment()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if err := becomeProgram(policy); err != nil {
		return err
	}
	conn, err := sandbox.Conn()
	if err != nil {
		return err
	}
	calmCollector()
	options := runtimeOptions(false)
	options.Python.Stock = 1
	parent := executor.NewParent(conn)
	options.Native.Host = workersPython{parent}
	all := runtimes.New(options)
	// Without Python a query that needs it says so.
	if sandbox.Support().Landlock == 0 { // after Enter nothing can be opened, so it must be read now
		_ = all.Python.Prewarm(ctx)
	}
	if _, err := sandbox.Enter(policy); err != nil {
		return err
	}
	go func() { _ = all.Python.Prewarm(ctx) }()
	return executor.ServeParent(ctx, parent, exec.Env{Runtimes: all.ByKind(), MemoryLimit: int64(policy.Limits.MemoryBytes / 2)})
}

// launcher starts executors for a pool.
func launcher(l limits, python *native.Local, log io.Writer) executor.Launcher {
	s := &sandbox.Launcher{
		Args: []string{"executor"}, Env: []string{cacheVariable + "=" + compileCache()},
		Limits: sandbox.Limits{MemoryBytes: uint64(l.Memory), OpenFiles: uint64(l.Files), FileBytes: uint64(l.Disk)}, ReadOnlyDirs: []string{compileCache()}, Stderr: log,
	}
	return func(ctx context.Context) (*executor.Child, error) {
		p, err := s.Launch(ctx)
		if err != nil {
			return nil, err
		}
		wait := func() error {
			err := p.Wait()
			if ended, ok := err.(*sandbox.Ended); ok && ended.Memory {
				return executor.ErrMemory
			}
			return err
		}
		c := &executor.Child{Conn: p.Conn, Kill: p.Kill, Wait: wait, CPU: p.CPU, Yield: p.Yield}
		attend(c, python)
		return c, nil
	}
}
