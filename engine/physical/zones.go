package physical

import (
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// zoneFilter returns a test of whether a batch may hold rows that the stage's scan filter keeps. It looks only at
// conjuncts of the form column <op> literal; everything else keeps the batch.
func zoneFilter(s *Stage) func(segment, batch int) bool {
	leaf := s.Root
	for leaf != nil && leaf.Input != nil {
		leaf = leaf.Input
	}
	var tests []zoneTest
	if leaf != nil && leaf.Scan != nil {
		for _, c := range logical.Conjuncts(leaf.Scan.Filter) {
			if t, ok := zoneTestOf(s.Table, c); ok {
				tests = append(tests, t)
			}
		}
	}
	return func(segment, batch int) bool {
		b := &s.Table.Segments[segment].Batches[batch]
		for _, t := range tests {
			if t.column < len(b.Ranges) && !t.mayMatch(&b.Ranges[t.column], b.Rows) {
				return false
			}
		}
		return true
	}
}

// zoneTest is column op value.
type zoneTest struct {
	column int
	op     string
	value  *logical.Literal
}

var flipped = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}

func zoneTestOf(t *logical.Table, e *logical.Expr) (zoneTest, bool) {
	if e.Op != logical.OpCall || len(e.Args) != 2 || flipped[e.Name] == "" {
		return zoneTest{}, false
	}
	op, l, r := e.Name, e.Args[0], e.Args[1]
	if l.Op == logical.OpLiteral {
		op, l, r = flipped[op], r, l
	}
	for l.Op == logical.OpCast && l.Args[0].T.Required().Kind == l.T.Required().Kind {
		l = l.Args[0]
	}
	for r.Op == logical.OpCast && r.Args[0].T.Required().Kind == r.T.Required().Kind {
		r = r.Args[0]
	}
	if l.Op != logical.OpColumn || r.Op != logical.OpLiteral || r.Lit.Absent() {
		return zoneTest{}, false
	}
	for i, c := range t.Columns {
		if c.Name == l.Name {
			k := c.Type.Required().Kind
			return zoneTest{i, op, r.Lit}, k == r.T.Required().Kind && k != types.Decimal
		}
	}
	return zoneTest{}, false
}

// mayMatch is conservative. A comparison with an absent value is false, whatever the operator.
func (t zoneTest) mayMatch(r *logical.Range, rows int64) bool {
	if rows > 0 && r.Nulls == rows {
		return false
	}
	if r.Min == nil || r.Max == nil {
		return true
	}
	low, ok1 := logical.Compare(r.Min, t.value)
	high, ok2 := logical.Compare(r.Max, t.value)
	if !ok1 || !ok2 {
		return true
	}
	switch t.op {
	case "<":
		return low < 0
	case "<=":
		return low <= 0
	case ">":
		return high > 0
	case ">=":
		return high >= 0
	case "==":
		return low <= 0 && high >= 0
	}
	return true
}
