package run

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
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
	bad     map[string]bool // cells with errors of their own
}

// checkProgram checks sources against a catalogue.
func checkProgram(ctx context.Context, cat catalog.Catalog, sources []Source, params map[string]json.RawMessage) *program {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var parsed []*syntax.Program
	var diags source.Diagnostics
	for i, s := range sources {
		p, d := syntax.Parse(source.FileID(i), s.Text)
		parsed, diags = append(parsed, p), append(diags, d...)
	}
	result, more := check.Check(ctx, cat, check.Program{Sources: parsed}, params)
	p := &program{sources: sources, result: result, diags: located(append(diags, more...), sources), bad: map[string]bool{}}
	for _, d := range p.diags {
		if d.Severity == string(source.Error) {
			p.bad[d.CellID] = true
		}
	}
	return p
}

// about returns the diagnostics that concern a cell: its own, and those of cells whose definitions it uses.
func (p *program) about(cell string) []Diagnostic {
	wanted := map[string]bool{cell: true, "": true}
	for grown := true; grown; {
		grown = false
		for i, c := range p.result.Cells {
			if !wanted[p.sources[i].ID] {
				continue
			}
			for j, d := range p.result.Cells {
				uses := slices.ContainsFunc(c.Uses, func(n string) bool {
					return slices.Contains(d.Defines, strings.TrimPrefix(n, "$")) || slices.Contains(d.Defines, n)
				})
				if uses && !wanted[p.sources[j].ID] {
					wanted[p.sources[j].ID], grown = true, true
				}
			}
		}
	}
	var out []Diagnostic
	for _, d := range p.diags {
		if wanted[d.CellID] {
			out = append(out, d)
		}
	}
	return out
}

func failed(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == string(source.Error) })
}

// compiled is a cell that can run. Plan is nil for one that only defines.
type compiled struct {
	plan      *physical.Plan
	columns   []types.Field
	steps     Plan
	functions []*udf.Function
}

// compile plans a cell; the diagnostics say why it cannot run.
func (p *program) compile(cell string) (*compiled, []Diagnostic) {
	about := p.about(cell)
	if failed(about) {
		return nil, about
	}
	i := slices.IndexFunc(p.sources, func(s Source) bool { return s.ID == cell })
	c := &compiled{functions: p.result.Functions}
	if node := p.result.Cells[i].Plan; node != nil {
		if err := c.lower(node); err != nil {
			return nil, append(about, Diagnostic{Code: "DQL4900", Severity: string(source.Error), CellID: cell, Message: "This cannot be planned: " + err.Error()})
		}
		c.columns = p.result.Cells[i].Columns
	}
	return c, about
}

func (c *compiled) lower(node logical.Node) (err error) {
	c.plan, err = physical.Lower(node, physical.Options{})
	return err
}

func columnsOf(fs []types.Field) []Column {
	out := make([]Column, len(fs))
	for i, f := range fs {
		out[i] = Column{Name: f.Name, Type: f.Type.String()}
	}
	return out
}
