// Package cost estimates how many rows a relation has, from the statistics of the tables that it reads, and what an expression
// or an operator costs. Explain shows the estimates, joins are ordered and predicates evaluated as they suggest. They are never
// needed for right results, and the package must not change a plan.
//
// A node without a case in rows counts as its first input; a predicate without one in selectivity lets a third through.
package cost

import (
	"math"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// guess is the selectivity of a predicate that statistics say nothing about.
const guess = 1.0 / 3

// Rows estimates the rows of a relation.
func Rows(n logical.Node) float64 { return new(Estimates).Rows(n) }

// Estimates remembers what was estimated, for plans whose parts are asked for many times. The zero Estimates is ready.
type Estimates struct {
	known  map[logical.Node]float64
	tables *Tables
}

// Rows estimates the rows of a relation.
func (e *Estimates) Rows(n logical.Node) float64 {
	rows, ok := e.known[n]
	if !ok {
		rows = e.rows(n)
		e.Set(n, rows)
	}
	return rows
}

// Set makes the estimate of a relation known, where somebody knows better.
func (e *Estimates) Set(n logical.Node, rows float64) {
	if e.known == nil {
		e.known = map[logical.Node]float64{}
	}
	e.known[n] = rows
}

// facts are what is known of tables.
func (e *Estimates) facts() *Tables {
	if e.tables == nil {
		e.tables = &Tables{}
	}
	return e.tables
}

func (e *Estimates) rows(n logical.Node) float64 {
	switch n := n.(type) {
	case *logical.Scan:
		bare := *n
		bare.Filter = nil
		return float64(n.Table.Rows) * e.Selectivity(n.Filter, &bare)
	case *logical.Values:
		return float64(len(n.Rows))
	case *logical.Filter:
		return e.Rows(n.Input) * e.Selectivity(n.Pred, n.Input)
	case *logical.Aggregate:
		keys := make([]*logical.Expr, len(n.Keys))
		for i, k := range n.Keys {
			keys[i] = k.Expr
		}
		return e.groups(keys, n.Input)
	case *logical.Distinct:
		var keys []*logical.Expr
		for _, f := range n.Schema() {
			keys = append(keys, &logical.Expr{Op: logical.OpColumn, Name: f.Name, T: f.Type})
		}
		return e.groups(keys, n.Input)
	case *logical.Join:
		return e.join(n)
	case *logical.Limit:
		left := math.Max(0, e.Rows(n.Input)-float64(n.Offset))
		if n.Count >= 0 {
			left = math.Min(left, float64(n.Count))
		}
		return left
	case *logical.TopN:
		return math.Min(e.Rows(n.Input), float64(n.N)*e.groups(n.By, n.Input))
	case *logical.Union:
		total := 0.0
		for _, in := range n.In {
			total += e.Rows(in)
		}
		return total
	case *logical.Fix:
		e.Recurring(n)
		return fixGrowth * math.Max(1, e.Rows(n.Seed))
	case *logical.Unnest:
		return e.Rows(n.Input) * 4 // lists have no statistics: a few elements each
	case *logical.Search:
		return e.Rows(n.Input) * 0.1
	}
	if in := n.Inputs(); len(in) > 0 {
		return e.Rows(in[0])
	}
	return 0
}

// fixGrowth is how much larger than its seed a fix is taken to be: nothing is known of how often it goes round.
const fixGrowth = 10

// Recurring takes a round of a fix to see as many rows as the seed has. It must be called before parts of the step are asked for.
func (e *Estimates) Recurring(n *logical.Fix) {
	rows := e.Rows(n.Seed)
	var visit func(logical.Node)
	visit = func(x logical.Node) {
		if r, ok := x.(*logical.Recur); ok && r.ID == n.ID {
			e.Set(x, rows)
		}
		for _, in := range x.Inputs() {
			visit(in)
		}
	}
	visit(n.Step)
}

// groups estimates the distinct combinations of keys among the rows of in: of all that there could be, as many as so many draws
// are likely to meet.
func (e *Estimates) groups(keys []*logical.Expr, in logical.Node) float64 {
	rows := e.Rows(in)
	if len(keys) == 0 {
		return 1
	}
	product, table := 1.0, 1.0
	seen := map[*logical.Table]bool{}
	for _, k := range keys {
		d := e.distinctOf(k, in)
		if d == 0 {
			d = math.Max(1, rows/10)
		}
		product *= d
		// Columns of one table cannot be combined in more ways than the table has rows.
		if o := e.originOf(k, in); o != nil && !seen[o.scan.Table] {
			seen[o.scan.Table] = true
			table *= math.Max(1, o.rows)
		} else if o == nil {
			table *= d
		}
	}
	of := 0.0
	if len(seen) == 1 {
		of = table
	}
	return draws(math.Min(product, table), rows, of)
}

// draws is how many of d equally likely values are met in n draws: out of so many rows, none of them twice, where that is known,
// as of a table that is filtered.
func draws(d, n, of float64) float64 {
	if d <= 0 || n <= 0 {
		return 0
	}
	if of >= d && n <= of*1.0001 {
		n = math.Min(n, of)
		return math.Min(n, d*(1-math.Pow(1-n/of, of/d)))
	}
	if n >= d*50 {
		return d
	}
	return math.Min(n, d*-math.Expm1(-n/d))
}

func (e *Estimates) originOf(x *logical.Expr, in logical.Node) *origin {
	name := plain(x)
	if name == "" {
		used := map[string]bool{}
		logical.ColumnsOf(x, used)
		if len(used) != 1 {
			return nil
		}
		for name = range used {
		}
	}
	return e.origin(in, name)
}

// distinctOf estimates the distinct values that an expression could have over in, however many rows that has; 0 for unknown.
func (e *Estimates) distinctOf(x *logical.Expr, in logical.Node) float64 {
	if x.T.Required().Kind == types.Bool {
		return 2
	}
	if in == nil {
		return 0
	}
	if name := plain(x); name != "" {
		return e.distinctColumn(name, in)
	}
	if x.Op == logical.OpLiteral {
		return 1
	}
	if d := e.coarser(x, in); d > 0 {
		return d
	}
	used := map[string]bool{}
	logical.ColumnsOf(x, used)
	product := 1.0
	for name := range used {
		d := e.distinctColumn(name, in)
		if d == 0 {
			return 0
		}
		product *= math.Max(1, d)
	}
	return product
}

func (e *Estimates) distinctColumn(name string, in logical.Node) float64 {
	if o := e.origin(in, name); o != nil {
		if o.distinct == 0 {
			return 0
		}
		d := e.values(o)
		if o.nulls > 0 {
			d++
		}
		return d
	}
	// A column that is computed on the way.
	switch n := in.(type) {
	case *logical.Project:
		for _, c := range n.Cols {
			if c.Name == name {
				return e.distinctOf(c.Expr, n.Input)
			}
		}
		return 0
	case *logical.Aggregate:
		for _, k := range n.Keys {
			if k.Name == name {
				return e.distinctOf(k.Expr, n.Input)
			}
		}
		return e.Rows(n)
	case *logical.Union, *logical.Scan:
		return 0
	}
	for _, x := range in.Inputs() {
		for _, f := range x.Schema() {
			if f.Name == name {
				return e.distinctColumn(name, x)
			}
		}
	}
	return 0
}

// coarser is the number of values of a function that makes few of many; 0 for others.
func (e *Estimates) coarser(x *logical.Expr, in logical.Node) float64 {
	if x.Op != logical.OpCall {
		return 0
	}
	switch x.Name {
	case "month":
		return 12
	case "day":
		return 31
	case "hour":
		return 24
	case "minute", "second":
		return 60
	case "day_of_week", "weekday":
		return 7
	case "quarter":
		return 4
	case "year":
		o := e.originOf(x, in)
		if o == nil || o.min == nil || o.max == nil || o.min.Int == nil {
			return 0
		}
		unit := 365.25
		if o.of.Required().Kind == types.Timestamp {
			unit *= 86400e6
		}
		return math.Max(1, math.Min(e.values(o), e.values(o)/math.Max(1, o.distinct)*float64(*o.max.Int-*o.min.Int)/unit+1))
	case "length":
		return 50
	case "substring":
		if len(x.Args) == 3 {
			if n := literal(x.Args[2]); n != nil && n.Int != nil && *n.Int >= 0 && *n.Int <= 3 {
				d := e.distinctOf(x.Args[0], in)
				return math.Min(math.Max(1, d), math.Pow(26, float64(*n.Int)))
			}
		}
	}
	return 0
}
