// Package server is the service: it puts the parts below it together, and listens.
//
// It decides nothing itself. What the service does is in the packages notebook, run, dataset and account; how it is asked is in
// package api; migrations, the first start and the order of starting and stopping are here.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/migrations"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/postgres"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/api"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/local"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/notebook"
	"github.com/dreamql/dreamql/server/run"
	"github.com/dreamql/dreamql/server/telemetry"
	"github.com/dreamql/dreamql/web"
)

// Config is how a service is started. Only DataDir is needed.
type Config struct {
	Addr        string // host:port; default 127.0.0.1:8080
	DataDir     string
	Token       string // of the owner; one is made if empty
	DatabaseURL string // empty: a PostgreSQL of its own
	RedisURL    string // empty: a Redis of its own
	Blobs       string // URL of the blob store; default a folder in DataDir
	Samples     string // folder with the sample files; empty for none
	Files       string // folder that programs may read files below; empty for none
	// Databases that programs may read: addresses by names in lower case. They hold passwords.
	Databases map[string]string
	Prefix    string         // of keys in Redis; default "dreamql"
	Limits    cluster.Limits // of each part of a query
	Parts     int            // parts of one account's queries at a time; default twice the slots of all workers
	Runs      int            // runs of one account at a time; default as many as there can be
	Check     time.Duration  // of one example of a package that is to be published
	Version   string
	Log       *slog.Logger
	// Work runs a worker inside this process until ctx ends; nil where workers run elsewhere.
	Work func(ctx context.Context, c cluster.Config) error
	// Ready is called once, when the service can be used, with the address to open in a browser, token included.
	Ready func(url string)
}

func (c *Config) defaults() {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:8080"
	}
	if c.Blobs == "" {
		c.Blobs = "file://" + filepath.ToSlash(filepath.Join(c.DataDir, "blobs"))
	}
	if c.Prefix == "" {
		c.Prefix = "dreamql"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// Serve runs the service until ctx ends, then stops in order. Errors at the start are sentences for the person who started it.
func Serve(ctx context.Context, cfg Config) error {
	cfg.defaults()
	// The port first: it is the likeliest to be taken, and then nothing else should have been touched.
	listener, err := listen(cfg.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	services, err := local.Start(ctx, local.Config{DataDir: cfg.DataDir, DatabaseURL: cfg.DatabaseURL, RedisURL: cfg.RedisURL, Log: cfg.Log})
	if err != nil {
		return err
	}
	defer services.Close()
	s, err := open(ctx, cfg, services)
	if err != nil {
		return err
	}
	defer s.close()
	return s.serve(ctx, listener, services.Ended())
}

func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program: stop it, or set DREAMQL_ADDR to another address, for example 127.0.0.1:8081", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s: set DREAMQL_ADDR to a port above 1023, for example 127.0.0.1:8080", addr)
	case err != nil:
		return nil, fmt.Errorf("DREAMQL_ADDR=%s cannot be listened on; use host:port, for example 127.0.0.1:8080: %w", addr, err)
	}
	return l, nil
}

// service is an open service.
type service struct {
	config      Config
	db, quick   *pgxpool.Pool
	redis       redis.UniversalClient
	blobs       *storage.Blobs
	cluster     cluster.Config
	coordinator *cluster.Coordinator
	owner       *account.Identity
	token       string
	setup       setup
	api         *api.API
	metrics     *telemetry.Metrics
	closers     []func()
	listening   net.Addr
	landing     string // path to open; the tour at the first start
}

func open(ctx context.Context, cfg Config, services *local.Services) (_ *service, err error) {
	s := &service{config: cfg, metrics: telemetry.New(), landing: "/"}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := migrations.Up(ctx, services.DatabaseURL); err != nil {
		return nil, fmt.Errorf("the database cannot be used; check DATABASE_URL: %w", err)
	}
	if s.db, err = pool(ctx, services.DatabaseURL, nil); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, s.db.Close)
	if s.quick, err = pool(ctx, services.DatabaseURL, map[string]string{"synchronous_commit": "off"}); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, s.quick.Close)
	options, err := redis.ParseURL(services.RedisURL)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL is not a Redis URL, such as redis://127.0.0.1:6379/0: %w", err)
	}
	client := redis.NewClient(options)
	s.redis = client
	s.closers = append(s.closers, func() { client.Close() })
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, fmt.Errorf("Redis does not answer; check REDIS_URL: %w", err)
	}
	if s.blobs, err = storage.Open(ctx, cfg.Blobs); err != nil {
		return nil, fmt.Errorf("the blob store cannot be opened; check DREAMQL_BLOBS: %w", err)
	}
	s.closers = append(s.closers, func() { s.blobs.Close() })
	secret, err := clusterSecret(ctx, s.db)
	if err != nil {
		return nil, err
	}
	s.cluster = cluster.Config{Redis: client, Prefix: cfg.Prefix, Secret: secret, Blobs: s.blobs, Log: cfg.Log, Parts: cfg.Parts}
	if s.coordinator, err = cluster.NewCoordinator(ctx, s.cluster); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() { s.coordinator.Close() })
	return s, s.assemble(ctx)
}

