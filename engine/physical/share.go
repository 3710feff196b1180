package physical

import (
	"encoding/json"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/udf"
)

// share executes equal stages once: a table with a name that is used twice is planned twice. Stages that call functions, whose
// values may differ from one time to the next, are left alone, and so are plans with a fix, whose steps number stages for themselves.
func (p *Plan) share() {
	for i := range p.Stages {
		for op := p.Stages[i].Root; op != nil; op = op.Input {
			if op.Fix != nil {
				return
			}
		}
	}
	known := map[string]int{} // by what the stage is
	to := map[int]int{}       // from old numbers to new
	var stages []Stage
	for i, s := range p.Stages {
		s.renumber(to)
		bare := s
		bare.ID, bare.Table = 0, nil
		text, err := json.Marshal(struct {
			Stage *Stage
			Table []string
		}{&bare, tableKey(s.Table)})
		same, found := known[string(text)]
		if last := i == len(p.Stages)-1; err == nil && found && !last && s.repeats() {
			to[i] = same
			continue
		}
		to[i], s.ID = len(stages), len(stages)
		known[string(text)] = s.ID
		stages = append(stages, s)
	}
	p.Stages = stages
}

// renumber changes the stages that a stage reads.
func (s *Stage) renumber(to map[int]int) {
	var inputs []int
	seen := map[int]bool{}
	for _, in := range s.Inputs {
		if !seen[to[in]] {
			seen[to[in]] = true
			inputs = append(inputs, to[in])
		}
	}
	s.Inputs = inputs
	for op := s.Root; op != nil; op = op.Input {
		switch {
		case op.HashJoin != nil:
			op.HashJoin.Build = to[op.HashJoin.Build]
		case op.Read != nil:
			for i, in := range op.Read.Stages {
				op.Read.Stages[i] = to[in]
			}
		}
	}
}

// repeats reports whether the stage gives the same rows each time.
func (s *Stage) repeats() bool {
	same := true
	for op := s.Root; op != nil; op = op.Input {
		op.Functions(func(*udf.Function) { same = false })
		op.Exprs(func(e *logical.Expr) { same = same && !rules.Volatile(e) })
	}
	return same
}

// tableKey is equal for equal tables; statistics, which are long, need not be compared.
func tableKey(t *logical.Table) []string {
	if t == nil {
		return nil
	}
	out := []string{t.Name, t.Version}
	for _, s := range t.Segments {
		out = append(out, s.Key)
	}
	return out
}
