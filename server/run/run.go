// Package run takes a run the whole way: a row in Postgres, a hint on a Redis stream, a node that compiles its cells and
// hands their plans to the cluster, events on the way, and results that can be paged through afterwards.
//
// Postgres is the truth. A node owns a run by a lease that it keeps renewing; what it writes is fenced by owner and attempt,
// so a node that lost its lease cannot write. Redis carries hints and events and may lose all of them: the reconciler finds
// every unfinished run again, and readers of events look into the table when nothing comes.
//
// The package must not know HTTP. The types of this file are what clients see; their JSON is described in openapi.yaml.
package run

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/physical"
)

// State of a run or a cell. Cells can be Skipped, runs cannot.
type State string

const (
	Queued    State = "queued"
	Running   State = "running"
	Succeeded State = "succeeded"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Skipped   State = "skipped"
)

// Final reports whether the state never changes again.
func (s State) Final() bool { return s != Queued && s != Running }

// Run is the running of some cells of a notebook, or of one query.
type Run struct {
	ID              uuid.UUID      `json:"id"`
	NotebookID      *uuid.UUID     `json:"notebook_id,omitempty"`
	NotebookVersion *int64         `json:"notebook_version,omitempty"`
	State           State          `json:"state"`
	Params          map[string]any `json:"params,omitempty"`
	Cells           []Cell         `json:"cells"`
	CreatedAt       time.Time      `json:"created_at"`
	StartedAt       *time.Time     `json:"started_at,omitempty"`
	FinishedAt      *time.Time     `json:"finished_at,omitempty"`
}

// Cell is one cell of a run.
type Cell struct {
	CellID      string       `json:"cell_id"`
	RunID       uuid.UUID    `json:"run_id,omitzero"`
	Source      string       `json:"source,omitempty"`
	State       State        `json:"state"`
	Progress    *Progress    `json:"progress,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	Result      *ResultInfo  `json:"result,omitempty"`
	Stats       *Stats       `json:"stats,omitempty"`
	Plan        *Plan        `json:"plan,omitempty"`
	StartedAt   *time.Time   `json:"started_at,omitempty"`
	FinishedAt  *time.Time   `json:"finished_at,omitempty"`
}

// Progress counts tasks.
type Progress struct {
	TasksDone  int `json:"tasks_done"`
	TasksTotal int `json:"tasks_total"`
}

// Column of a result; Type is a DreamQL type.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// ResultInfo describes the rows of a cell.
type ResultInfo struct {
	Columns []Column `json:"columns"`
	Rows    int64    `json:"rows"`
	Bytes   int64    `json:"bytes"`
	Expired bool     `json:"expired"`
}

// Diagnostic is a message about a place in a cell.
type Diagnostic struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Help     string `json:"help,omitempty"`
	CellID   string `json:"cell_id,omitempty"`
	Range    *Range `json:"range,omitempty"`
	Notes    []Note `json:"notes,omitempty"`
	Fixes    []Fix  `json:"fixes,omitempty"`
}

// Fix is a way to mend a mistake: its edits, applied together.
type Fix struct {
	Title string `json:"title"`
	Edits []Edit `json:"edits"`
}

// Edit replaces a range of a cell with a text; an empty range inserts.
type Edit struct {
	CellID string `json:"cell_id,omitempty"`
	Range  *Range `json:"range"`
	Text   string `json:"text"`
}

// Note points at a second place.
type Note struct {
	Message string `json:"message"`
	CellID  string `json:"cell_id,omitempty"`
	Range   *Range `json:"range,omitempty"`
}

// Range is a place in a cell's text: offsets in UTF-16 code units, lines and columns from 1.
type Range struct {
	Start     int `json:"start"`
	End       int `json:"end"`
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"end_line"`
	EndColumn int `json:"end_column"`
}

