package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/sandbox"
	"github.com/dreamql/dreamql/server"
	"github.com/dreamql/dreamql/server/local"
)

func newServeCommand() *cobra.Command {
	var (
		work    string
		name    string
		samples bool
		attend  bool
	)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the notebook server",
		Long: `Starts the server: the notebook in the browser, the REST interface, and a coordinator of runs.

With no configuration it starts a PostgreSQL and a Redis of its own, and works itself. Environment:

  DREAMQL_ADDR    address to listen on (default 127.0.0.1:8080)
  DREAMQL_DATA    folder for everything that is kept
  DREAMQL_TOKEN   the first owner's token (default: made, kept in the data folder, printed with the address)
  DATABASE_URL    a PostgreSQL to use instead of its own
  REDIS_URL       a Redis to use instead of its own
  DREAMQL_BLOBS   where data and results are stored (default a folder in DREAMQL_DATA)
  DREAMQL_FILES   a folder that programs may read files below, with read('…') (default none)
  DREAMQL_POSTGRES_<NAME>  a database that programs may read, with postgres('name', '…') (default none)

What queries and functions may use (docs/book/security.md says more):
` + serverLimitsHelp,
		Example: `  dreamql serve
  DREAMQL_ADDR=127.0.0.1:9000 dreamql serve
  DATABASE_URL=postgres://… REDIS_URL=redis://… DREAMQL_BLOBS=file:///mnt/shared dreamql serve --worker off`,
		Args: maxArgs(0, "no arguments"),
	}
	cmd.Flags().StringVar(&work, "worker", "auto", "work in this process: on, off, or auto (only while no other worker is connected)")
	cmd.Flags().StringVar(&name, "worker-name", "", "name of the worker in this process")
	cmd.Flags().BoolVar(&samples, "samples", true, "import the sample data at the first start")
	cmd.Flags().BoolVar(&attend, "stop-with-parent", false, "stop when the program that started this one ends, however it ends")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if work != "on" && work != "off" && work != "auto" {
			return usageError("--worker %s: there are on, off and auto", work)
		}
		log := newLog()
		databases, err := namedDatabases(os.Environ())
		if err != nil {
			return &exitError{exitUsage, err}
		}
		limits, err := limitsFrom(os.Getenv, runtime.NumCPU())
		if err != nil {
			return err
		}
		cfg := server.Config{
			Limits: limits.within(), Parts: limits.Parts, Runs: limits.Runs, Check: limits.Check,
			Addr: os.Getenv("DREAMQL_ADDR"), DataDir: dataDir(), Token: os.Getenv("DREAMQL_TOKEN"), DatabaseURL: os.Getenv("DATABASE_URL"),
			RedisURL: os.Getenv("REDIS_URL"), Blobs: os.Getenv("DREAMQL_BLOBS"),
			Files: os.Getenv("DREAMQL_FILES"), Databases: databases, Version: version(), Log: log,
			Ready: func(url string) {
				fmt.Fprintf(cmd.OutOrStdout(), "\nDreamQL is ready. Open %s\nStop it with Ctrl-C; everything is kept in %s\n", url, dataDir())
			},
		}
		if samples {
			cfg.Samples = sampleFolder()
		}
		if work != "off" {
			cfg.Work = func(ctx context.Context, c cluster.Config) error {
				return runWorker(ctx, cluster.WorkerConfig{Config: c, Name: name, Standby: work == "auto"}, limits, log)
			}
		}
		ctx := cmd.Context()
		if attend {
			ctx = untilParentEnds(ctx)
		}
		if err := checkBlobs(cfg.Blobs); err != nil {
			return err
		}
		// What is over at once, one way or the other, needs no announcement.
		announce := time.AfterFunc(time.Second, func() {
			fmt.Fprintln(cmd.OutOrStdout(), "DreamQL is starting; the first time it imports sample data, which takes a little while …")
		})
		defer announce.Stop()
		if err := local.CheckGiven(ctx, cfg.DatabaseURL, cfg.RedisURL); err != nil {
			return err
		}
		outliveReaders()
		if err := local.Explain(cfg.DataDir, server.Serve(ctx, cfg)); err != nil {
			return err
		}
		return farewell(ctx, cmd.ErrOrStderr())
	}
	return cmd
}

