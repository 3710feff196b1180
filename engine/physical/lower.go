package physical

import (
	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
)

// Options choose between plans that give the same rows.
type Options struct {
	// Narrow makes left rows before right ones wherever that is possible, even where it costs more, which tests want.
	Narrow bool
	// Tables are what is known of tables already; nil for nothing.
	Tables *cost.Tables
}

// Lower plans a relation. The left-most table of a pipeline becomes a source stage that runs as many tasks; right sides of
// joins and inputs of unions become stages of their own; an operator that must see all rows does what it can in the source
// stage and the rest, with everything after it, in a gather stage.
func Lower(node logical.Node, opt Options) (*Plan, error) {
	l := &lowering{plan: &Plan{Version: Version, Columns: node.Schema()}, cost: opt.Tables.Estimates(), opt: opt}
	if _, err := l.stage(node); err != nil {
		return nil, err
	}
	l.plan.share()
	for i := range l.plan.Stages {
		l.plan.Stages[i].prunes()
	}
	l.modules()
	return l.plan, nil
}
