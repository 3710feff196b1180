package oracle

import (
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
)

var lists = map[string]function{
	"len": list(func(l []any, _ any) any { return int64(len(l)) }),
	"get": list(func(l []any, i any) any {
		at := i.(int64)
		if at < 0 {
			at += int64(len(l))
		}
		if at < 0 || at >= int64(len(l)) {
			return nil
		}
		return l[at]
	}),
	"join": list(func(l []any, by any) any {
		var parts []string
		for _, s := range l {
			if s != nil {
				parts = append(parts, s.(string))
			}
		}
		return strings.Join(parts, by.(string))
	}),
	"sort": list(func(l []any, _ any) any {
		return slices.SortedStableFunc(slices.Values(l), func(a, b any) int {
			return compareKeys([]any{a}, []any{b}, []logical.SortKey{{}})
		})
	}),
	"reverse": list(func(l []any, _ any) any {
		l = slices.Clone(l)
		slices.Reverse(l)
		return l
	}),
	"distinct": list(func(l []any, _ any) any { return distinctValues(l) }),
	"take":     list(func(l []any, n any) any { return l[:min(max(n.(int64), 0), int64(len(l)))] }),
	"skip":     list(func(l []any, n any) any { return l[min(max(n.(int64), 0), int64(len(l))):] }),
	"sum":      elements, "mean": elements, "min": elements, "max": elements,
	"list_sum": elements, "list_mean": elements, "list_min": elements, "list_max": elements,
}

func list(f func(l []any, arg any) any) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		l, ok := a[0].([]any)
		if !ok {
			return nil, errOther
		}
		return f(l, append(a, nil)[1]), nil
	}
}

// elements aggregates the present elements of a list.
func elements(a []any, e *logical.Expr) (any, error) {
	l, ok := a[0].([]any)
	if !ok {
		return nil, errOther
	}
	l = slices.DeleteFunc(slices.Clone(l), func(x any) bool { return x == nil })
	fn := strings.TrimPrefix(e.Name, "list_")
	if v, ok, err := statistic(fn, tuplesOf(l)); ok {
		return v, err
	}
	return foldValues(fn, l, e.T)
}
