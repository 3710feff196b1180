package cluster

import (
	"context"
	"errors"

	"github.com/dreamql/dreamql/engine/executor"
)

// WorkerConfig is what one worker needs beyond the cluster's Config.
type WorkerConfig struct {
	Config
	Name    string // unique among live workers; a random one if empty
	Listen  string // host:port to serve outputs on; port 0 takes a free one
	Public  string // host:port under which other workers reach it; Listen's own if empty
	Slots   int    // tasks at a time; the number of CPUs if 0
	Pool    *executor.Pool
	Standby bool // take tasks only while no other worker is alive
}

// Worker leases and executes tasks.
type Worker struct{ config WorkerConfig }

// NewWorker listens on its address; Run does the work.
func NewWorker(c WorkerConfig) (*Worker, error) { return &Worker{config: c}, nil }

// Run works until ctx ends; then it takes no more tasks, finishes those it has (for at most ten seconds), stays to serve
// outputs that running jobs still need for that time, and leaves.
func (w *Worker) Run(ctx context.Context) error { return errors.ErrUnsupported }
