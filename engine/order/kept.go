package order

import "github.com/dreamql/dreamql/engine/logical"

// blind are the aggregates that do not tell in which order they saw their rows, but for the last digits of a float.
var blind = map[string]bool{
	"count": true, "count_if": true, "count_distinct": true, "approx_distinct": true, "sum": true, "mean": true, "min": true, "max": true,
	"median": true, "quantile": true, "variance": true, "stddev": true, "bool_and": true, "bool_or": true,
}

// keeps reports whether the rows below n stay in the order in which they are: because n shows it, as the first rows of a table or a
// list of values do, or because what stands above n does and n lets it through.
func keeps(n logical.Node, above bool) bool {
	switch n := n.(type) {
	case *logical.Limit:
		return true
	case *logical.Sort, *logical.TopN:
		return false
	case *logical.Aggregate:
		for _, a := range n.Aggs {
			if a.User != nil || !blind[a.Func] {
				return true
			}
		}
		return false
	case *logical.Window:
		for _, f := range n.Funcs {
			if len(n.Order) == 0 && (f.User != nil || !blind[f.Func]) {
				return true
			}
		}
	}
	return above
}
