package oracle

import (
	"errors"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// function is one of the library, over present arguments. errOther says that it is not for arguments of these types.
type function func(a []any, e *logical.Expr) (any, error)

var errOther = errors.New("not for these types")

const stringKind = types.String

// families are all functions of present arguments; the first family whose function takes the arguments computes it.
var families = []map[string]function{
	collections, numbers, mathematics, vectors, writing, texts, dates, calendar, conversions, lists, digests, geography,
}

// takesJSON reports whether a call is of a function of JSON values, which are texts here, as a text is not.
func takesJSON(e *logical.Expr) bool {
	switch e.Name {
	case "parse_json", "try_parse_json", "is_json":
		return true
	}
	return len(e.Args) > 0 && e.Args[0].T.Required().Kind == types.JSON
}

// sees are the functions that look at absent arguments; none of them fails.
var sees = map[string]func(a []any) any{
	"==":      func(a []any) any { return equal(a[0], a[1]) },
	"!=":      func(a []any) any { return !equal(a[0], a[1]) },
	"<":       func(a []any) any { return a[0] != nil && a[1] != nil && order(a[0], a[1]) < 0 },
	"<=":      func(a []any) any { return a[0] != nil && a[1] != nil && order(a[0], a[1]) <= 0 },
	">":       func(a []any) any { return a[0] != nil && a[1] != nil && order(a[0], a[1]) > 0 },
	">=":      func(a []any) any { return a[0] != nil && a[1] != nil && order(a[0], a[1]) >= 0 },
	"is_none": func(a []any) any { return a[0] == nil },
	"in":      func(a []any) any { return member(a[0], a[1]) },
	"contains": func(a []any) any {
		return member(a[1], a[0])
	},
	"least":    func(a []any) any { return extreme(a, -1) },
	"greatest": func(a []any) any { return extreme(a, 1) },
}

func member(x, list any) bool {
	items, _ := list.([]any)
	for _, y := range items {
		if equal(x, y) {
			return true
		}
	}
	return false
}

func extreme(a []any, sign int) any {
	var best any
	for _, x := range a {
		if x != nil && (best == nil || order(x, best)*sign > 0) {
			best = x
		}
	}
	return best
}
