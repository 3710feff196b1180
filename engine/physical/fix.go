package physical

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
)

// Fix gathers the rows of stage Seed and what its steps add to them, round after round, until a round adds nothing.
type Fix struct {
	Seed int `json:"seed"`
	// First is the step of the first round, over the seed; in every later round all of Next are done.
	First  Step           `json:"first"`
	Next   []Step         `json:"next,omitempty"`
	Keep   []logical.Kept `json:"keep,omitempty"`
	Rounds int64          `json:"rounds,omitempty"`
	Span   source.Span    `json:"span"`
}

// Step is gather stages that are run once a round; the last gives rows. In them input i has the number -1-i, so that stages
// and inputs are told apart.
type Step struct {
	Inputs []StepInput `json:"inputs"`
	Stages []Stage     `json:"stages"`
}

// StepInput is a stage of the plan, or of the step, that the Fix is in; or rows of the Fix itself.
type StepInput struct {
	Rows  Rows `json:"rows,omitempty"`
	Stage int  `json:"stage"`
}

// Rows is which rows of a fix a step reads; empty for those of a stage.
type Rows string

const (
	AllRows Rows = "all" // that there are so far
	NewRows Rows = "new" // that the last round has added
)

// exprs visits every expression of every step.
func (f *Fix) exprs(visit func(*logical.Expr)) {
	f.operators(func(o *Op) { o.Exprs(visit) })
}

// operators visits every operator of every step.
func (f *Fix) operators(visit func(*Op)) {
	for _, s := range append([]Step{f.First}, f.Next...) {
		for i := range s.Stages {
			for o := s.Stages[i].Root; o != nil; o = o.Input {
				visit(o)
			}
		}
	}
}

// inside is a lowering of one step of a fix: what does not read the fix's rows becomes a stage outside of it, which is
// executed once.
type inside struct {
	outer  *lowering
	id     int
	inputs []StepInput
	// turn is which Recur reads the new rows, counted from the left; -1 for none. seen counts those that were met.
	turn, seen int
	// grouped is how many operators above join the rows of several inputs, so that no part of a union can be left out.
	grouped int
}

func (l *lowering) fix(n *logical.Fix) (*building, error) {
	l.cost.Recurring(n)
	seed, err := l.stage(n.Seed)
	if err != nil {
		return nil, err
	}
	f := &Fix{Seed: seed, Keep: n.Keep, Rounds: n.Rounds, Span: n.Span}
	if f.First, err = l.step(n, -1); err != nil {
		return nil, err
	}
	turns := logical.Recurs(n.Step, n.ID)
	if n.Whole {
		f.Next = []Step{f.First}
		turns = 0
	}
	for turn := range turns {
		s, err := l.step(n, turn)
		if err != nil {
			return nil, err
		}
		f.Next = append(f.Next, s)
	}
	out := &building{root: &Op{Fix: f, Columns: n.Schema()}, inputs: []int{seed}}
	known := map[int]bool{seed: true}
	for _, s := range append([]Step{f.First}, f.Next...) {
		for _, in := range s.Inputs {
			if in.Rows == "" && !known[in.Stage] {
				known[in.Stage] = true
				out.inputs = append(out.inputs, in.Stage)
			}
		}
	}
	return out, nil
}

func (l *lowering) step(n *logical.Fix, turn int) (Step, error) {
	in := &lowering{plan: &Plan{}, cost: l.cost, bound: l.bound, inside: &inside{outer: l, id: n.ID, turn: turn}}
	if _, err := in.stage(n.Step); err != nil {
		return Step{}, err
	}
	return Step{Inputs: in.inside.inputs, Stages: in.plan.Stages}, nil
}

// once is the stage of a relation that several steps of a fix read.
func (l *lowering) once(n logical.Node) (int, error) {
	if id, ok := l.made[n]; ok {
		return id, nil
	}
	id, err := l.stage(n)
	if l.made == nil {
		l.made = map[logical.Node]int{}
	}
	l.made[n] = id
	return id, err
}

// given is the number of an input of the step.
func (s *inside) given(in StepInput) int {
	for i, x := range s.inputs {
		if x == in {
			return -1 - i
		}
	}
	s.inputs = append(s.inputs, in)
	return -len(s.inputs)
}

// from is the stage, or the input of the step, that gives the rows of a relation.
func (l *lowering) from(n logical.Node) (int, error) {
	if l.inside != nil {
		if logical.Recurs(n, l.inside.id) == 0 {
			id, err := l.inside.outer.once(n)
			return l.inside.given(StepInput{Stage: id}), err
		}
		if _, ok := n.(*logical.Recur); ok {
			return l.recur(), nil
		}
	} else if r, ok := n.(*logical.Recur); ok {
		return 0, fmt.Errorf("the rows of fix %d are read outside of it", r.ID)
	}
	return l.stage(n)
}

// recur is the input with the rows of the fix, of the last round where it is their turn.
func (l *lowering) recur() int {
	rows := AllRows
	if l.inside.seen == l.inside.turn {
		rows = NewRows
	}
	l.inside.seen++
	return l.inside.given(StepInput{Rows: rows})
}

// newIn reports whether the new rows are read below n, which is lowered next.
func (s *inside) newIn(n logical.Node) bool {
	return s.seen <= s.turn && s.turn < s.seen+logical.Recurs(n, s.id)
}

// parts are the inputs of a union that have rows which the last round did not see.
func (s *inside) parts(n *logical.Union) []logical.Node {
	if s.grouped > 0 || !s.newIn(n) {
		return n.In
	}
	for _, in := range n.In {
		if s.newIn(in) {
			return []logical.Node{in}
		}
		s.seen += logical.Recurs(in, s.id)
	}
	return nil
}

// additive reports whether a group of an aggregate gets no worse by being computed for some of its rows only.
func additive(n *logical.Aggregate) bool {
	for _, a := range n.Aggs {
		switch a.Func {
		case "min", "max", "bool_or", "bool_and":
		default:
			return false
		}
	}
	return true
}

// turned reports whether the right side of a join should come to the left, so that rows of the fix are looked up in a table
// that is made once, and not the other way round.
func (s *inside) turned(n *logical.Join) bool {
	if n.Kind != logical.JoinMany && n.Kind != logical.JoinCross {
		return false
	}
	left := logical.Recurs(n.Left, s.id)
	if left == 0 {
		return true
	}
	right := *s
	right.seen += left
	return right.newIn(n.Right)
}

// turnedJoin is a join from the right side, with its columns put back into order.
func (l *lowering) turnedJoin(n *logical.Join) (*building, error) {
	start, left := l.inside.seen, logical.Recurs(n.Left, l.inside.id)
	l.inside.seen = start + left
	other := &logical.Join{Left: n.Right, Right: n.Left, Kind: n.Kind, Residual: n.Residual, Span: n.Span}
	for _, k := range n.On {
		other.On = append(other.On, logical.EquiKey{Left: k.Right, Right: k.Left})
	}
	b, err := l.node(other.Left)
	if err != nil {
		return nil, err
	}
	end := l.inside.seen
	l.inside.seen = start
	if b, err = l.probe(other, b); err != nil {
		return nil, err
	}
	l.inside.seen = end
	p := &Project{}
	for _, f := range n.Schema() {
		p.Cols = append(p.Cols, logical.Named{Name: f.Name, Expr: &logical.Expr{Op: logical.OpColumn, T: f.Type, Name: f.Name}})
	}
	return b.push(&Op{Project: p}, n.Schema()), nil
}
