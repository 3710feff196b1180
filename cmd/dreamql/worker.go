package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/server"
	"github.com/dreamql/dreamql/server/local"
)

func newWorkerCommand() *cobra.Command {
	var cfg cluster.WorkerConfig
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Work for the servers of a cluster",
		Long: `Joins a cluster as a worker: takes tasks from Redis, executes them in sandboxed processes, and serves their outputs to other
workers. It may be stopped or killed at any time; its tasks then run elsewhere. It shares with the servers, in the environment:

  DATABASE_URL    their PostgreSQL
  REDIS_URL       their Redis
  DREAMQL_BLOBS   their blob store

What queries and functions may use here (docs/book/security.md says more):
` + limitsHelp,
		Example: `  DATABASE_URL=postgres://… REDIS_URL=redis://… DREAMQL_BLOBS=file:///mnt/shared dreamql worker --listen 10.0.0.7:8090`,
		Args:    maxArgs(0, "no arguments"),
	}
	cmd.Flags().StringVar(&cfg.Name, "name", "", "unique in the cluster; made of the host's name by default")
	cmd.Flags().StringVar(&cfg.Listen, "listen", "127.0.0.1:0", "`HOST:PORT` on which other workers fetch outputs")
	cmd.Flags().StringVar(&cfg.Public, "public", "", "`HOST:PORT` under which others reach it, if not that of --listen")
	cmd.Flags().IntVar(&cfg.Slots, "slots", 0, "tasks at a time; 0 is one for each core")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		log := newLog()
		slots := cfg.Slots
		if slots == 0 {
			slots = runtime.NumCPU()
		}
		limits, err := limitsFrom(os.Getenv, slots)
		if err != nil {
			return err
		}
		shared := server.WorkerConfig{DatabaseURL: os.Getenv("DATABASE_URL"), RedisURL: os.Getenv("REDIS_URL"), Blobs: os.Getenv("DREAMQL_BLOBS"), Log: log}
		if shared.DatabaseURL == "" || shared.RedisURL == "" || shared.Blobs == "" {
			return &exitError{exitUsage, errors.New("a worker needs DATABASE_URL, REDIS_URL and DREAMQL_BLOBS, the same as the server's; see dreamql worker --help")}
		}
		if err := local.CheckGiven(cmd.Context(), shared.DatabaseURL, shared.RedisURL); err != nil {
			return err
		}
		if err := checkBlobs(shared.Blobs); err != nil {
			return err
		}
		cluster, leave, err := server.JoinCluster(cmd.Context(), shared)
		if err != nil {
			return err
		}
		defer leave()
		cfg.Config = cluster
		fmt.Fprintln(cmd.OutOrStdout(), "The worker is ready; stop it with Ctrl-C.")
		outliveReaders()
		if err := runWorker(cmd.Context(), cfg, limits, log); err != nil {
			return err
		}
		return farewell(cmd.Context(), cmd.ErrOrStderr())
	}
	return cmd
}
