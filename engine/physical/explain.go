package physical

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/udf"
)

// Explanation is a plan for people and for the plan view: what each stage does, and where each function runs, and why.
type Explanation struct {
	Stages    []ExplainedStage    `json:"stages"`
	Functions []ExplainedFunction `json:"functions,omitempty"`
	Rewrites  []string            `json:"rewrites,omitempty"` // what the optimiser did, in order
}

// ExplainedStage is a stage with its operators from the result down.
type ExplainedStage struct {
	ID        int                 `json:"id"`
	Kind      string              `json:"kind"` // "source": as many tasks as there are splits to share; "gather": one task
	Table     string              `json:"table,omitempty"`
	Rows      int64               `json:"rows,omitempty"`    // of the table
	Batches   int                 `json:"batches,omitempty"` // of the table
	Pruned    int                 `json:"pruned,omitempty"`  // batches that statistics rule out
	Inputs    []int               `json:"inputs,omitempty"`
	Operators []ExplainedOperator `json:"operators"`
}

// ExplainedOperator is one operator.
type ExplainedOperator struct {
	Kind      string   `json:"kind"`
	Text      string   `json:"text"`
	Estimate  int64    `json:"estimate,omitempty"` // rows
	Inputs    []int    `json:"inputs,omitempty"`   // the stages that it takes rows of itself
	Functions []string `json:"functions,omitempty"`
	Paths     []Path   `json:"paths,omitempty"` // of a scan: the ways to its rows that were compared
	// PerValue are the parts of its expressions that are evaluated once for each value of a dictionary.
	PerValue []PerValue `json:"per_value,omitempty"`
	// Steps are what a fix does in each round after the first: stages, of which the last gives the rows that are added.
	Steps [][]ExplainedStage `json:"steps,omitempty"`
}

// ExplainedFunction is where one user-defined function runs.
type ExplainedFunction struct {
	Function string `json:"function"`
	Kind     string `json:"kind"`
	Runs     string `json:"runs"` // "inlined", or "executor"
	Tier     string `json:"tier"`
	Stages   []int  `json:"stages,omitempty"`
	Why      string `json:"why"`
	// Places are the operators that call it.
	Places []FunctionPlace `json:"places,omitempty"`
	// NsPerRow and Selectivity are what was measured when the function was published; 0 where nothing was.
	NsPerRow    float64 `json:"ns_per_row,omitempty"`
	Selectivity float64 `json:"selectivity,omitempty"`
}

// Explain describes a plan. called are all functions of the program, those that were inlined included; rewrites are
// the optimiser's steps as text; tier tells which mechanism executes a function, "" where it is not known, and what its runtime notes of it, and is nil where nobody
// knows more than the function itself.
func Explain(p *Plan, called []*udf.Function, rewrites []string, tier func(*udf.Function) (tier, note string)) *Explanation {
	e := &Explanation{Rewrites: rewrites}
	where := map[string][]int{}
	all := called
	for i := range p.Stages {
		s := &p.Stages[i]
		e.Stages = append(e.Stages, explainStage(s, stageList))
		for _, f := range s.Functions() {
			where[f.ID()] = append(where[f.ID()], s.ID)
			all = append(all[:len(all):len(all)], f)
		}
	}
	seen := map[string]bool{}
	for _, f := range all {
		if !seen[f.ID()] {
			seen[f.ID()] = true
			x := explainFunction(f, where[f.ID()], tier)
			x.Places = p.places(f)
			e.Functions = append(e.Functions, x)
		}
	}
	return e
}

func explainStage(s *Stage, inputs func([]int) string) ExplainedStage {
	out := ExplainedStage{ID: s.ID, Kind: "gather", Inputs: s.Inputs}
	if s.Table != nil {
		out.Kind, out.Table, out.Rows = "source", s.Table.Name, s.Table.Rows
		keep := zoneFilter(s)
		for i := range s.Table.Segments {
			for j := range s.Table.Segments[i].Batches {
				out.Batches++
				if !keep(i, j) {
					out.Pruned++
				}
			}
		}
	}
	for o := s.Root; o != nil; o = o.Input {
		x := ExplainedOperator{Kind: o.Kind(), Text: o.describe(s, inputs), Estimate: o.Estimate, Inputs: o.inputs(), PerValue: o.perValue(s)}
		o.Functions(func(f *udf.Function) {
			if !slices.Contains(x.Functions, f.ID()) {
				x.Functions = append(x.Functions, f.ID())
			}
		})
		if o.Scan != nil {
			x.Paths = o.Scan.Paths
		}
		if o.Fix != nil {
			x.Steps = o.Fix.explain(inputs)
		}
		out.Operators = append(out.Operators, x)
	}
	return out
}

// explain describes the steps; outer names the inputs of the stage that the fix is in.
func (f *Fix) explain(outer func([]int) string) [][]ExplainedStage {
	var out [][]ExplainedStage
	for _, step := range f.Next {
		var stages []ExplainedStage
		for i := range step.Stages {
			s := explainStage(&step.Stages[i], func(ids []int) string {
				names := make([]string, len(ids))
				for k, id := range ids {
					if id >= 0 {
						names[k] = fmt.Sprintf("part %d", id)
					} else if in := step.Inputs[-1-id]; in.Rows != "" {
						names[k] = "the " + string(in.Rows) + " rows"
					} else {
						names[k] = outer([]int{in.Stage})
					}
				}
				return strings.Join(names, ", ")
			})
			s.Kind, s.Inputs = "round", nil
			for k := range s.Operators {
				s.Operators[k].Inputs = nil // they are numbered within the step
			}
			stages = append(stages, s)
		}
		out = append(out, stages)
	}
	return out
}

