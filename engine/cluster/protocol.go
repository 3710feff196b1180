package cluster

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// Keys in Redis, after the prefix:
//
//	tasks              stream, consumer group "workers": one taskMessage an entry, deleted when a worker has started it
//	reports:<id>       stream: what workers tell the coordinator of that id, one report an entry
//	workers            sorted set: name by the time of its last sign of life, on Redis's clock
//	workers:info       hash: WorkerInfo by name
//	control            channel: one control a message
//	cancelled:<job>    set for a while when a job has ended early, for workers that missed the message
//	epoch              a random word; when it is gone or another, Redis has lost what it held
type keys string

func (k keys) tasks() string               { return string(k) + ":tasks" }
func (k keys) reports(id string) string    { return string(k) + ":reports:" + id }
func (k keys) workers() string             { return string(k) + ":workers" }
func (k keys) workersInfo() string         { return string(k) + ":workers:info" }
func (k keys) control() string             { return string(k) + ":control" }
func (k keys) cancelled(job string) string { return string(k) + ":cancelled:" + job }
func (k keys) epoch() string               { return string(k) + ":epoch" }
func (k keys) module(digest string) string { return "modules/" + digest } // in the blob store
func (k keys) part(prefix string, m *taskMessage) string {
	return fmt.Sprintf("%s/%d-%d-%d.arrow", prefix, m.Stage.ID, m.Index, m.Attempt)
}

const (
	group = "workers"
	field = "m" // of a stream entry; its value is JSON

	beatEvery    = 500 * time.Millisecond
	lease        = 2500 * time.Millisecond // a running task not heard of for so long is lost
	workerAlive  = 2500 * time.Millisecond // a worker not heard of for so long is dead
	blockFor     = 250 * time.Millisecond  // go-redis does not interrupt a blocking read, and a worker that is to end waits for it
	maxCrashes   = 3
	maxAttempts  = 20
	inlineOutput = 32 << 10 // bytes of a stage's output that travel in the report
	inlineInputs = 64 << 10 // bytes of inputs that travel in one task message
)

// defaults of Limits.
const (
	defaultTime   = 10 * time.Minute
	defaultCPU    = 20 * time.Minute
	noWorkerAfter = 30 * time.Second // a job that waits so long for any worker to appear fails
)

// taskMessage is a task on its way to a worker.
type taskMessage struct {
	Job         string            `json:"job"` // unique for each Submit
	Coordinator string            `json:"coordinator"`
	Tenant      string            `json:"tenant"`
	Index       int               `json:"index"`
	Attempt     int               `json:"attempt"`
	Stage       *physical.Stage   `json:"stage"`
	Splits      []physical.Split  `json:"splits,omitempty"`
	Modules     []physical.Module `json:"modules,omitempty"`
	Inputs      []outputRef       `json:"inputs,omitempty"`
	Limits      Limits            `json:"limits"`
	Prefix      string            `json:"prefix,omitempty"` // of result parts; set for the last stage
	Result      bool              `json:"result,omitempty"`
}

func (m *taskMessage) id() string { return fmt.Sprintf("%s-%d-%d", m.Job, m.Stage.ID, m.Index) }

// outputRef is the output of one attempt at a task: here, or on a worker.
type outputRef struct {
	Stage   int    `json:"stage"`
	Index   int    `json:"index"`
	Attempt int    `json:"attempt"`
	Inline  []byte `json:"inline,omitempty"`
	Worker  string `json:"worker,omitempty"`
	Address string `json:"address,omitempty"`
	Bytes   int64  `json:"bytes"`
}

// kinds of reports.
const (
	reportBeat    = "beat"    // Running is what the worker is at
	reportStarted = "started" // has taken a task
	reportDone    = "done"
	reportFailed  = "failed"  // the query is to blame: trying again would fail again
	reportCrashed = "crashed" // the executor, or the worker's means, are to blame
	reportLost    = "lost"    // an input cannot be read any more: Inputs
)

// report is what a worker tells a coordinator.
type report struct {
	Kind    string            `json:"kind"`
	Worker  string            `json:"worker"`
	Job     string            `json:"job,omitempty"`
	Stage   int               `json:"stage"`
	Index   int               `json:"index"`
	Attempt int               `json:"attempt"`
	Running []taskRef         `json:"running,omitempty"`
	Output  *outputRef        `json:"output,omitempty"` // done; for a result only its Inline counts
	Part    *Part             `json:"part,omitempty"`   // done, of a result that is not inline
	Rows    int64             `json:"rows,omitempty"`
	Stats   *exec.Stats       `json:"stats,omitempty"`
	MS      float64           `json:"ms,omitempty"`
	Failure *executor.Failure `json:"failure,omitempty"`
	Message string            `json:"message,omitempty"` // crashed
	Inputs  []outputRef       `json:"inputs,omitempty"`  // lost
}

type taskRef struct {
	Job     string `json:"job"`
	Stage   int    `json:"stage"`
	Index   int    `json:"index"`
	Attempt int    `json:"attempt"`
}

func (r *report) ref() taskRef { return taskRef{r.Job, r.Stage, r.Index, r.Attempt} }

// control is a broadcast.
type control struct {
	// Cancel names a run and a cell ("" for all) for its coordinator to end.
	Cancel *jobName `json:"cancel,omitempty"`
	// Over is a job that has ended: workers stop what they do for it, and drop its outputs.
	Over string `json:"over,omitempty"`
}

type jobName struct {
	Run  string `json:"run"`
	Cell string `json:"cell,omitempty"`
}

// encode is for messages whose types cannot fail to marshal.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("a message of the cluster: %v", err))
	}
	return string(b)
}

// slim drops what an executor does not need of a stage's table: statistics, and segments that are not in the splits.
func slim(s *physical.Stage, splits []physical.Split) *physical.Stage {
	if s.Table == nil {
		return s
	}
	used := map[int]bool{}
	for _, sp := range splits {
		used[sp.Segment] = true
	}
	table := *s.Table
	table.Segments = append(table.Segments[:0:0], table.Segments...)
	for i := range table.Segments {
		seg := &table.Segments[i]
		if !used[i] {
			*seg = logical.Segment{}
			continue
		}
		seg.Columns = nil
		seg.Batches = append(seg.Batches[:0:0], seg.Batches...)
		for k := range seg.Batches {
			seg.Batches[k].Ranges = nil
		}
	}
	out := *s
	out.Table = &table
	return &out
}