// outliveReaders keeps this process alive when whoever reads its output has gone. Otherwise the first warning after that would end
// it, without a word.
func outliveReaders() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// farewell says why a service that nothing went wrong in has ended.
func farewell(ctx context.Context, to io.Writer) error {
	if ctx.Err() == nil {
		return errors.New("the service ended without having been asked to")
	}
	fmt.Fprintln(to, "DreamQL has stopped:", context.Cause(ctx))
	return nil
}

// untilParentEnds returns a context that ends when this process gets another parent, because its own has died.
func untilParentEnds(ctx context.Context) context.Context {
	parent := os.Getppid()
	ctx, stop := context.WithCancelCause(ctx)
	go func() {
		defer stop(errors.New("the program that started it has ended"))
		for os.Getppid() == parent && ctx.Err() == nil {
			time.Sleep(200 * time.Millisecond)
		}
	}()
	return ctx
}

// checkBlobs refuses what would silently become a folder below the working one.
func checkBlobs(target string) error {
	if target == "" || filepath.IsAbs(target) || strings.Contains(target, "://") {
		return nil
	}
	return &exitError{exitUsage, fmt.Errorf("DREAMQL_BLOBS=%s is neither a URL nor an absolute path; write it as file:///mnt/shared/dreamql", target)}
}

func dataDir() string {
	if d := os.Getenv("DREAMQL_DATA"); d != "" {
		if abs, err := filepath.Abs(d); err == nil {
			return abs
		}
		return d
	}
	return local.DefaultDataDir()
}

func newLog() *slog.Logger {
	level := slog.LevelWarn
	if os.Getenv("DREAMQL_LOG") != "" {
		_ = level.UnmarshalText([]byte(os.Getenv("DREAMQL_LOG")))
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	redis.SetLogger(redisLog{log})
	return log
}

// redisLog keeps what the Redis client says of lost connections, each of which somebody meets as an error, for those who look closer.
type redisLog struct{ *slog.Logger }

func (l redisLog) Printf(_ context.Context, format string, v ...any) {
	l.Info(fmt.Sprintf(format, v...))
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// sampleFolder finds the sample files, which come with the npm packages: below the working folder, or beside the program or above it.
func sampleFolder() string {
	starts := []string{}
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if exe, err := os.Executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			starts = append(starts, filepath.Dir(exe))
		}
	}
	for _, dir := range starts {
		for ; ; dir = filepath.Dir(dir) {
			folder := filepath.Join(dir, "node_modules", "vega-datasets", "data")
			if fi, err := os.Stat(folder); err == nil && fi.IsDir() {
				return folder
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return ""
}

// runWorker works until ctx ends, with a pool of executors of its own.
func runWorker(ctx context.Context, cfg cluster.WorkerConfig, l limits, log *slog.Logger) error {
	s := sandbox.Support()
	if missing := missingWalls(s.Seccomp, s.Landlock); missing != "" {
		log.Warn(missing, "has", s.String())
	}
	if err := warm(ctx); err != nil {
		log.Warn("Python functions cannot run on this worker", "error", err)
	}
	if cfg.Slots == 0 {
		cfg.Slots = runtime.NumCPU()
	}
	cfg.Places, cfg.Limits, cfg.Memory, cfg.Disk = cluster.Places(cfg.Slots), l.within(), l.Memory, l.Disk
	python := nativePython()
	if err := native.Refusal(false); err != nil && python.Unsafe {
		log.Warn("native Python runs without all walls of the sandbox, because the operator insists", "variable", native.UnsafeVariable)
	} else if err != nil {
		log.Warn(err.Error())
	}
	python.Spares = true
	defer python.Close()
	cfg.Pool = executor.NewPool(executor.PoolConfig{
		Launch: launcher(l, python, os.Stderr), Spares: cfg.Slots, Idle: 2*cfg.Slots + 2, Max: cfg.Places + cfg.Slots,
	})
	defer cfg.Pool.Close()
	cfg.Warm = warmBehind(ctx, log)
	w, err := cluster.NewWorker(cfg)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}
