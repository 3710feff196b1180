package physical

import (
	"fmt"

	"github.com/dreamql/dreamql/engine/cost"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Path is one way to the rows that a scan wants.
type Path struct {
	Name   string  `json:"name"` // "full scan", "zone maps" or "sorted index"
	Rows   int64   `json:"rows"` // that are looked at
	Cost   float64 `json:"cost_ns"`
	Chosen bool    `json:"chosen,omitempty"`
}

// Sorted narrows each batch to the rows between two bounds, which are searched for because the rows rise by the column.
type Sorted struct {
	Column string           `json:"column"`
	From   *logical.Literal `json:"from,omitempty"` // nil for no bound
	To     *logical.Literal `json:"to,omitempty"`
	// Above and Below say that the bounds themselves are left out.
	Above bool `json:"above,omitempty"`
	Below bool `json:"below,omitempty"`
	// Rest is what the filter asks beside the bounds; nil for nothing.
	Rest *logical.Expr `json:"rest,omitempty"`
}

// access chooses the cheapest path for a filtered scan, and lists those that there are.
func (l *lowering) access(n *logical.Scan, op *Scan) {
	if n.Filter == nil {
		return
	}
	s := &Stage{Table: n.Table, Root: &Op{Scan: op}}
	keep := zoneFilter(s)
	var all, kept, batches int64
	for i := range n.Table.Segments {
		for j, b := range n.Table.Segments[i].Batches {
			if all += b.Rows; keep(i, j) {
				kept += b.Rows
				batches++
			}
		}
	}
	columns := map[string]bool{}
	logical.ColumnsOf(n.Filter, columns)
	for _, c := range n.Columns {
		columns[c.Name] = true
	}
	width := 8 * float64(len(columns))
	parts := float64(len(logical.Conjuncts(n.Filter)))
	op.Paths = []Path{{Name: "full scan", Rows: all, Cost: cost.Scan(float64(all), width, parts)}}
	chosen := 0
	if kept < all {
		op.Paths = append(op.Paths, Path{Name: "zone maps", Rows: kept, Cost: cost.Scan(float64(kept), width, parts)})
		chosen = 1
	}
	if x, bounds := l.sorted(n); x != nil {
		bare := *n
		bare.Filter = nil
		rows := float64(n.Table.Rows) * l.cost.Selectivity(combined("and", bounds), &bare)
		p := Path{Name: "sorted index", Rows: int64(rows), Cost: cost.Scan(rows, width, float64(len(logical.Conjuncts(x.Rest)))) + cost.Search(float64(batches))}
		if op.Paths = append(op.Paths, p); p.Cost < op.Paths[chosen].Cost {
			chosen, op.Sorted = len(op.Paths)-1, x
		}
	}
	op.Paths[chosen].Chosen = true
}

// sorted finds bounds of a column by which the rows of the table rise.
func (l *lowering) sorted(n *logical.Scan) (*Sorted, []*logical.Expr) {
	for _, c := range n.Table.Columns {
		switch c.Type.Kind {
		case types.Int, types.Date, types.Time, types.Timestamp:
		default:
			continue
		}
		x := &Sorted{Column: c.Name}
		var bounds, rest []*logical.Expr
		for _, e := range logical.Conjuncts(n.Filter) {
			if t, ok := zoneTestOf(n.Table, e); ok && n.Table.Columns[t.column].Name == c.Name && t.value.Int != nil {
				x.narrow(t)
				bounds = append(bounds, e)
			} else {
				rest = append(rest, e)
			}
		}
		bare := *n
		bare.Filter = nil
		if len(bounds) > 0 && l.cost.Rising(&bare, c.Name) {
			x.Rest = combined("and", rest)
			return x, bounds
		}
	}
	return nil, nil
}

func (x *Sorted) narrow(t zoneTest) {
	low, high, strict := false, false, false
	switch t.op {
	case "==":
		low, high = true, true
	case ">", ">=":
		low, strict = true, t.op == ">"
	case "<", "<=":
		high, strict = true, t.op == "<"
	}
	if low && (x.From == nil || *t.value.Int > *x.From.Int || *t.value.Int == *x.From.Int && strict) {
		x.From, x.Above = t.value, strict
	}
	if high && (x.To == nil || *t.value.Int < *x.To.Int || *t.value.Int == *x.To.Int && strict) {
		x.To, x.Below = t.value, strict
	}
}

// String writes a path in one line.
func (p Path) String() string {
	s := fmt.Sprintf("%s: %d rows, about %.3g ms", p.Name, p.Rows, p.Cost/1e6)
	if p.Chosen {
		s += ", chosen"
	}
	return s
}
