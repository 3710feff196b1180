package oracle

import (
	"errors"
	"slices"

	"github.com/dreamql/dreamql/engine/logical"
)

// collections are the functions of lists beyond the first.
var collections = map[string]function{
	"slice": func(a []any, _ *logical.Expr) (any, error) {
		l := a[0].([]any)
		n := int64(len(l))
		place := func(x any) int64 {
			at := x.(int64)
			if at < -n {
				return 0
			}
			if at < 0 {
				at += n
			}
			return min(at, n)
		}
		from, to := place(a[1]), n
		if len(a) == 3 {
			to = place(a[2])
		}
		return append([]any{}, l[from:max(from, to)]...), nil
	},
	"concat": func(a []any, _ *logical.Expr) (any, error) {
		out := []any{}
		for _, l := range a {
			items, ok := l.([]any)
			if !ok {
				return nil, errOther
			}
			out = append(out, items...)
		}
		return out, nil
	},
	"flatten": list(func(l []any, _ any) any {
		out := []any{}
		for _, x := range l {
			items, _ := x.([]any)
			out = append(out, items...)
		}
		return out
	}),
	"range": func(a []any, _ *logical.Expr) (any, error) {
		from, to, step := a[0].(int64), a[1].(int64), int64(1)
		if len(a) == 3 {
			step = a[2].(int64)
		}
		if step == 0 {
			return nil, errArgument
		}
		out := []any{}
		for x := from; step > 0 && x < to || step < 0 && x > to; x += step {
			if len(out) == 1<<20 {
				return nil, errors.New("too long")
			}
			out = append(out, x)
			if step > 0 && x+step < x || step < 0 && x+step > x {
				break
			}
		}
		return out, nil
	},
	"fill": func(a []any, _ *logical.Expr) (any, error) {
		if a[1].(int64) > 1<<20 {
			return nil, errors.New("too long")
		}
		out := []any{}
		for range a[1].(int64) {
			out = append(out, a[0])
		}
		return out, nil
	},
	"compact": list(func(l []any, _ any) any { return kept(l, func(x any) bool { return x != nil }) }),
	"without": list(func(l []any, y any) any { return kept(l, func(x any) bool { return !equal(x, y) }) }),
	"chunk": func(a []any, _ *logical.Expr) (any, error) {
		if a[1].(int64) < 1 {
			return nil, errArgument
		}
		out := []any{}
		for c := range slices.Chunk(a[0].([]any), int(min(a[1].(int64), 1<<30))) {
			out = append(out, slices.Clone(c))
		}
		return out, nil
	},
	"zip": func(a []any, _ *logical.Expr) (any, error) {
		x, y, out := a[0].([]any), a[1].([]any), []any{}
		for i := range min(len(x), len(y)) {
			out = append(out, map[string]any{"first": x[i], "second": y[i]})
		}
		return out, nil
	},
	"enumerate": list(func(l []any, _ any) any {
		out := []any{}
		for i, x := range l {
			out = append(out, map[string]any{"index": int64(i), "value": x})
		}
		return out
	}),
	"rotate": list(func(l []any, n any) any {
		out := slices.Clone(l)
		if len(l) == 0 {
			return out
		}
		for i, x := range l {
			at := (int64(i) - n.(int64)%int64(len(l))) % int64(len(l))
			out[(at+int64(len(l)))%int64(len(l))] = x
		}
		return out
	}),
	"union": list(func(l []any, m any) any { return distinctValues(slices.Concat(l, m.([]any))) }),
	"intersect": list(func(l []any, m any) any {
		return distinctValues(kept(l, func(x any) bool { return member(x, m) }))
	}),
	"except": list(func(l []any, m any) any {
		return distinctValues(kept(l, func(x any) bool { return !member(x, m) }))
	}),
	"index_of": list(func(l []any, y any) any {
		if i := slices.IndexFunc(l, func(x any) bool { return equal(x, y) }); i >= 0 {
			return int64(i)
		}
		return nil
	}),
	"count_of": list(func(l []any, y any) any { return int64(len(kept(l, func(x any) bool { return equal(x, y) }))) }),
	"has_all":  list(func(l []any, m any) any { return len(kept(m.([]any), func(x any) bool { return !member(x, l) })) == 0 }),
	"has_any":  list(func(l []any, m any) any { return len(kept(m.([]any), func(x any) bool { return member(x, l) })) > 0 }),
	"is_empty": list(func(l []any, _ any) any { return len(l) == 0 }),
	"median":   elements, "variance": elements, "stddev": elements, "product": elements, "bool_and": elements, "bool_or": elements,
	"list_median": elements, "list_variance": elements, "list_stddev": elements, "list_product": elements, "list_bool_and": elements, "list_bool_or": elements,
}

func kept(l []any, keep func(any) bool) []any {
	out := []any{}
	for _, x := range l {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}
