package oracle

import (
	"errors"
	"math"
	"math/big"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

var errFit = errors.New("the result does not fit")

func (r *run) aggregate(in []Row, n *logical.Aggregate) ([]Row, error) {
	groups := map[string][]Row{}
	var keys []Row
	if len(n.Keys) == 0 {
		keys, groups[""] = []Row{{}}, in
	}
	var names []string
	unsure := map[string]failure{} // groups of which a lazy run does not know all rows: a filter by their key may still drop them
	if len(n.Keys) == 0 {
		if err := sure(in); err != nil {
			return nil, err
		}
	}
	for _, row := range in {
		if len(n.Keys) == 0 {
			break
		}
		var cells []any
		head := Row{}
		for _, k := range n.Keys {
			v, err := r.known(k.Expr, row)
			if err != nil {
				return nil, err
			}
			cells = append(cells, v)
			head[k.Name] = v
		}
		id := identity(cells)
		if _, old := groups[id]; !old {
			keys, names = append(keys, head), append(names, id)
		}
		groups[id] = append(groups[id], row)
		if f, ok := row[broken].(failure); ok {
			unsure[id] = f
		}
	}
	for i, head := range keys {
		id := ""
		if len(n.Keys) > 0 {
			id = names[i]
		}
		if f, ok := unsure[id]; ok {
			head[broken] = f
			for _, a := range n.Aggs {
				head[a.Name] = f
			}
			continue
		}
		for _, a := range n.Aggs {
			v, err := r.fold(a, groups[id])
			if err != nil {
				if !r.lazy || errors.Is(err, ErrUnsupported) {
					return nil, err
				}
				v = failure{err}
			}
			head[a.Name] = v
		}
	}
	return keys, nil
}

// fold computes an aggregate over rows.
func (r *run) fold(a logical.Agg, rows []Row) (any, error) {
	name, args, t, filter := a.Func, a.Args, a.Type, a.Filter
	var tuples [][]any
	for _, row := range rows {
		if filter != nil {
			v, err := r.known(filter, row)
			if err != nil {
				return nil, err
			}
			if v != true {
				continue
			}
		}
		tuple, err := r.all(args, row)
		if err != nil {
			return nil, err
		}
		tuples = append(tuples, tuple)
	}
	if a.User != nil {
		return r.folded(a.User, tuples)
	}
	if name == "count" && len(args) == 0 {
		return int64(len(tuples)), nil
	}
	if v, ok, err := statistic(name, tuples); ok {
		return v, err
	}
	switch name {
	case "quantile":
		var xs []any
		for _, x := range tuples {
			if x[0] != nil {
				xs = append(xs, x[0])
			}
		}
		if len(tuples) == 0 {
			return nil, nil
		}
		return quantile(xs, tuples[0][1].(float64)), nil
	case "arg_min", "arg_max":
		var best []any
		for _, x := range tuples {
			if x[1] == nil {
				continue
			}
			if best == nil || name == "arg_min" && order(x[1], best[1]) < 0 || name == "arg_max" && order(x[1], best[1]) > 0 {
				best = x
			}
		}
		if best == nil {
			return nil, nil
		}
		return best[0], nil
	}
	var xs []any // the present values
	for _, x := range tuples {
		if len(x) != 1 {
			return nil, unsupported(name)
		}
		if x[0] != nil {
			xs = append(xs, x[0])
		}
	}
	return foldValues(name, xs, t)
}

func foldValues(name string, xs []any, t types.Type) (any, error) {
	switch name {
	case "count":
		return int64(len(xs)), nil
	case "count_if", "bool_and", "bool_or":
		n := 0
		for _, x := range xs {
			n += int(truth(x.(bool)))
		}
		return map[string]any{"count_if": int64(n), "bool_and": n == len(xs), "bool_or": n > 0}[name], nil
	case "sum":
		return sum(xs, t)
	case "mean":
		if len(xs) == 0 {
			return nil, nil
		}
		return meanOf(xs), nil
	case "min", "max":
		var best any
		for _, x := range xs {
			if best == nil || name == "min" && order(x, best) < 0 || name == "max" && order(x, best) > 0 {
				best = x
			}
		}
		return best, nil
	case "mode":
		var best any
		most := 0
		for _, x := range xs {
			n := 0
			for _, y := range xs {
				n += int(truth(equal(x, y)))
			}
			if n > most {
				best, most = x, n
			}
		}
		return best, nil
	case "first", "any":
		if len(xs) == 0 {
			return nil, nil
		}
		return xs[0], nil
	case "last":
		if len(xs) == 0 {
			return nil, nil
		}
		return xs[len(xs)-1], nil
	case "collect":
		return append([]any{}, xs...), nil
	case "collect_distinct", "count_distinct":
		out := distinctValues(xs)
		if name == "count_distinct" {
			return int64(len(out)), nil
		}
		return out, nil
	}
	return nil, unsupported(name)
}

func distinctValues(xs []any) []any {
	out := []any{}
	for _, x := range xs {
		if !slices.ContainsFunc(out, func(y any) bool { return equal(x, y) }) {
			out = append(out, x)
		}
	}
	return out
}

// sum is exact for ints and decimals: only the result must fit.
func sum(xs []any, t types.Type) (any, error) {
	total, f := new(big.Int), 0.0
	for _, x := range xs {
		switch x := x.(type) {
		case int64:
			total.Add(total, big.NewInt(x))
		case Decimal:
			total.Add(total, x.at(t.Required().Scale).Unscaled)
		case float64:
			f += x
		}
	}
	switch t.Required().Kind {
	case types.Float:
		return f, nil
	case types.Decimal:
		return fit(Decimal{total, t.Required().Scale})
	}
	if !total.IsInt64() {
		return nil, errFit
	}
	return total.Int64(), nil
}

// fit holds a decimal to 38 digits.
func fit(d Decimal) (any, error) {
	if new(big.Int).Abs(d.Unscaled).Cmp(pow10(38)) >= 0 {
		return nil, errFit
	}
	return d, nil
}

func meanOf(xs []any) float64 {
	exact, f := new(big.Rat), 0.0
	for _, x := range xs {
		switch x := x.(type) {
		case int64:
			exact.Add(exact, new(big.Rat).SetInt64(x))
		case Decimal:
			exact.Add(exact, x.rat())
		case float64:
			f += x
		}
	}
	g, _ := exact.Quo(exact, new(big.Rat).SetInt64(int64(len(xs)))).Float64()
	return g + f/float64(len(xs))
}

// quantile interpolates between the neighbours of place share × (n - 1).
func quantile(xs []any, share float64) any {
	if len(xs) == 0 {
		return nil
	}
	xs = slices.SortedFunc(slices.Values(xs), order)
	place := share * float64(len(xs)-1)
	low := int(math.Floor(place))
	a := xs[low].(float64)
	if rest := place - float64(low); rest > 0 {
		return a*(1-rest) + xs[low+1].(float64)*rest
	}
	return a
}
