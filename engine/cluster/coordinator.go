package cluster

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/dreamql/dreamql/engine/storage"
)

// ErrCancelled is what Submit returns for a job that Cancel ended.
var ErrCancelled = errors.New("the run was cancelled")

// Config is what coordinators and workers of one cluster share.
type Config struct {
	Redis  redis.UniversalClient
	Prefix string         // of all keys, for example "dreamql"; clusters with different prefixes do not see each other
	Secret string         // proves to a worker that a reader of outputs belongs to the cluster
	Blobs  *storage.Blobs // segments, modules and results
}

// Coordinator runs jobs. Safe for concurrent use; one a process.
type Coordinator struct {
	config Config
}

// NewCoordinator connects to the cluster; it works until Close.
func NewCoordinator(ctx context.Context, c Config) (*Coordinator, error) {
	return &Coordinator{config: c}, nil
}

// Submit runs a job and waits for its result. Its error is ErrCancelled, the context's error, or says why the run failed
// in words for the author of the query. When ctx ends, the job's tasks are cancelled on every worker.
func (c *Coordinator) Submit(ctx context.Context, job Job) (*Result, error) {
	return nil, errors.ErrUnsupported
}

// Cancel ends the jobs of a run (all its cells if cell is ""), whichever coordinator submitted them; executors are
// killed within a second. Cancelling what does not run is no error.
func (c *Coordinator) Cancel(ctx context.Context, run, cell string) error {
	return errors.ErrUnsupported
}

// Workers lists the live workers by name.
func (c *Coordinator) Workers(ctx context.Context) ([]WorkerInfo, error) {
	return nil, errors.ErrUnsupported
}

// Close cancels what runs and leaves the cluster.
func (c *Coordinator) Close() error { return nil }
