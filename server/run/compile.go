package run

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// checkTime bounds checking and planning of one program.
const checkTime = 10 * time.Second

// program is the query cells of a notebook, checked together: each sees what the others define.
type program struct {
	sources []Source
	result  *check.Result
	diags   []Diagnostic
	bad     map[string]bool   // cells with errors of their own
	pending map[string]bool   // files that were still being imported when it was checked
	code    map[string][]byte // modules that are cells, by their digests
}

// checkProgram checks sources against a catalogue, in which imports decides what their imports mean; find knows what cells were
// compiled to.
func checkProgram(ctx context.Context, cat catalog.Catalog, imports resolver, find finder, sources []Source, params map[string]json.RawMessage) (*program, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	in, err := parse(ctx, sources, find)
	if err != nil {
		return nil, err
	}
	pending := map[string]bool{}
	cat = resolved{cat, imports(ctx, imported(in.texts)), pending}
	result, more := check.Check(ctx, cat, check.Program{Sources: in.texts, Foreign: in.other}, params)
	p := &program{pending: pending, sources: sources, result: result, diags: Located(append(in.diags, more...), sources), bad: map[string]bool{}, code: in.code}
	for _, d := range p.diags {
		if d.Severity == string(source.Error) {
			p.bad[d.CellID] = true
		}
	}
	return p, nil
}

// module finds the code of functions: of cells here, of packages elsewhere.
func (p *program) module(elsewhere func(context.Context, string) ([]byte, error)) func(context.Context, string) ([]byte, error) {
	return func(ctx context.Context, digest string) ([]byte, error) {
		if code, ok := p.code[digest]; ok {
			return code, nil
		}
		return elsewhere(ctx, digest)
	}
}

// reach is a cell and those whose definitions it uses, directly or not.
func (p *program) reach(cell string) map[string]bool {
	reached := map[string]bool{cell: true}
	for grown := true; grown; {
		grown = false
		for i, c := range p.result.Cells {
			if !reached[p.sources[i].ID] {
				continue
			}
			for j, d := range p.result.Cells {
				uses := slices.ContainsFunc(c.Uses, func(n string) bool { return slices.Contains(d.Defines, n) })
				if uses && !reached[p.sources[j].ID] {
					reached[p.sources[j].ID], grown = true, true
				}
			}
		}
	}
	return reached
}

// about returns the diagnostics that concern a cell: its own, and those of cells whose definitions it uses.
func (p *program) about(cell string) []Diagnostic {
	reach := p.reach(cell)
	var out []Diagnostic
	for _, d := range p.diags {
		if reach[d.CellID] || d.CellID == "" {
			out = append(out, d)
		}
	}
	return out
}

func failed(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == string(source.Error) })
}

// compiled is a cell that can run. plan is nil for one that only defines.
type compiled struct {
	plan      *physical.Plan
	columns   []types.Field
	steps     Plan
	functions []*udf.Function
	stages    map[string][]int // where each function runs, by its ID
	rewrites  []string
	saves     []plannedSave
}

// plannedSave is a save whose rows can be computed.
type plannedSave struct {
	*check.Save
	plan *physical.Plan
}

// compile plans a cell, of which limit rows are wanted (nil for all); the diagnostics say why it cannot run. Tables of databases are
// copied for a plan that will run; without a copier they stay.
func (p *program) compile(ctx context.Context, cell string, limit *int64, copier compile.Copier) (*compiled, []Diagnostic) {
	about := p.about(cell)
	if failed(about) {
		return nil, about
	}
	i := slices.IndexFunc(p.sources, func(s Source) bool { return s.ID == cell })
	c := &compiled{functions: p.functions(cell), steps: Plan{Steps: []PlanStep{}}}
	c.columns = p.result.Cells[i].Columns
	for _, save := range p.result.Cells[i].Saves {
		q, refused := p.plan(ctx, cell, save.Plan, copier)
		if q == nil {
			return nil, append(about, refused...)
		}
		c.saves = append(c.saves, plannedSave{save, q.Plan})
		if p.result.Cells[i].Plan == nil {
			c.explain(q)
		}
	}
	node := p.result.Cells[i].Plan
	if node == nil {
		return c, about
	}
	if limit != nil {
		node = &logical.Limit{Input: node, Count: *limit}
	}
	q, refused := p.plan(ctx, cell, node, copier)
	if q == nil {
		return nil, append(about, refused...)
	}
	c.plan = q.Plan
	c.explain(q)
	return c, about
}

// plan plans a relation; the diagnostics say why it cannot run.
func (p *program) plan(ctx context.Context, cell string, node logical.Node, copier compile.Copier) (*compile.Query, []Diagnostic) {
	q, err := compile.PlanCopied(ctx, node, copier)
	var refused source.Diagnostics
	var uncopied *copyError
	switch {
	case errors.As(err, &uncopied):
		return nil, []Diagnostic{{Code: "DQL9000", Severity: string(source.Error), CellID: cell, Message: uncopied.Error()}}
	case errors.As(err, &refused):
		return nil, Located(refused, p.sources)
	case err != nil:
		return nil, []Diagnostic{{Code: "DQL4900", Severity: string(source.Error), CellID: cell, Message: "This cannot be planned: " + err.Error()}}
	}
	return q, nil
}

// explain writes the plan for people, step by step.
func (c *compiled) explain(q *compile.Query) {
	rewrites := make([]string, len(q.Steps))
	for i, s := range q.Steps {
		rewrites[i] = s.String()
	}
	c.rewrites = rewrites
	e := physical.Explain(q.Plan, c.functions, rewrites, nil)
	c.steps.Explanation = e
	c.stages = map[string][]int{}
	for _, f := range e.Functions {
		c.stages[f.Function] = f.Stages
		x := FunctionStats{Name: f.Function, Kind: f.Kind, Tier: f.Tier}
		if f.Kind == string(udf.Expression) {
			x.Tier = inlined
		}
		c.steps.Functions = append(c.steps.Functions, x)
	}
	step := func(title, text string) {
		if text != "" {
			c.steps.Steps = append(c.steps.Steps, PlanStep{Title: title, Text: strings.TrimRight(text, "\n")})
		}
	}
	step("As written", logical.Format(q.Logical))
	step("Rewrites", strings.Join(rewrites, "\n"))
	step("Optimised", logical.Format(q.Rewritten))
	step("Stages", (&physical.Explanation{Stages: e.Stages, Functions: e.Functions}).Text())
}

// functions are the package functions that a cell may call: those whose names it, or a cell that it uses, has in its text.
func (p *program) functions(cell string) []*udf.Function {
	reach := p.reach(cell)
	var out []*udf.Function
	for _, f := range p.result.Functions {
		if slices.ContainsFunc(p.sources, func(s Source) bool { return reach[s.ID] && strings.Contains(s.Text, f.Name) }) {
			out = append(out, f)
		}
	}
	return out
}

func columnsOf(fs []types.Field) []Column {
	out := make([]Column, len(fs))
	for i, f := range fs {
		out[i] = Column{Name: f.Name, Type: f.Type.String()}
	}
	return out
}

// explained is the plan after it ran: with the mechanism that executed each function.
func (c *compiled) explained(ran []exec.FunctionStats) *physical.Explanation {
	return physical.Explain(c.plan, c.functions, c.rewrites, func(f *udf.Function) (tier, note string) {
		i := slices.IndexFunc(ran, func(x exec.FunctionStats) bool { return x.Function == f.ID() })
		if i < 0 {
			return f.Tier, ""
		}
		return ran[i].Tier, ""
	})
}
