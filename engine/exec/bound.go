package exec

import (
	"fmt"
	"sync/atomic"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/source"
)

// bound counts the rows that an operator gives in one task, over all threads, against what @bounded allows.
type bound struct {
	op   *physical.Op
	rows atomic.Int64
}

// bounds makes one for each operator that has a bound.
func bounds(ops []*physical.Op) map[*physical.Op]*bound {
	out := map[*physical.Op]*bound{}
	for _, op := range ops {
		if op.Bound != nil {
			out[op] = &bound{op: op}
		}
	}
	return out
}

// bound returns the operator's; nil where it has none.
func (r *runner) bound(op *physical.Op) *bound { return r.bounds[op] }

// add counts n rows; the error says that there are too many.
func (b *bound) add(n int) error {
	if b == nil || b.rows.Add(int64(n)) <= b.op.Bound.Rows {
		return nil
	}
	return source.Diagnostics{{
		Code: "DQL4203", Severity: source.Error, Span: b.op.Bound.Span,
		Message: fmt.Sprintf("this %s has given more than the %d rows that @bounded allows", b.op.Kind(), b.op.Bound.Rows),
		Help:    "narrow its input with a filter or a key, or allow more with @bounded(N)",
	}}
}
