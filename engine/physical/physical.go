// Package physical is the plan that is executed: stages of operators, cut at exchanges, versioned and serialisable as JSON.
//
// A plan has source stages, which run as many tasks as there are splits to share, and gather stages, which run as one task
// over everything that their inputs produced. A stage's inputs are read whole by each of its tasks (broadcast), so a join
// builds from an input and streams its scan. The last stage is the result. Lower makes a plan from package logical;
// a new operator is a field of Op, a case in Lower and one in exec/build.go.
package physical

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// Version of the serialised form; an executor refuses another.
const Version = 3

// Plan is a whole query.
type Plan struct {
	Version int           `json:"version"`
	Columns []types.Field `json:"columns"` // of the result
	Stages  []Stage       `json:"stages"`  // inputs come before their readers; the last gives the result
	Modules []Module      `json:"modules,omitempty"`
}

// Module is code that the plan's functions need, by digest; the worker hands it to the executor.
type Module struct {
	Kind   udf.Kind `json:"kind"`
	Digest string   `json:"digest"`
}

// Stage is operators between exchanges.
type Stage struct {
	ID      int            `json:"id"` // index in Plan.Stages
	Root    *Op            `json:"root"`
	Columns []types.Field  `json:"columns"`           // of its output
	Table   *logical.Table `json:"table,omitempty"`   // what its Scan reads; nil for a gather stage
	Inputs  []int          `json:"inputs,omitempty"`  // stages read whole by every task
	Ordered bool           `json:"ordered,omitempty"` // output order matters: tasks' outputs are concatenated by task index
}

// Split is the part of a stage's table that one task scans: batches [From, To) of a segment.
type Split struct {
	Segment int `json:"segment"` // index in Stage.Table.Segments
	From    int `json:"from"`
	To      int `json:"to"`
}

// Splits shares a stage's table among at most n tasks, evenly by rows, in table order; zone maps that exclude a
// batch leave it out. A gather stage, and a table with nothing left to read, is one task with no splits.
func Splits(s *Stage, n int) [][]Split { return splits(s, n) }
