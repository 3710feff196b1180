package physical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

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
	known := map[string][]int{} // by what is quickly told of a stage
	to := map[int]int{}         // from old numbers to new
	var stages []Stage
	for i, s := range p.Stages {
		s.renumber(to)
		alike := s.outline()
		if last := i == len(p.Stages)-1; !last {
			if same := slices.IndexFunc(known[alike], func(k int) bool { return s.equal(&stages[k]) && s.repeats() }); same >= 0 {
				to[i] = known[alike][same]
				continue
			}
		}
		to[i], s.ID = len(stages), len(stages)
		known[alike] = append(known[alike], s.ID)
		stages = append(stages, s)
	}
	p.Stages = stages
}

// outline is the same for equal stages.
func (s *Stage) outline() string {
	n := 0
	for op := s.Root; op != nil; op = op.Input {
		n++
	}
	return fmt.Sprint(n, len(s.Columns), s.Inputs, tableKey(s.Table))
}

// equal reports whether stages do the same to the same.
func (s *Stage) equal(o *Stage) bool {
	text, err := s.text()
	if err != nil {
		return false
	}
	other, err := o.text()
	return err == nil && bytes.Equal(text, other)
}

// text is what a stage is, but for its number and the statistics of its table.
func (s *Stage) text() ([]byte, error) {
	bare := *s
	bare.ID, bare.Table = 0, nil
	return json.Marshal(struct {
		Stage *Stage
		Table []string
	}{&bare, tableKey(s.Table)})
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
