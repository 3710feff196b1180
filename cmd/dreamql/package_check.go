package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/compile"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
)

// checkLocally loads a package's modules and runs its examples in this process: they are the user's own code. The notes are of
// functions that do not run on the fastest tier.
func checkLocally(ctx context.Context, p *registry.Package) (results []registry.CheckResult, notes []string, err error) {
	e, err := newLocalEngine(nil, nil)
	if err != nil {
		return nil, nil, err
	}
	defer e.close()
	e.catalog.packages[p.Ref().Package()] = p
	for _, m := range p.Modules() {
		noted, err := loadModule(ctx, e.env.Runtimes[m.Kind], m, p)
		if err != nil {
			return nil, nil, packageError(err)
		}
		notes = append(notes, noted...)
	}
	results, err = registry.Examples{Evaluator: localEvaluator{e}}.CheckPackage(ctx, p)
	return results, notes, err
}

// loadModule makes sure that a module has every function that the manifest says it has, those without examples too.
func loadModule(ctx context.Context, r udf.Runtime, m udf.Module, p *registry.Package) (notes []string, err error) {
	if r == nil {
		return nil, fmt.Errorf("this build of dreamql cannot run %s functions", m.Kind)
	}
	functions := p.FunctionsOf(m)
	program, err := r.Load(ctx, m, functions)
	if err != nil {
		return nil, err
	}
	for _, f := range functions {
		if n, ok := program.(udf.Noter); ok && n.Note(f) != "" {
			notes = append(notes, f.Name+": "+n.Note(f))
		}
	}
	return notes, program.Close(ctx)
}

// localEvaluator runs the programs of examples in a local engine.
type localEvaluator struct{ engine *localEngine }

// Evaluate implements registry.Evaluator.
func (l localEvaluator) Evaluate(ctx context.Context, _ *registry.Package, program string) (any, error) {
	var set source.Set
	set.Add("the example", program)
	result, diags := compile.Check(ctx, l.engine.catalog, &set, nil)
	if diags.HasErrors() {
		return nil, &registry.EvalError{Message: set.RenderAll(diags)}
	}
	if result.Plan == nil {
		return nil, &registry.EvalError{Message: "the example has no value"}
	}
	q, err := compile.Plan(result.Plan)
	if err != nil {
		return nil, err
	}
	schema, err := types.ArrowSchema(q.Plan.Columns)
	if err != nil {
		return nil, err
	}
	var rows bytes.Buffer
	var failed error
	err = format.Write(&rows, "json", schema, func(yield func(arrow.RecordBatch, error) bool) {
		_, failed = exec.RunPlan(ctx, l.engine.env, q.Plan, openLocal, func(b arrow.RecordBatch) error {
			yield(b, nil)
			return nil
		})
	})
	if failed != nil {
		return nil, evalError(ctx, &set, failed)
	}
	if err != nil {
		return nil, err
	}
	return registry.ExampleValue(&rows)
}

// evalError tells what the example did wrong from what went wrong around it.
func evalError(ctx context.Context, set *source.Set, err error) error {
	var diags source.Diagnostics
	var call *udf.CallError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &registry.EvalError{Message: "it did not end in time; is there a loop without end? (--timeout sets the limit)"}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &diags):
		return &registry.EvalError{Message: set.RenderAll(diags)}
	case errors.As(err, &call):
		return &registry.EvalError{Message: call.Error()}
	}
	return err
}
