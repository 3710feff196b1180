package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/storage"
)

// WorkerConfig says where the cluster is that a worker joins.
type WorkerConfig struct {
	DatabaseURL string
	RedisURL    string
	Blobs       string
	Prefix      string // as the server's; default "dreamql"
	Log         *slog.Logger
}

// undefinedTable is PostgreSQL's code for a table that does not exist, as before the first server has started.
const undefinedTable = "42P01"

// JoinCluster connects to what a worker shares with the servers. It waits for the first server to prepare the database. The caller calls
// leave at the end.
func JoinCluster(ctx context.Context, cfg WorkerConfig) (c cluster.Config, leave func(), err error) {
	if cfg.Prefix == "" {
		cfg.Prefix = "dreamql"
	}
	var closers []func()
	leave = func() {
		for i := len(closers) - 1; i >= 0; i-- {
			closers[i]()
		}
	}
	defer func() {
		if err != nil {
			leave()
		}
	}()
	db, err := pool(ctx, cfg.DatabaseURL, nil)
	if err != nil {
		return c, nil, err
	}
	defer db.Close()
	var secret string
	for {
		secret, err = clusterSecret(ctx, db)
		var pg *pgconn.PgError
		if err == nil || !errors.As(err, &pg) || pg.Code != undefinedTable {
			break
		}
		cfg.Log.Info("waiting for a server to prepare the database")
		select {
		case <-ctx.Done():
			return c, nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
	if err != nil {
		return c, nil, err
	}
	options, err := redis.ParseURL(cfg.RedisURL)
	if err != nil {
		return c, nil, fmt.Errorf("REDIS_URL is not a Redis URL, such as redis://127.0.0.1:6379/0: %w", err)
	}
	client := redis.NewClient(options)
	closers = append(closers, func() { client.Close() })
	blobs, err := storage.Open(ctx, cfg.Blobs)
	if err != nil {
		return c, nil, fmt.Errorf("the blob store cannot be opened; check DREAMQL_BLOBS: %w", err)
	}
	closers = append(closers, func() { blobs.Close() })
	return cluster.Config{Redis: client, Prefix: cfg.Prefix, Secret: secret, Blobs: blobs, Log: cfg.Log}, leave, nil
}
