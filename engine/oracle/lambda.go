package oracle

import (
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
)

// overList computes a function over a list element by element: the body sees a row of the element and of the columns it reads.
func (r *run) overList(e *logical.Expr, args []any) (any, error) {
	if args[0] == nil {
		return nil, nil
	}
	items := args[0].([]any)
	params := 1
	if e.Op == logical.OpFold {
		params = 2
	}
	columns := args[len(args)-(len(e.Names)-params):]
	body := func(values ...any) (any, error) {
		row := Row{}
		for i, n := range e.Names {
			row[n] = slices.Concat(values, columns)[i]
		}
		return r.eval(e.Body, row)
	}
	if e.Op == logical.OpFold {
		return folded(e.Name, items, args, body)
	}
	given := make([]any, len(items))
	for i, x := range items {
		var err error
		if given[i], err = body(x); err != nil {
			return nil, err
		}
	}
	out := []any{}
	switch e.Name {
	case "map":
		return given, nil
	case "filter":
		for i, x := range items {
			if given[i] == true {
				out = append(out, x)
			}
		}
	case "take_while":
		for i, x := range items {
			if given[i] != true {
				break
			}
			out = append(out, x)
		}
	case "skip_while":
		for i := range items {
			if given[i] != true {
				return append(out, items[i:]...), nil
			}
		}
	case "sort_by":
		places := make([]int, len(items))
		for i := range places {
			places[i] = i
		}
		slices.SortStableFunc(places, func(i, j int) int {
			return compareKeys([]any{given[i]}, []any{given[j]}, []logical.SortKey{{}})
		})
		for _, i := range places {
			out = append(out, items[i])
		}
	case "distinct_by":
		for i, x := range items {
			if !slices.ContainsFunc(given[:i], func(y any) bool { return equal(y, given[i]) }) {
				out = append(out, x)
			}
		}
	default:
		return nil, unsupported(e.Name)
	}
	return out, nil
}

// folded goes over the elements from a start, or from the first one.
func folded(name string, items, args []any, body func(values ...any) (any, error)) (any, error) {
	if name == "reduce" {
		if len(items) == 0 {
			return nil, nil
		}
		args, items = []any{nil, items[0]}, items[1:]
	}
	sofar := args[1]
	for _, x := range items {
		var err error
		if sofar, err = body(sofar, x); err != nil {
			return nil, err
		}
	}
	return sofar, nil
}
