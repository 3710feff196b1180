package cost

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// What follows is known, not estimated: it holds for every row of a version of a table.

// Unique reports whether statistics prove that no value of a column of a scan comes twice, and none is absent.
func (e *Estimates) Unique(s *logical.Scan, name string) bool {
	o := e.origin(s, name)
	return o != nil && o.unique && len(o.parts) > 0
}

// Rising reports whether statistics prove that the rows of a table come in the order of a column, none of it absent.
func (e *Estimates) Rising(s *logical.Scan, name string) bool {
	o := e.origin(s, name)
	return o != nil && o.rising && len(o.parts) > 0
}

// Complete gives the bounds of a column of whole numbers, or of dates, that has every value between them once.
func (e *Estimates) Complete(s *logical.Scan, name string) (low, high int64, ok bool) {
	o := e.origin(s, name)
	if o == nil || !o.unique {
		return 0, 0, false
	}
	low, high, ok = o.whole()
	return low, high, ok && float64(high)-float64(low)+1 == o.rows && o.rows == float64(s.Table.Rows)
}

// Bounds are the least and the greatest value, of whole numbers or dates, that a column of a relation may have.
func (e *Estimates) Bounds(n logical.Node, name string) (low, high int64, ok bool) {
	if o := e.origin(n, name); o != nil {
		return o.whole()
	}
	return 0, 0, false
}

func (c *column) whole() (low, high int64, ok bool) {
	switch c.of.Required().Kind {
	case types.Int, types.Date:
	default:
		return 0, 0, false
	}
	if c.min == nil || c.max == nil || c.min.Int == nil || c.max.Int == nil {
		return 0, 0, false
	}
	return *c.min.Int, *c.max.Int, true
}
