// Package compile is the way from texts to a plan that can be run: parse, check, rewrite, lower. The command line, the server
// and tests all go through it, so that they cannot differ.
//
// It decides nothing itself; every step belongs to the package that it calls.
package compile

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/order"
	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
)

// Parse reads every text of set, in order, as one program, and the modules that it imports by path, which become files of set.
func Parse(ctx context.Context, cat catalog.Catalog, set *source.Set) (check.Program, source.Diagnostics) {
	return parse(ctx, cat, set, nil)
}

func parse(ctx context.Context, cat catalog.Catalog, set *source.Set, other map[source.FileID]*foreign.Source) (check.Program, source.Diagnostics) {
	var sources []*syntax.Program
	var diags source.Diagnostics
	for i, f := range set.Files {
		if f.Module {
			continue
		}
		if other[source.FileID(i)] != nil {
			sources = append(sources, check.Foreign(source.FileID(i)))
			continue
		}
		p, d := syntax.Parse(source.FileID(i), f.Text)
		sources = append(sources, p)
		diags = append(diags, d...)
	}
	prog, more := check.Load(ctx, cat, set, sources)
	prog.Foreign = other
	return prog, append(diags, more...)
}

// Check parses every text of set, in order, as one program and checks it. The result is nil where a text does not parse;
// diagnostics are those of all steps that were reached.
func Check(ctx context.Context, cat catalog.Catalog, set *source.Set, params map[string]json.RawMessage) (*check.Result, source.Diagnostics) {
	return CheckMixed(ctx, cat, set, nil, params)
}

// CheckMixed is Check where some texts are in other languages, and have been read already.
func CheckMixed(ctx context.Context, cat catalog.Catalog, set *source.Set, other map[source.FileID]*foreign.Source, params map[string]json.RawMessage) (*check.Result, source.Diagnostics) {
	prog, diags := parse(ctx, cat, set, other)
	if diags.HasErrors() {
		return nil, diags
	}
	result, more := check.Check(ctx, cat, prog, params)
	return result, append(diags, more...)
}

// Query is one relation on its way: as checked, as rewritten with the steps that led there, and as stages.
type Query struct {
	Logical   logical.Node
	Rewritten logical.Node
	Steps     []rules.Step
	Plan      *physical.Plan
}

// Plan rewrites and lowers a checked relation. An error is source.Diagnostics where the program asks for more than it allows
// itself (@bounded); any other is a defect of the engine, not of the program.
func Plan(node logical.Node) (*Query, error) { return PlanCopied(context.Background(), node, nil) }

// PlanCopied is Plan for a relation that will run: tables of databases are copied first, the rules having said what is needed of
// them. Without a copier they stay, for a plan that is only shown.
func PlanCopied(ctx context.Context, node logical.Node, copier Copier) (*Query, error) {
	q, tables := &Query{Logical: node}, &cost.Tables{}
	q.Rewritten, q.Steps = rules.Rewrite(node)
	ordered, steps := order.Plan(q.Rewritten, order.Options{Tables: tables})
	q.Rewritten, q.Steps = ordered, append(q.Steps, steps...)
	if diags := bounded(q.Rewritten, tables); len(diags) > 0 {
		return nil, diags
	}
	var err error
	run := q.Rewritten
	if copier != nil {
		if run, err = copied(ctx, run, -1, copier); err != nil {
			return nil, err
		}
	}
	if q.Plan, err = physical.Lower(run, physical.Options{Tables: tables}); err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	return q, nil
}
