package exec

import (
	"reflect"

	"github.com/dreamql/dreamql/engine/physical"
)

// finishedOnce finishes a partial aggregate in its own stage, where several stages would all finish it in the same way: in one process there
// is only one part of it. done says which stages have nothing left to finish, so that they begin with what they read.
func finishedOnce(stages []physical.Stage) (done map[int]bool) {
	readers, finishing := map[int]int{}, map[int][]int{}
	for i := range stages {
		for _, in := range stages[i].Inputs {
			readers[in]++
		}
		ops := chainOf(stages[i].Root)
		if len(ops) < 2 || ops[0].Read == nil || len(ops[0].Read.Stages) != 1 || ops[1].Bound != nil {
			continue
		}
		if from := ops[0].Read.Stages[0]; finishes(ops[1], stages[from].Root) {
			finishing[from] = append(finishing[from], i)
		}
	}
	done = map[int]bool{}
	for from, by := range finishing {
		if len(by) < 2 || len(by) != readers[from] || !finishAlike(stages, by) {
			continue
		}
		stage, last := &stages[from], chainOf(stages[by[0]].Root)[1]
		stage.Root, stage.Columns = completed(last, stage.Root), last.Columns
		for _, i := range by {
			ops := chainOf(stages[i].Root)
			read := *ops[0]
			read.Columns = last.Columns
			stages[i].Root = above(ops[2:], &read)
			done[i] = true
		}
	}
	return done
}

// finishAlike reports whether stages finish what they read in the same way.
func finishAlike(stages []physical.Stage, by []int) bool {
	first := chainOf(stages[by[0]].Root)[1]
	for _, i := range by[1:] {
		op := chainOf(stages[i].Root)[1]
		if !reflect.DeepEqual(op.Columns, first.Columns) || !reflect.DeepEqual(op.Aggregate, first.Aggregate) {
			return false
		}
	}
	return true
}

// completed does at once what part does and then last.
func completed(last, part *physical.Op) *physical.Op {
	whole := *last
	whole.Input = part.Input
	if whole.Aggregate != nil {
		a := *whole.Aggregate
		a.Mode = physical.Complete
		whole.Aggregate = &a
	}
	return &whole
}

// above is a chain of operators over another input.
func above(ops []*physical.Op, root *physical.Op) *physical.Op {
	for _, op := range ops {
		next := *op
		next.Input = root
		root = &next
	}
	return root
}

// unfinished gives what the operators of a stage of which finishedOnce took one away did to those that they are in the plan.
func unfinished(ops []OperatorStats, last *physical.Op) []OperatorStats {
	read := ops[0]
	out := []OperatorStats{read, nothingLeft(read.Stage, last.Kind(), read.RowsOut, read.BytesOut)}
	for _, o := range ops[1:] {
		o.Index++
		out = append(out, o)
	}
	return out
}
