package main

import (
	"context"
	"time"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/udf"
)

// tierTime is how long explain waits for modules: a plan is not worth the start of an interpreter that nobody has compiled yet.
const tierTime = 2 * time.Second

// tiers tells what executes the functions of a plan: each module is loaded, and none of its functions called. "" where a module cannot
// be loaded, which a run would say, or not in time.
func (e *localEngine) tiers(ctx context.Context, plan *physical.Plan) func(*udf.Function) (tier, note string) {
	ctx, cancel := context.WithTimeout(ctx, tierTime)
	defer cancel()
	byModule := map[string][]*udf.Function{}
	for i := range plan.Stages {
		for _, f := range plan.Stages[i].Functions() {
			byModule[f.Module] = append(byModule[f.Module], f)
		}
	}
	known, notes := map[string]string{}, map[string]string{}
	for digest, functions := range byModule {
		r := e.env.Runtimes[functions[0].Kind]
		code, err := e.catalog.module(ctx, digest)
		if r == nil || err != nil {
			continue
		}
		program, err := r.Load(ctx, udf.Module{Kind: functions[0].Kind, Digest: digest, Code: code}, functions)
		if err != nil {
			continue
		}
		for _, f := range functions {
			known[f.ID()] = program.Tier(f)
			if n, ok := program.(udf.Noter); ok {
				notes[f.ID()] = n.Note(f)
			}
		}
		program.Close(context.WithoutCancel(ctx))
	}
	return func(f *udf.Function) (string, string) { return known[f.ID()], notes[f.ID()] }
}
