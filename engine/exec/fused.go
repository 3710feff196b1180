package exec

import "github.com/dreamql/dreamql/engine/physical"

// fused is a plan for this process alone: where a source stage ends in a partial aggregate that one other stage finishes,
// the two become one stage with a complete one, and no states are moved. The first is left without operators.
// joined says which stage another took in, and finished which stages have nothing left to finish, since several read the same.
func fused(plan *physical.Plan) (stages []physical.Stage, joined map[int]int, finished map[int]bool) {
	stages = append([]physical.Stage(nil), plan.Stages...)
	finished = finishedOnce(stages)
	readers, joined := map[int]int{}, map[int]int{}
	for _, s := range stages {
		for _, in := range s.Inputs {
			readers[in]++
		}
	}
	for i := range stages {
		ops := chainOf(stages[i].Root)
		if len(ops) < 2 || ops[0].Read == nil || len(ops[0].Read.Stages) != 1 || len(stages[i].Inputs) == 0 {
			continue
		}
		from := &stages[ops[0].Read.Stages[0]]
		if readers[from.ID] != 1 || from.Root == nil || !finishes(ops[1], from.Root) {
			continue
		}
		root := above(ops[2:], completed(ops[1], from.Root))
		into := &stages[i]
		inputs := append([]int(nil), from.Inputs...)
		for _, in := range into.Inputs {
			if in != from.ID {
				inputs = append(inputs, in)
			}
		}
		into.Root, into.Table, into.Inputs = root, from.Table, inputs
		from.Root = nil
		joined[i] = from.ID
	}
	return stages, joined, finished
}

// finishes reports whether last makes of the output of part what it would make of part's input.
func finishes(last, part *physical.Op) bool {
	if last.Distinct != nil {
		return part.Distinct != nil
	}
	return last.Aggregate != nil && part.Aggregate != nil && part.Bound == nil &&
		last.Aggregate.Mode == physical.Final && part.Aggregate.Mode == physical.Partial
}

// apart gives what the operators of two joined stages did to the ones that they are in the plan. The aggregate is counted
// as that of the first; what finishes it had nothing to do.
func apart(ops []OperatorStats, from *physical.Stage) []OperatorStats {
	n := len(chainOf(from.Root))
	var out []OperatorStats
	for i, o := range ops {
		into := o.Stage
		switch {
		case i < n:
			o.Stage, o.Index = from.ID, i
		default:
			o.Index = i - n + 2
		}
		out = append(out, o)
		if i == n-1 {
			rows, bytes := o.RowsOut, o.BytesOut
			out = append(out, OperatorStats{Stage: into, Index: 0, Kind: "input", RowsOut: rows, BytesOut: bytes},
				nothingLeft(into, o.Kind, rows, bytes))
		}
	}
	return out
}

// nothingLeft is what an operator did that stands behind the input of a stage and finishes what is finished already.
func nothingLeft(stage int, kind string, rows, bytes int64) OperatorStats {
	return OperatorStats{Stage: stage, Index: 1, Kind: kind, RowsIn: rows, RowsOut: rows, BytesIn: bytes, BytesOut: bytes}
}
