package physical

import (
	"fmt"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// FunctionPlace is one operator that calls a function, and whether the call was moved down to where rows are read.
type FunctionPlace struct {
	Stage    int    `json:"stage"`
	Index    int    `json:"index"` // from the stage's leaf, 0, as in statistics
	Operator string `json:"operator"`
	Pushed   bool   `json:"pushed"`
	Why      string `json:"why"`
}

// places finds the operators that call f. Steps of a fix count as the fix.
func (p *Plan) places(f *udf.Function) []FunctionPlace {
	var out []FunctionPlace
	for i := range p.Stages {
		s := &p.Stages[i]
		index := -1
		for o := s.Root; o != nil; o = o.Input {
			index++
		}
		for o := s.Root; o != nil; o, index = o.Input, index-1 {
			if o.calls(f) {
				pushed, why := p.place(s, o, f)
				out = append(out, FunctionPlace{Stage: s.ID, Index: index, Operator: o.Kind(), Pushed: pushed, Why: why})
			}
		}
	}
	return out
}

func (o *Op) calls(f *udf.Function) bool {
	found := false
	o.Functions(func(g *udf.Function) { found = found || g.ID() == f.ID() })
	return found
}

// place says whether an operator's calls of f are done where rows are read, and why.
func (p *Plan) place(s *Stage, o *Op, f *udf.Function) (pushed bool, why string) {
	switch {
	case o.Filter != nil:
		return p.filterPlace(s, o, f)
	case o.Scan != nil:
		return true, "it decides in the scan of " + s.Table.Name + " which rows are read on"
	case o.Fix != nil:
		return false, "each round of the fix calls it for the rows that the round works on"
	case o.HashJoin != nil:
		return false, "it decides which rows of the two sides match, so it is called for pairs"
	case o.Window != nil:
		return false, "a window needs the rows of a partition together"
	case o.Sort != nil, o.TopN != nil, o.Search != nil:
		return false, "the order is of all rows, which must have come together"
	case o.Aggregate != nil && o.Aggregate.Mode == Final:
		return false, "the states of the parts of each group are merged here, after the tasks that made them"
	case o.Aggregate != nil && o.Aggregate.Mode == Complete && s.Table == nil:
		return false, "a group's rows must have come together first"
	}
	if s.Table != nil && !below(o, func(x *Op) bool { return x.HashJoin != nil }) {
		return true, "it is called in the tasks that read " + s.Table.Name + ", so nothing is handed on for it"
	}
	if s.Table != nil {
		return false, "it is called after the join, in the tasks that read " + s.Table.Name + ", for the rows that are left"
	}
	return false, "it is called after the rows of " + stageList(s.Inputs) + " have come together, for the rows that are left"
}

// filterPlace is place for a filter: what stands below it is what it could not be moved across.
func (p *Plan) filterPlace(s *Stage, o *Op, f *udf.Function) (pushed bool, why string) {
	in := p.under(o)
	switch {
	case in == nil:
		return false, "there is nothing below it"
	case in.Scan != nil:
		return true, "it is asked right after the scan of " + p.table(in, s) + ", for the rows that the scan's own conditions leave, before anything else is done with them"
	case in.HashJoin != nil:
		return false, joinKeeps(o, in, f)
	case in.Aggregate != nil:
		return false, "it is asked of what a group has come to, and the groups are there once all rows were seen"
	case in.Window != nil:
		return false, "below the window it would thin out the partitions that the window looks at"
	case in.TopN != nil, in.Limit != nil:
		return false, "below it other rows would be among those that are taken"
	case in.Project != nil:
		return false, "it is asked of a column that is computed just below, which must not be computed twice"
	case in.Fix != nil:
		return false, "the rows that it would take away may lead to others in a later round"
	case in.Unnest != nil:
		return false, "it is asked of rows that unnest makes"
	}
	return false, "its rows are made by the " + in.Kind() + " below it"
}

// joinKeeps says why a filter stays above a join.
func joinKeeps(o, join *Op, f *udf.Function) string {
	used := map[string]bool{}
	for _, part := range logical.Conjuncts(o.Filter.Pred) {
		calls := false
		logical.WalkAll(part, func(x *logical.Expr) { calls = calls || x.Op == logical.OpUDF && x.Func.ID() == f.ID() })
		if calls {
			logical.ColumnsOf(part, used)
		}
	}
	left, right := false, false
	for _, c := range join.Columns {
		if used[c.Name] {
			if slices.ContainsFunc(join.HashJoin.BuildColumns, func(b types.Field) bool { return b.Name == c.Name }) {
				right = true
			} else {
				left = true
			}
		}
	}
	switch kind := join.HashJoin.Kind; {
	case left && right:
		return "it takes columns of both sides of the join, so it can only be asked of pairs"
	case kind == logical.Check:
		return fmt.Sprintf("%s checks what it promises, and must see the rows that this would take away", join.HashJoin.Promised)
	case kind.Guards():
		return fmt.Sprintf("%s checks what it promises, and must see the rows that this would take away", kind)
	case kind == logical.JoinFull || kind == logical.JoinLeft && right:
		return fmt.Sprintf("%s makes a row absent where nothing matches, and below it this would make more of them", kind)
	case f.Volatile:
		return "it may give another result each time, so it is called as often as the program says"
	}
	return "below the join it would be asked of rows that the join leaves out, and a call that fails would fail the query"
}

// under is the operator that an operator takes its rows of, filters aside, across stages where there is one to look at.
func (p *Plan) under(o *Op) *Op {
	for o = o.Input; o != nil; {
		switch {
		case o.Filter != nil:
			o = o.Input
		case o.Read != nil && len(o.Read.Stages) == 1 && o.Read.Stages[0] >= 0 && o.Read.Stages[0] < len(p.Stages):
			o = p.Stages[o.Read.Stages[0]].Root
		default:
			return o
		}
	}
	return nil
}

// table is what a scan reads; s is the stage of who asks.
func (p *Plan) table(scan *Op, s *Stage) string {
	for i := range p.Stages {
		for o := p.Stages[i].Root; o != nil; o = o.Input {
			if o == scan && p.Stages[i].Table != nil {
				return p.Stages[i].Table.Name
			}
		}
	}
	return s.Table.Name
}

func below(o *Op, is func(*Op) bool) bool {
	for o = o.Input; o != nil; o = o.Input {
		if is(o) {
			return true
		}
	}
	return false
}

// inputs are the stages that an operator itself takes rows of.
func (o *Op) inputs() []int {
	switch {
	case o.Read != nil:
		return o.Read.Stages
	case o.HashJoin != nil:
		return []int{o.HashJoin.Build}
	case o.Fix != nil:
		out := []int{o.Fix.Seed}
		for _, step := range append([]Step{o.Fix.First}, o.Fix.Next...) {
			for _, in := range step.Inputs {
				if in.Rows == "" && !slices.Contains(out, in.Stage) {
					out = append(out, in.Stage)
				}
			}
		}
		return out
	}
	return nil
}
