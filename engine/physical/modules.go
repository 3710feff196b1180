package physical

import (
	"github.com/dreamql/dreamql/engine/udf"
)

// Functions are the user-defined functions that a stage calls, each once, in the order met from the leaf up.
func (s *Stage) Functions() []*udf.Function {
	seen := map[string]bool{}
	var out []*udf.Function
	var visit func(*Op)
	visit = func(o *Op) {
		if o == nil {
			return
		}
		visit(o.Input)
		o.Functions(func(f *udf.Function) {
			if key := f.Module + "\x00" + f.ID(); !seen[key] {
				seen[key] = true
				out = append(out, f)
			}
		})
	}
	visit(s.Root)
	return out
}

// modules lists the code that any stage needs.
func (l *lowering) modules() {
	seen := map[string]bool{}
	for i := range l.plan.Stages {
		for _, f := range l.plan.Stages[i].Functions() {
			if f.Module != "" && !seen[f.Module] {
				seen[f.Module] = true
				l.plan.Modules = append(l.plan.Modules, Module{Kind: f.Kind, Digest: f.Module})
			}
		}
	}
}
