package oracle

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// verdict runs a program in every way and says what disagrees with the oracle; "" where all agree.
func (w *world) verdict(text string) (disagreement string, outcome string) {
	return w.verdictOf(text, ways)
}

func (w *world) verdictOf(text string, ways []way) (disagreement string, outcome string) {
	n, err := w.check(text)
	if err != nil {
		return "", "rejected: " + strings.Join(errorTexts(err), "; ")
	}
	strict, errStrict := w.oracle(n, false)
	lazy, errLazy := strict, errStrict
	if errStrict != nil {
		lazy, errLazy = w.oracle(n, true)
	}
	for _, err := range []error{errStrict, errLazy} {
		if errors.Is(err, ErrUnsupported) {
			return "", "unsupported: " + err.Error()
		}
	}
	ordered := isOrdered(n)
	outcome = "ok"
	if errStrict != nil {
		outcome = "fails"
	}
	for _, y := range ways {
		got, err := w.engine(n, y)
		var broken fault
		switch {
		case errors.As(err, &broken):
			return fmt.Sprintf("%s: a defect: %v", y.name, err), outcome
		case err != nil && errStrict == nil:
			return fmt.Sprintf("%s: fails with %v\noracle:\n%s", y.name, err, show(strict, n.Schema())), outcome
		case err != nil:
			continue
		case errLazy != nil:
			return fmt.Sprintf("%s:\n%soracle: fails with %v", y.name, show(got, n.Schema()), errLazy), outcome
		}
		if d := difference(got, lazy, n.Schema(), ordered); d != "" {
			return fmt.Sprintf("%s: %s\n%soracle:\n%s", y.name, d, show(got, n.Schema()), show(lazy, n.Schema())), outcome
		}
	}
	return "", outcome
}

// errorTexts are the errors of a rejected program, without the warnings.
func errorTexts(err error) []string {
	var diags source.Diagnostics
	if !errors.As(err, &diags) {
		return []string{err.Error()}
	}
	var out []string
	for _, d := range diags {
		if d.Severity == source.Error {
			out = append(out, d.Code+": "+d.Message)
		}
	}
	return out
}

// isOrdered reports whether the rows come in an order that the program asked for.
func isOrdered(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Sort:
		return true
	case *logical.Limit:
		return isOrdered(n.Input)
	case *logical.Project:
		return isOrdered(n.Input)
	case *logical.Filter:
		return isOrdered(n.Input)
	}
	return false
}

// difference compares lists, or bags: then in the order of what is written of the rows, floats coarsely. Rows that tie in an
// order that was asked for are equal in all columns, because programs sort by all of them.
func difference(got, want []Row, fields []types.Field, ordered bool) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, not %d", len(got), len(want))
	}
	if !ordered {
		got, want = arranged(got, fields), arranged(want, fields)
	}
	for i := range got {
		for _, f := range fields {
			if a, b := got[i][f.Name], want[i][f.Name]; !near(a, b) {
				return fmt.Sprintf("column %s is %s, not %s", f.Name, cellText(a), cellText(b))
			}
		}
	}
	return ""
}

func arranged(rows []Row, fields []types.Field) []Row {
	key := func(r Row) string {
		var exact, coarse strings.Builder
		for _, f := range fields {
			if v, ok := r[f.Name].(float64); ok {
				fmt.Fprintf(&coarse, "%+.6e;", v+0)
			} else {
				exact.WriteString(cellText(r[f.Name]) + ";")
			}
		}
		return exact.String() + coarse.String()
	}
	return slices.SortedStableFunc(slices.Values(rows), func(a, b Row) int { return strings.Compare(key(a), key(b)) })
}

// near is equality, but for floats that differ by how they were rounded on the way.
func near(a, b any) bool {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return equal(x, y) || math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y))
	}
	r, okR := a.(map[string]any)
	q, okQ := b.(map[string]any)
	if okR && okQ {
		return maps.EqualFunc(r, q, near)
	}
	l, okL := a.([]any)
	m, okM := b.([]any)
	if okL && okM {
		return slices.EqualFunc(l, m, near)
	}
	return equal(a, b)
}

func show(rows []Row, fields []types.Field) string {
	var b strings.Builder
	for i, r := range rows {
		if i == 20 {
			fmt.Fprintf(&b, "  … %d more\n", len(rows)-i)
			break
		}
		var cells []string
		for _, f := range fields {
			cells = append(cells, f.Name+": "+cellText(r[f.Name]))
		}
		fmt.Fprintf(&b, "  %s\n", strings.Join(cells, ", "))
	}
	return b.String()
}

func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, cellText(x))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		return identity([]any{v})
	case Decimal:
		return v.rat().FloatString(v.Scale)
	case float64, int64, bool:
		return fmt.Sprint(v)
	}
	if s, ok := written(v); ok {
		return s
	}
	return fmt.Sprintf("%T(%v)", v, v)
}
