// Package exec executes physical plans over Arrow record batches: Run one task of a stage, RunPlan a whole plan in this
// process. It is morsel-driven: threads take batches from a shared queue and carry each through the operators to the next
// one that must see everything, where the threads' parts are merged.
//
// It must not open files, know about tenants, queues or processes; readers, modules and runtimes are handed to it. A new
// operator is one file here, a case in build.go, a field of physical.Op, and testdata/<same>.txt.
package exec

import (
	"context"
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/udf"
)

// Env is what a process provides for executing. It is shared by runs and not changed by them.
type Env struct {
	// Runtimes execute functions by kind; a missing one is an error for the plans that need it.
	Runtimes map[udf.Kind]udf.Runtime
	// Modules returns the code of a digest. Nil where no plan has modules.
	Modules func(ctx context.Context, digest string) ([]byte, error)
	// Threads is how many goroutines execute; 0 means one for each core.
	Threads int
	// MemoryLimit is in bytes, for operators' state and batches in flight, not for mapped files; 0 means no limit.
	MemoryLimit int64
	// Scratch makes a run's file for what does not fit into memory, when it is first needed; nil where nothing can be spilled.
	Scratch func() (Scratch, error)
	// DiskLimit is how many bytes of its Scratch a run may fill at once; 0 means no limit.
	DiskLimit int64
	// Alloc is where batches come from; nil means Go's heap. Free must not reuse memory: text is shared.
	Alloc memory.Allocator

	whole       *budget // of a whole plan, which its stages share; nil for one of each task
	tableGroups int     // in tests: groups of a thread before rows are shared out instead
	grain       int     // in tests: rows of a batch that a scan gives at a time
	alwaysTight bool    // in tests: operators spill whatever they can
	spoil       bool    // in tests: memory that is used again is written over when it is released
}

// SegmentReader reads the batches of one open segment. Safe for concurrent use.
type SegmentReader interface {
	// Schema is all columns of the segment.
	Schema() *arrow.Schema
	// Batch returns the named columns of batch i, in the order of the names, without copying where it can. The caller
	// releases it. No names means a batch with rows and without columns.
	Batch(i int, columns []string) (arrow.RecordBatch, error)
	// Close ends the life of what the batches point at.
	Close() error
}

// Opener opens segment i of a table. exec closes what it opens, at the end of the run.
type Opener func(ctx context.Context, table *logical.Table, segment int) (SegmentReader, error)

// Batches is a stream of record batches, ended by its first error. A batch belongs to the stream: who keeps it longer than
// its iteration retains it.
type Batches = iter.Seq2[arrow.RecordBatch, error]

// Task is one task of a stage.
type Task struct {
	Stage *physical.Stage
	// Splits are this task's share of Stage.Table, from physical.Splits.
	Splits []physical.Split
	// Open opens segments of Stage.Table; nil for a gather stage.
	Open Opener
	// Inputs give the outputs of the stages in Stage.Inputs, tasks in order. Each is asked for once.
	Inputs map[int]func(ctx context.Context) Batches
	// Modules are the plan's modules; those that this stage's functions name are loaded.
	Modules []physical.Module

	narrow bool // the output may be (funcs.IsNarrow), for a stage of the same process
}

// Sink takes output batches, one at a time, in order. They may point into open segments, so a sink retains what it keeps
// until the run returns, and copies what it keeps for longer. An error from it ends the run.
type Sink func(arrow.RecordBatch) error

// Run executes one task. The error of a query that is wrong at run time (a join guard, an overflow) is source.Diagnostics; a
// failed function is a *udf.CallError; cancelling returns ctx.Err() within 100 ms. Stats are valid beside an error.
func Run(ctx context.Context, env Env, task Task, sink Sink) (Stats, error) {
	return run(ctx, env, task, sink)
}

// RunPlan executes every stage of a plan in this process, with one task a stage.
func RunPlan(ctx context.Context, env Env, plan *physical.Plan, open Opener, sink Sink) (Stats, error) {
	return runPlan(ctx, env, plan, open, 1, sink)
}
