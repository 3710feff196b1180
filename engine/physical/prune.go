package physical

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// Prune says that a row of the stage's scan is of no use if the build side has no such key: when the table is there, the scan
// leaves out batches whose zone maps show that, and rows. Every task builds its tables itself, so nothing has to travel.
type Prune struct {
	Column string `json:"column"` // of the scan
	Key    int    `json:"key"`    // which of HashJoin.On
	Rows   bool   `json:"rows"`   // rows too; else batches only, as the join itself looks at every row right after the scan
}

// prunes finds the joins whose keys a scan can ask for: those that drop rows without a match, with nothing before them that has to
// see such rows, as a guard or an expression that may fail does.
func (s *Stage) prunes() {
	var ops []*Op
	for op := s.Root; op != nil; op = op.Input {
		ops = append([]*Op{op}, ops...)
	}
	if len(ops) == 0 || ops[0].Scan == nil || ops[0].Bound != nil {
		return
	}
	columns := map[string]types.Field{}
	for _, f := range ops[0].Columns {
		columns[f.Name] = f
	}
	for i, op := range ops[1:] {
		switch j := op.HashJoin; {
		case op.Bound != nil:
			return
		case op.Filter != nil && rules.Total(op.Filter.Pred):
		case j != nil && (j.Kind == logical.JoinMany || j.Kind == logical.Semi):
			for k, on := range j.On {
				if f, ok := columns[on.Left.Name]; ok && on.Left.Op == logical.OpColumn && types.Equal(f.Type, on.Left.T) {
					j.Prunes = append(j.Prunes, Prune{Column: f.Name, Key: k, Rows: i > 0 && len(j.On) == 1})
				}
			}
		case j != nil && (j.Kind == logical.Anti || j.Kind == logical.JoinLeft) && j.Residual == nil:
		default:
			return
		}
	}
}

// pruned is Prunes as explain shows them.
func pruned(ps []Prune) string {
	text := ""
	for _, p := range ps {
		text += map[bool]string{true: ", prunes rows of the scan by ", false: ", prunes batches of the scan by "}[p.Rows] + p.Column
	}
	return text
}
