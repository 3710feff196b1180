package run

import (
	"slices"

	"github.com/dreamql/dreamql/engine/cluster"
	"github.com/dreamql/dreamql/engine/udf"
)

// inlined is the tier of functions that became part of the query.
const inlined = "inlined"

// add takes over what the cluster measured. Functions that were inlined have no times of their own; they are listed so that
// one can see that they cost nothing extra.
func (s *Stats) add(c cluster.Stats, functions []*udf.Function) {
	s.ExecMS, s.RowsRead, s.RowsOut, s.BytesRead, s.PeakBytes = c.ExecMS, c.RowsRead, c.RowsOut, c.BytesRead, c.PeakBytes
	var workers []string
	for _, t := range c.Tasks {
		s.Tasks = append(s.Tasks, TaskStats{Stage: t.Stage, Task: t.Index, Worker: t.Worker, Attempt: t.Attempt, MS: t.MS, RowsOut: t.Rows})
		if !slices.Contains(workers, t.Worker) {
			workers = append(workers, t.Worker)
		}
	}
	slices.Sort(workers)
	for _, f := range c.Functions {
		x := FunctionStats{Name: f.Function, Tier: f.Tier, Calls: f.Calls, Rows: f.Rows, NsPerRow: f.NsPerRow(), Workers: workers}
		if i := slices.IndexFunc(functions, func(g *udf.Function) bool { return g.ID() == f.Function }); i >= 0 {
			x.Kind = string(functions[i].Kind)
		}
		s.Functions = append(s.Functions, x)
	}
	for _, f := range functions {
		if f.Kind == udf.Expression {
			s.Functions = append(s.Functions, FunctionStats{Name: f.ID(), Kind: string(f.Kind), Tier: inlined})
		}
	}
}
