package exec

import (
	"context"
	"errors"

	"github.com/dreamql/dreamql/engine/physical"
)

func run(ctx context.Context, env Env, task Task, sink Sink) (Stats, error) {
	return Stats{}, errors.New("this executor has no operators")
}

func runPlan(ctx context.Context, env Env, plan *physical.Plan, open Opener, tasks int, sink Sink) (Stats, error) {
	return Stats{}, errors.New("this executor has no operators")
}
