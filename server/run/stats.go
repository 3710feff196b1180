package run

import (
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/udf"
)

// inlined is the tier of functions that became part of the query.
const inlined = "inlined"

// add takes over what the cluster measured. Functions that were inlined have no times of their own; they are listed so that
// one can see that they cost nothing extra.
func (s *Stats) add(c cluster.Stats, of *compiled) {
	s.ExecMS, s.RowsRead, s.RowsOut, s.BytesRead, s.PeakBytes, s.SpilledBytes = c.ExecMS, c.RowsRead, c.RowsOut, c.BytesRead, c.PeakBytes, c.SpilledBytes
	if of.plan != nil {
		s.Operators = exec.Compared(of.plan, c.Stats)
	}
	for _, t := range c.Tasks {
		s.Tasks = append(s.Tasks, TaskStats{Stage: t.Stage, Task: t.Index, Worker: t.Worker, Attempt: t.Attempt, MS: t.MS, RowsRead: t.Read, RowsOut: t.Rows})
	}
	for _, f := range c.Functions {
		x := FunctionStats{Name: f.Function, Tier: f.Tier, Calls: f.Calls, Rows: f.Rows, NsPerRow: f.NsPerRow(), BytesIn: f.BytesIn, BytesOut: f.BytesOut, Workers: workers(c.Tasks, of.stages[f.Function]),
			CompileMS: ms(f.Compile), CacheHits: f.CacheHits, QueueMS: ms(f.Queue), MemoryBytes: f.PeakBytes, Errors: f.Errors}
		if i := slices.IndexFunc(of.functions, func(g *udf.Function) bool { return g.ID() == f.Function }); i >= 0 {
			x.Kind = string(of.functions[i].Kind)
		}
		s.Functions = append(s.Functions, x)
	}
	for _, f := range of.functions {
		if f.Kind == udf.Expression {
			s.Functions = append(s.Functions, FunctionStats{Name: f.ID(), Kind: string(f.Kind), Tier: inlined})
		}
	}
}

// workers are those that ran a task of one of the stages.
func workers(tasks []cluster.TaskStats, stages []int) []string {
	var out []string
	for _, t := range tasks {
		if slices.Contains(stages, t.Stage) && !slices.Contains(out, t.Worker) {
			out = append(out, t.Worker)
		}
	}
	slices.Sort(out)
	return out
}

// failed notes which function a cell failed in: of a part that fails no statistics come back.
func (s *Stats) failed(message string, of *compiled) {
	for _, f := range of.functions {
		if strings.Contains(message, f.ID()) {
			s.Functions = append(s.Functions, FunctionStats{Name: f.ID(), Kind: string(f.Kind), Errors: 1})
			return
		}
	}
}
