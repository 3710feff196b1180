package oracle

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
)

var texts = map[string]function{
	"+":           text2(func(s, t string) any { return s + t }),
	"lower":       text1(func(s string) any { return strings.ToLower(s) }),
	"upper":       text1(func(s string) any { return strings.ToUpper(s) }),
	"trim":        text1(func(s string) any { return strings.TrimSpace(s) }),
	"len":         text1(func(s string) any { return int64(len([]rune(s))) }),
	"contains":    text2(func(s, t string) any { return strings.Contains(s, t) }),
	"starts_with": text2(func(s, t string) any { return strings.HasPrefix(s, t) }),
	"ends_with":   text2(func(s, t string) any { return strings.HasSuffix(s, t) }),
	"position": text2(func(s, t string) any {
		before, _, found := strings.Cut(s, t)
		return truth(found) * int64(len([]rune(before))+1)
	}),
	"split": text2(func(s, t string) any {
		out := []any{}
		for _, p := range strings.Split(s, t) {
			out = append(out, p)
		}
		return out
	}),
	"reverse": text1(func(s string) any {
		rs := []rune(s)
		slices.Reverse(rs)
		return string(rs)
	}),
	"replace": func(a []any, _ *logical.Expr) (any, error) {
		return strings.ReplaceAll(a[0].(string), a[1].(string), a[2].(string)), nil
	},
	"concat": func(a []any, _ *logical.Expr) (any, error) {
		out := ""
		for _, s := range a {
			out += s.(string)
		}
		return out, nil
	},
	"substring": func(a []any, _ *logical.Expr) (any, error) {
		out := ""
		for i, c := range []rune(a[0].(string)) {
			if at := int64(i + 1); at >= a[1].(int64) && (len(a) == 2 || at-a[1].(int64) < a[2].(int64)) {
				out += string(c)
			}
		}
		return out, nil
	},
	"repeat": func(a []any, _ *logical.Expr) (any, error) {
		if err := sized(a[1].(int64) * min(1, int64(len(a[0].(string))))); err != nil {
			return nil, err
		}
		out := strings.Repeat(a[0].(string), int(max(0, min(a[1].(int64), 1<<20))))
		return out, sized(int64(len(out)))
	},
	"pad_start": func(a []any, _ *logical.Expr) (any, error) { return padding(a) + a[0].(string), sized(a[1]) },
	"pad_end":   func(a []any, _ *logical.Expr) (any, error) { return a[0].(string) + padding(a), sized(a[1]) },
	"regex_match": func(a []any, _ *logical.Expr) (any, error) {
		p, err := regexp.Compile(a[1].(string))
		if err != nil {
			return nil, errors.New("no pattern")
		}
		return p.MatchString(a[0].(string)), nil
	},
	"regex_extract": func(a []any, _ *logical.Expr) (any, error) {
		p, err := regexp.Compile(a[1].(string))
		if err != nil {
			return nil, errors.New("no pattern")
		}
		m := p.FindStringSubmatch(a[0].(string))
		if m == nil {
			return nil, nil
		}
		return m[min(1, len(m)-1)], nil
	},
}

func text1(f func(string) any) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		s, ok := a[0].(string)
		if !ok {
			return nil, errOther
		}
		return f(s), nil
	}
}

func text2(f func(s, t string) any) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		s, ok := a[0].(string)
		if !ok {
			return nil, errOther
		}
		return f(s, a[1].(string)), nil
	}
}

// sized holds what a function makes of a text to a mebibyte.
func sized(n any) error {
	if n.(int64) > 1<<20 {
		return errArgument
	}
	return nil
}

func padding(a []any) string {
	fill := []rune(" ")
	if len(a) == 3 {
		fill = []rune(a[2].(string))
	}
	out := ""
	if len(fill) == 0 || sized(a[1]) != nil {
		return out
	}
	for i := int64(len([]rune(a[0].(string)))); i < a[1].(int64); i++ {
		out += string(fill[len([]rune(out))%len(fill)])
	}
	return out
}
