package exec

import (
	"math"
	"slices"

	"github.com/dreamql/dreamql/engine/physical"
)

// Estimated is what was expected of an operator beside what it did.
type Estimated struct {
	OperatorStats
	// Estimate is the rows that were expected; 0 where nobody asked.
	Estimate int64 `json:"estimate,omitempty"`
	// QError is by which factor the estimate was off, in either direction, at least 1; 0 where there is no estimate. No row counts
	// as one.
	QError float64 `json:"q_error,omitempty"`
	// Share is the part of the time of all operators that this one took, from 0 to 1.
	Share float64 `json:"share"`
}

// Compared puts what a run did beside what its plan expected, in the order of the statistics.
func Compared(p *physical.Plan, s Stats) []Estimated {
	all := 0.0
	for _, o := range s.Operators {
		all += float64(o.Busy)
	}
	var out []Estimated
	for _, o := range s.Operators {
		x := Estimated{OperatorStats: o}
		if all > 0 {
			x.Share = float64(o.Busy) / all
		}
		if op := operator(p, o); op != nil && op.Estimate > 0 {
			x.Estimate = op.Estimate
			want, got := float64(op.Estimate), math.Max(1, float64(o.RowsOut))
			x.QError = math.Max(want/got, got/want)
		}
		out = append(out, x)
	}
	return out
}

// operator is the one of the plan that the statistics are of; nil for those inside a fix.
func operator(p *physical.Plan, s OperatorStats) *physical.Op {
	if s.Stage < 0 || s.Stage >= len(p.Stages) {
		return nil
	}
	var chain []*physical.Op
	for o := p.Stages[s.Stage].Root; o != nil; o = o.Input {
		chain = append(chain, o)
	}
	if at := len(chain) - 1 - s.Index; at >= 0 && at < len(chain) && chain[at].Kind() == s.Kind {
		return chain[at]
	}
	return nil
}

// QErrors are the errors of all conditions and joins, least first: of scans that filter, of filters and of joins.
func QErrors(p *physical.Plan, s Stats) []float64 {
	var out []float64
	for _, x := range Compared(p, s) {
		op := operator(p, x.OperatorStats)
		if op != nil && x.QError > 0 && (op.Scan != nil && op.Scan.Filter != nil || op.Filter != nil || op.HashJoin != nil) {
			out = append(out, x.QError)
		}
	}
	slices.Sort(out)
	return out
}

// Quantile is the q-th of sorted values, the one that so large a share of them does not exceed; 0 of none.
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(math.Ceil(q*float64(len(sorted))))-1)]
}
