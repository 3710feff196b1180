package physical

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/rules"
	"github.com/dreamql/dreamql/engine/types"
)

// PerValue is an expression that is evaluated once for each value of a column's dictionary, and not for each row.
type PerValue struct {
	Expr   string `json:"expr"`
	Column string `json:"column"` // of the table
	Values int64  `json:"values"` // of the dictionary, estimated
}

// perValue finds what an operator evaluates for each value of a dictionary: whatever depends on one text column of the table alone, of
// which statistics say that import has written it with a dictionary, smaller than a batch.
func (o *Op) perValue(s *Stage) (out []PerValue) {
	if s.Table == nil {
		return nil
	}
	var visit func(e *logical.Expr)
	visit = func(e *logical.Expr) {
		used := map[string]bool{}
		logical.ColumnsOf(e, used)
		if len(used) == 0 || e.Op == logical.OpColumn {
			return
		}
		if len(used) == 1 && !rules.Volatile(e) {
			for name := range used {
				if name, values := o.dictionary(s, name); values > 0 {
					if p := (PerValue{e.String(), name, values}); !slices.Contains(out, p) {
						out = append(out, p)
					}
					return
				}
			}
		}
		if e.Op != logical.OpEach && e.Op != logical.OpFold { // whose bodies see elements
			for _, a := range e.Args {
				visit(a)
			}
		}
	}
	o.Exprs(visit)
	return out
}

// dictionary is the column of the table that a column below o is, and how many values its dictionary has; 0 where there is none.
func (o *Op) dictionary(s *Stage, name string) (string, int64) {
	for in := o; ; in = in.Input {
		if in != o && in.Project != nil {
			i := slices.IndexFunc(in.Project.Cols, func(c logical.Named) bool { return c.Name == name })
			if i < 0 || in.Project.Cols[i].Expr.Op != logical.OpColumn {
				return "", 0
			}
			name = in.Project.Cols[i].Expr.Name
		}
		switch {
		case in.Scan != nil:
			return name, dictionaryOf(s.Table, name)
		case in == o:
		case in.Project != nil, in.Filter != nil, in.Limit != nil:
		case in.HashJoin != nil && slices.ContainsFunc(in.Input.Columns, func(f types.Field) bool { return f.Name == name }):
		default:
			return "", 0
		}
		if in.Input == nil {
			return "", 0
		}
	}
}

func dictionaryOf(t *logical.Table, name string) (values int64) {
	at := slices.IndexFunc(t.Columns, func(f types.Field) bool { return f.Name == name && f.Type.Required().Kind == types.String })
	if at < 0 || len(t.Segments) == 0 {
		return 0
	}
	batch := int64(0)
	for _, g := range t.Segments {
		if g.Format != "" || at >= len(g.Columns) {
			return 0
		}
		values = max(values, g.Columns[at].Distinct) // a segment's dictionary is that of the one before it, and more
		for _, b := range g.Batches {
			batch = max(batch, b.Rows)
		}
	}
	if values > batch || !logical.DictionaryPays(values, t.Rows) {
		return 0
	}
	return values
}