// assemble makes the parts that need no more than what is open.
func (s *service) assemble(ctx context.Context) (err error) {
	accounts := account.NewStore(s.db)
	if s.owner, err = accounts.Owner(ctx); err != nil {
		return err
	}
	if s.token, err = account.FirstToken(s.config.Token, s.config.DataDir); err != nil {
		return err
	}
	if err := accounts.Install(ctx, s.owner, s.token); err != nil {
		return err
	}
	packages := postgres.New(s.db)
	locks := lock.New(s.db, packages)
	datasets := dataset.NewStore(s.db, s.blobs)
	outside, err := s.outside(datasets)
	if err != nil {
		return err
	}
	runs := run.New(run.Config{
		DB: s.db, Quick: s.quick, Redis: s.redis, Prefix: s.config.Prefix, Blobs: s.blobs, Cluster: s.coordinator, Log: s.config.Log,
		Catalog: dataset.Catalog{Datasets: datasets, Packages: locks, Outside: outside}, Locks: locks, Datasets: datasets, Outside: outside,
		Modules: run.Modules{DB: s.db, Blobs: s.blobs},
		Limits:  s.config.Limits, Runs: s.config.Runs,
		Module: func(ctx context.Context, digest string) ([]byte, error) {
			return registry.ReadBlob(ctx, s.blobs, digest)
		},
		Ended: run.Ended{Run: s.metrics.RunEnded, Cell: s.metrics.CellEnded},
	})
	s.metrics.Watch(telemetry.State{Runs: runs.Unfinished, Workers: s.coordinator.Workers})
	s.api = &api.API{
		Accounts: accounts, Notebooks: notebook.NewStore(s.db), Datasets: datasets, Outside: outside, Locks: locks, Runs: runs, Registry: packages,
		Modules:   run.Modules{DB: s.db, Blobs: s.blobs},
		Publisher: &registry.Publisher{Store: packages, Blobs: s.blobs, Checker: registry.Examples{Evaluator: run.Evaluator{Cluster: s.coordinator, Blobs: s.blobs, Time: s.config.Check, CPU: s.config.Limits.CPU}}},
		Health:    s.health, Metrics: s.metrics.Handler(), Version: s.config.Version, Log: s.config.Log,
	}
	return nil
}

// health asks the parts that nothing works without.
func (s *service) health(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	checks := map[string]string{"database": "ok", "redis": "ok", "setup": s.setup.state()}
	if err := s.db.Ping(ctx); err != nil {
		checks["database"] = "PostgreSQL does not answer"
	}
	if err := s.redis.Ping(ctx).Err(); err != nil {
		checks["redis"] = "Redis does not answer"
	}
	return checks
}

// serve answers requests until ctx ends.
func (s *service) serve(ctx context.Context, l net.Listener, ended <-chan error) error {
	s.listening = l.Addr()
	// What runs outlives ctx for a moment, so that requests under way can be answered.
	asked := ctx
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	h := &http.Server{
		Handler:           Handler(s.api, s.db, s.metrics, web.Dist(), api.DefaultLimits),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }, // streams of events end with the service
		ErrorLog:    slog.NewLogLogger(s.config.Log.Handler(), slog.LevelDebug),
	}
	var work sync.WaitGroup
	failed := make(chan error, 3)
	work.Go(func() { s.api.Runs.Work(ctx) })
	work.Go(func() { s.cleanDatasets(ctx) })
	work.Go(func() {
		s.api.Datasets.Work(ctx, func(name string, err error) {
			s.config.Log.Warn("small segments were not compacted; trying again", "dataset", name, "error", err)
		})
	})
	if s.config.Work != nil {
		work.Go(func() {
			err := s.config.Work(ctx, s.cluster)
			if err == nil {
				err = errors.New("nobody had asked it to")
			}
			if ctx.Err() == nil {
				failed <- fmt.Errorf("the worker of this server stopped: %w", err)
			}
		})
	}
	work.Go(func() {
		if err := s.firstStart(ctx); err != nil && ctx.Err() == nil {
			failed <- err
		}
	})
	work.Go(func() {
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	var err error
	select {
	case <-asked.Done():
	case err = <-failed:
	case err = <-ended:
	}
	// No new requests; those under way may finish, but an open stream of events must not hold the service up.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	time.AfterFunc(time.Second, stop)
	if closing := h.Shutdown(grace); closing != nil {
		h.Close()
	}
	stop()
	work.Wait()
	return err
}

// cleanDatasets removes what was deleted, now and then.
func (s *service) cleanDatasets(ctx context.Context) {
	t := time.NewTicker(10 * time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := s.api.Datasets.Clean(ctx); err != nil && ctx.Err() == nil {
			s.config.Log.Warn("deleted data was not removed; trying again", "error", err)
		}
	}
}

// address is what to open in a browser.
func (s *service) address(l net.Addr) string {
	host, port, err := net.SplitHostPort(l.String())
	if err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		host = net.JoinHostPort(host, port)
	} else {
		host = l.String()
	}
	return (&url.URL{Scheme: "http", Host: host, Path: s.landing, RawQuery: url.Values{"token": {s.token}}.Encode()}).String()
}

func (s *service) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}
