// Package cluster runs a physical plan on many machines: a Coordinator cuts stages into tasks and puts them on Redis
// streams, Workers lease, execute and heartbeat them, and serve their outputs to each other over HTTP.
//
// Redis is only a hint: everything that is needed to finish a run is in the coordinator's memory, so a lost Redis, a lost
// worker or a lost answer costs time and never rows. A task is fenced by its attempt number: an answer to an older attempt
// is ignored. The package must not interpret plans (that is exec) nor run code (that is executor and the sandbox).
//
// The protocol is in protocol.go, one message a type.
package cluster

import (
	"context"
	"time"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/types"
)

// Job is one plan to run.
type Job struct {
	RunID  string // with CellID it names the job to Cancel; the pair is unique among running jobs
	CellID string
	Tenant string // executors are never shared between tenants
	Share  string // whose turn it is that this job takes; the tenant if empty
	Plan   *physical.Plan
	// Module returns the code of one of Plan.Modules; nil if the plan has none. It is called once a digest that the blob
	// store does not hold yet.
	Module func(ctx context.Context, digest string) ([]byte, error)
	// Prefix is where parts of a large result are written in the blob store, for example "results/<run>/<cell>".
	Prefix string
	Limits Limits
	// Progress is called with each change, never concurrently; nil for none. It must return promptly.
	Progress func(Progress)
}

// Limits bound one task of a job; zero fields take the cluster's defaults.
type Limits struct {
	Time   time.Duration `json:"time,omitempty"`
	CPU    time.Duration `json:"cpu,omitempty"`    // processor time, over all processors
	Memory int64         `json:"memory,omitempty"` // bytes of operators' state
}

// Within returns the stricter of each.
func (l Limits) Within(most Limits) Limits {
	return Limits{Time: stricter(l.Time, most.Time), CPU: stricter(l.CPU, most.CPU), Memory: stricter(l.Memory, most.Memory)}
}

// stricter is the smaller of two bounds, where 0 is none.
func stricter[T time.Duration | int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Result is what a job produced.
type Result struct {
	Columns []types.Field
	Rows    int64
	Inline  []byte // an Arrow IPC stream of less than 64 KiB; nil if the result is in Parts
	Parts   []Part // in result order
	Stats   Stats
}

// Part is an Arrow IPC file in the blob store.
type Part struct {
	Key     string  `json:"key"`
	Rows    int64   `json:"rows"`
	Bytes   int64   `json:"bytes"`
	Batches []int64 `json:"batches"` // rows of each record batch
}

// Progress is how far a job is.
type Progress struct {
	Done, Total int         // tasks, over all stages
	Stages      []StageDone // by stage index
	Last        *TaskStats  // the task that has just ended; nil otherwise
}

// StageDone counts the tasks of a stage; Total is 0 until the stage has been cut into tasks.
type StageDone struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// Stats is what a job cost, over all tasks: the functions' tiers and times among it.
type Stats struct {
	exec.Stats
	ExecMS float64     `json:"exec_ms"` // from Submit to the result
	Tasks  []TaskStats `json:"tasks"`   // successful ones, by stage and index
}

// TaskStats is one task that succeeded: which worker ran it, and what it cost there.
type TaskStats struct {
	Stage   int     `json:"stage"`
	Index   int     `json:"index"`
	Attempt int     `json:"attempt"`
	Worker  string  `json:"worker"`
	Read    int64   `json:"read"` // rows, by its scans
	Rows    int64   `json:"rows"` // of its output
	MS      float64 `json:"ms"`
}

// WorkerInfo is a live worker.
type WorkerInfo struct {
	Name    string `json:"name"`
	Address string `json:"address"` // host:port of its outputs
	Slots   int    `json:"slots"`   // tasks at a time
	Standby bool   `json:"standby,omitempty"`
}