// describe writes an operator as the logical node that it carries out.
func (o *Op) describe(s *Stage, inputs func([]int) string) string {
	switch {
	case o.Scan != nil:
		return logical.Describe(&logical.Scan{Table: s.Table, Columns: o.Columns, Filter: o.Scan.Filter})
	case o.Read != nil:
		return "read " + inputs(o.Read.Stages)
	case o.Values != nil:
		return logical.Describe(&logical.Values{Columns: o.Columns, Rows: o.Values.Rows})
	case o.Filter != nil:
		return logical.Describe(&logical.Filter{Pred: asEvaluated(o.Filter.Pred)})
	case o.Project != nil:
		return logical.Describe(&logical.Project{Cols: o.Project.Cols})
	case o.Aggregate != nil:
		text := logical.Describe(&logical.Aggregate{Keys: o.Aggregate.Keys, Aggs: o.Aggregate.Aggs})
		if o.Aggregate.Mode != Complete {
			text = string(o.Aggregate.Mode) + " " + text
		}
		return text
	case o.HashJoin != nil:
		j := o.HashJoin
		return logical.Describe(&logical.Join{Kind: j.Kind, Promised: j.Promised, On: j.On, Residual: j.Residual}) + ", build " + inputs([]int{j.Build}) + kept(j.Keep) + pruned(j.Prunes)
	case o.Fix != nil:
		text := "fix"
		for i, k := range o.Fix.Keep {
			text += map[bool]string{true: " keep ", false: ", "}[i == 0] + k.Column + ": " + k.Func
		}
		return text + ", seed " + inputs([]int{o.Fix.Seed})
	case o.Sort != nil:
		return logical.Describe(&logical.Sort{Keys: o.Sort.Keys})
	case o.TopN != nil:
		return logical.Describe(&logical.TopN{By: o.TopN.By, Keys: o.TopN.Keys, N: o.TopN.N})
	case o.Limit != nil:
		return logical.Describe(&logical.Limit{Offset: o.Limit.Offset, Count: o.Limit.Count})
	case o.Distinct != nil:
		return "distinct"
	case o.Unnest != nil:
		return logical.Describe(&logical.Unnest{Expr: o.Unnest.Expr, As: o.Columns[len(o.Columns)-1].Name})
	case o.Window != nil:
		return logical.Describe(&logical.Window{By: o.Window.By, Order: o.Window.Order, Funcs: o.Window.Funcs})
	}
	return o.Kind()
}

func stageList(ids []int) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = fmt.Sprintf("stage %d", id)
	}
	return strings.Join(parts, ", ")
}

// JSON is the explanation for programs.
func (e *Explanation) JSON() ([]byte, error) { return json.MarshalIndent(e, "", "  ") }

// Text is the explanation for a terminal.
func (e *Explanation) Text() string {
	var b strings.Builder
	for _, s := range e.Stages {
		fmt.Fprintf(&b, "stage %d: %s", s.ID, s.Kind)
		if s.Table != "" {
			fmt.Fprintf(&b, " over %s, %d rows in %d batches", s.Table, s.Rows, s.Batches)
			if s.Pruned > 0 {
				fmt.Fprintf(&b, ", %d ruled out by statistics", s.Pruned)
			}
		}
		b.WriteByte('\n')
		writeOperators(&b, s.Operators, 1)
	}
	for _, f := range e.Functions {
		where := f.Runs
		if len(f.Stages) > 0 {
			where += " of " + stageList(f.Stages)
		}
		if f.Tier != "" {
			where += " (" + f.Tier + ")"
		}
		fmt.Fprintf(&b, "function %s: %s; %s%s\n", f.Function, where, f.Why, f.estimate())
		for _, at := range f.Places {
			moved := map[bool]string{true: "pushed down", false: "not pushed down"}[at.Pushed]
			fmt.Fprintf(&b, "  in %s of stage %d, %s: %s\n", at.Operator, at.Stage, moved, at.Why)
		}
	}
	for _, r := range e.Rewrites {
		fmt.Fprintf(&b, "rule %s\n", r)
	}
	return b.String()
}

func writeOperators(b *strings.Builder, operators []ExplainedOperator, depth int) {
	for i, o := range operators {
		fmt.Fprintf(b, "%s%s", strings.Repeat("  ", depth+i), o.Text)
		if o.Estimate > 0 {
			fmt.Fprintf(b, "  ~%d rows", o.Estimate)
		}
		b.WriteByte('\n')
		if len(o.Paths) > 1 { // where there was a choice
			for _, p := range o.Paths {
				fmt.Fprintf(b, "%spath %s\n", strings.Repeat("  ", depth+i+1), p)
			}
		}
		for _, v := range o.PerValue {
			fmt.Fprintf(b, "%sonce a value of %s, ~%d: %s\n", strings.Repeat("  ", depth+i+1), v.Column, v.Values, v.Expr)
		}
		for _, step := range o.Steps {
			for k, s := range step {
				name := "each round"
				if k < len(step)-1 {
					name = fmt.Sprintf("each round, part %d", s.ID)
				}
				fmt.Fprintf(b, "%s%s:\n", strings.Repeat("  ", depth+i+1), name)
				writeOperators(b, s.Operators, depth+i+2)
			}
		}
	}
}
