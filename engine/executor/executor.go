// Package executor carries tasks from a worker to the sandboxed child process that executes them, and results back.
//
// Serve is the child's side, Pool the worker's. They talk in frames over a unix socket pair (frame.go): a JSON header, a
// body, and towards the child open files, so that it needs no file system. The child is not trusted: the worker takes no
// descriptors from it, bounds every length, and does not decode the rows that it sends. The package must not decide what a
// task is (that is cluster), nor how a child is confined (that is runtimes/sandbox).
//
// One task:
//
//	worker → child   code…, files…, task
//	child  → worker  data…, done
//
// In its course the child may ask the worker for companions (companion.go), with an answer to each question.
package executor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"time"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/udf"
)

// Launcher starts an executor process; runtimes/sandbox has one. The context bounds the start only.
type Launcher func(ctx context.Context) (*Child, error)

// Child is a started process that calls Serve.
type Child struct {
	Conn *net.UnixConn // the worker's end of the socket pair; Pool closes it
	Kill func()        // ends the process at once; may be called more than once
	Wait func() error  // waits for its end, and says why it ended; nil for a clean exit. It is ErrMemory if memory was the reason
	// CPU is the processor time that it has used; nil where that is not known.
	CPU func() (time.Duration, error)
	// Memory is how much it has, of how much it may have, which Go's heap does not give back; nil where that is not known.
	Memory func() (has, most int64, err error)
	// Yield puts it behind everything else that wants a processor, or back. Nil where priorities cannot be changed; an error says
	// that this one could not be, and then it is ended after its task.
	Yield func(yield bool) error
	// Companion starts another process for this one, which Kill ends too. Nil where there are none.
	Companion func(ctx context.Context, environment string) (*Companion, error)
}

// Task is what one executor is to do.
type Task struct {
	Stage  *physical.Stage
	Splits []physical.Split
	// Segment opens the file of segment i of Stage.Table; Pool closes it. Nil for a gather stage.
	Segment func(ctx context.Context, i int) (*os.File, error)
	Inputs  []Input
	Modules []physical.Module
	// Code returns the bytes of a module. Nil where there are none.
	Code func(ctx context.Context, digest string) ([]byte, error)
	// Memory bounds operators' state in bytes; 0 leaves the child its own limit.
	Memory int64
	// Scratch makes the file for what the task cannot hold in memory (Scratch does), of which it fills at most Disk bytes, 0 for no
	// bound; Pool closes it. Nil: nothing is spilled.
	Scratch func() (*os.File, error)
	Disk    int64
	// CPU bounds the processor time of the task, over all processors; 0 is no bound.
	CPU time.Duration
	// Fresh asks for an executor that has not worked before, as one does whose first attempt has ended badly.
	Fresh bool
	// Result marks the last stage: its output is an Arrow file, unless it is smaller than InlineLimit as a stream.
	Result bool
}

// InlineLimit is the size in bytes from which on a result is not kept in a message.
const InlineLimit = 64 << 10

// Input is the output of one task of another stage: an Arrow stream, in memory or in a file, which Pool reads and closes.
// Inputs of one stage are in the order of its tasks.
type Input struct {
	Stage int
	Bytes []byte
	File  *os.File
}

// Output is what a task gave, beside the rows that were written.
type Output struct {
	Rows    int64
	Batches []int64 // rows of each record batch
	Inline  []byte  // an Arrow stream, where a result is small: then nothing was written
	Stats   exec.Stats
}

// Failure is the error of a task whose executor is well: the query is wrong at run time, or a function failed. It travels
// as JSON. Trying again would fail again.
type Failure struct {
	Message     string             `json:"message"`
	Diagnostics source.Diagnostics `json:"diagnostics,omitempty"`
	Call        *udf.CallError     `json:"call,omitempty"`
}

func (f *Failure) Error() string { return f.Message }

// Unwrap gives the source.Diagnostics and the *udf.CallError that the task failed with.
func (f *Failure) Unwrap() []error {
	var out []error
	if len(f.Diagnostics) > 0 {
		out = append(out, f.Diagnostics)
	}
	if f.Call != nil {
		out = append(out, f.Call)
	}
	return out
}

func failure(err error) *Failure {
	f := &Failure{Message: clip(err.Error(), 8<<10)}
	errors.As(err, &f.Diagnostics)
	errors.As(err, &f.Call)
	return f
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// kinds of frames.
const (
	kindCode  = "code"  // → child: a module's bytes
	kindFiles = "files" // → child: descriptors, numbered on from those before
	kindTask  = "task"  // → child: the bodies of inline inputs, one after the other
	kindData  = "data"  // → worker: a part of the output
	kindDone  = "done"  // → worker: the end of the task; the body is the inline result

	kindCompanion = "companion" // → worker, in a task: a companion is wanted; → child: the answer, with its descriptors
)

// header is the JSON of a frame; which fields are set follows from Kind.
type header struct {
	Kind   string      `json:"kind"`
	Digest string      `json:"digest,omitempty"` // code
	Task   *taskHeader `json:"task,omitempty"`
	Done   *doneHeader `json:"done,omitempty"`

	Companion *companionHeader `json:"companion,omitempty"`
}

type taskHeader struct {
	Stage    *physical.Stage   `json:"stage"`
	Splits   []physical.Split  `json:"splits,omitempty"`
	Modules  []physical.Module `json:"modules,omitempty"`
	Segments map[int]int       `json:"segments,omitempty"` // segment → file
	Inputs   []inputHeader     `json:"inputs,omitempty"`
	Memory   int64             `json:"memory,omitempty"`
	Scratch  *scratchHeader    `json:"scratch,omitempty"`
	Result   bool              `json:"result,omitempty"`
}

// scratchHeader is the file that a task may spill to, up to a limit in bytes.
type scratchHeader struct {
	File  int   `json:"file"`
	Limit int64 `json:"limit,omitempty"`
}

// inputHeader is an input: a file, or where File is negative the next Length bytes of the body.
type inputHeader struct {
	Stage  int `json:"stage"`
	File   int `json:"file"`
	Length int `json:"length,omitempty"`
}

type doneHeader struct {
	Rows    int64      `json:"rows"`
	Batches []int64    `json:"batches,omitempty"`
	Inline  bool       `json:"inline,omitempty"`
	Stats   exec.Stats `json:"stats"`
	Failure *Failure   `json:"failure,omitempty"`
}

func (h *header) marshal() ([]byte, error) { return json.Marshal(h) }