// Stats is what a cell cost.
type Stats struct {
	QueueMS   float64 `json:"queue_ms"`
	PlanMS    float64 `json:"plan_ms"`
	ExecMS    float64 `json:"exec_ms"`
	TotalMS   float64 `json:"total_ms"`
	RowsRead  int64   `json:"rows_read"`
	RowsOut   int64   `json:"rows_out"`
	BytesRead int64   `json:"bytes_read"`
	PeakBytes int64   `json:"peak_bytes"`
	// SpilledBytes is what did not fit into memory and was written to disk.
	SpilledBytes int64           `json:"spilled_bytes,omitempty"`
	Tasks        []TaskStats     `json:"tasks,omitempty"`
	Functions    []FunctionStats `json:"functions,omitempty"`
	// Operators are those of the plan's explanation, by stage and place: what each did beside what was expected of it.
	Operators []exec.Estimated `json:"operators,omitempty"`
	Uses      []Used           `json:"uses,omitempty"` // cells whose definitions it used
}

// TaskStats says where a task ran.
type TaskStats struct {
	Stage    int     `json:"stage"`
	Task     int     `json:"task"`
	Worker   string  `json:"worker"`
	Attempt  int     `json:"attempt"`
	MS       float64 `json:"ms"`
	RowsRead int64   `json:"rows_read"`
	RowsOut  int64   `json:"rows_out"`
}

// FunctionStats is one package function: which tier ran it, where, and at what cost.
type FunctionStats struct {
	Name     string  `json:"name"`
	Kind     string  `json:"kind,omitempty"`
	Tier     string  `json:"tier,omitempty"`
	Calls    int64   `json:"calls,omitempty"`
	Rows     int64   `json:"rows,omitempty"`
	NsPerRow float64 `json:"ns_per_row,omitempty"`
	BytesIn  int64   `json:"bytes_in,omitempty"`  // of arguments
	BytesOut int64   `json:"bytes_out,omitempty"` // of results
	// What it took to make its module ready: of one function of each module, once.
	CompileMS   float64  `json:"compile_ms,omitempty"`
	CacheHits   int64    `json:"cache_hits,omitempty"`
	QueueMS     float64  `json:"queue_ms,omitempty"`
	MemoryBytes int64    `json:"memory_bytes,omitempty"`
	Errors      int64    `json:"errors,omitempty"`
	Workers     []string `json:"workers,omitempty"`
}

// Plan is how a cell is executed, for people.
type Plan struct {
	Steps     []PlanStep      `json:"steps"`
	Functions []FunctionStats `json:"functions,omitempty"`
	// Explanation is the plan as it is executed, operator by operator, and where each function runs, and why: what dreamql explain
	// gives as plan.
	Explanation *physical.Explanation `json:"explanation,omitempty"`
}

// PlanStep is the plan at one step of planning.
type PlanStep struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// EventType names what happened.
type EventType string

const (
	RunChanged   EventType = "run.state"
	CellChanged  EventType = "cell.state"
	CellProgress EventType = "cell.progress"
)

// Event is one thing that happened in a run; Seq counts from 1 without gaps.
type Event struct {
	Seq   int64     `json:"seq"`
	Type  EventType `json:"type"`
	RunID uuid.UUID `json:"run_id"`
	At    time.Time `json:"at"`
	State State     `json:"state,omitempty"`
	Cell  *Cell     `json:"cell,omitempty"`
}

// Last reports whether no event follows.
func (e *Event) Last() bool { return e.Type == RunChanged && e.State.Final() }

// Source is a query or function cell as it takes part in a run: its definitions are seen by all, and it is run if it is among
// the run's cells.
type Source struct {
	ID       string           `json:"id"`
	Text     string           `json:"text"`
	Language foreign.Language `json:"language,omitempty"` // "" is DreamQL
}

// Request is a run to make.
type Request struct {
	NotebookID      *uuid.UUID
	NotebookVersion *int64
	Sources         []Source // every query and function cell of the notebook, in order
	Cells           []string // which of them to run; empty for all
	Params          map[string]json.RawMessage
	Limit           *int64        // rows of each result that are computed; nil for all
	Time            time.Duration // that a part of a cell's query may take; 0 for all that the operator allows
}
