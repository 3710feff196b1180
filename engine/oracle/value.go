package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Day is a date in days, Instant a timestamp and Clock a time in microseconds, Span a duration in months, days, nanoseconds.
type (
	Day     int64
	Instant int64
	Clock   int64
	Span    [3]int64
	// Decimal is an exact number with so many decimal places.
	Decimal struct {
		Unscaled *big.Int
		Scale    int
	}
)

// identity is equal for equal lists of values: absent values are equal, NaN equals NaN, and 0.0 equals -0.0.
func identity(vs []any) string {
	var b strings.Builder
	for _, v := range vs {
		switch v := v.(type) {
		case nil:
			b.WriteString("none")
		case float64:
			if v == 0 {
				v = 0 * math.Abs(v)
			}
			fmt.Fprintf(&b, "float %v", v)
		case string:
			fmt.Fprintf(&b, "%q", v)
		case []any:
			b.WriteString("[" + identity(v) + "]")
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				fmt.Fprintf(&b, "{%q %s}", k, identity([]any{v[k]}))
			}
		case Decimal:
			b.WriteString("decimal " + v.rat().String())
		default:
			fmt.Fprintf(&b, "%T %v", v, v)
		}
		b.WriteByte(';')
	}
	return b.String()
}

func equal(a, b any) bool { return identity([]any{a}) == identity([]any{b}) }

// order compares two present values of one type: false before true, NaN after every number, text by its bytes.
func order(a, b any) int {
	switch a := a.(type) {
	case bool:
		return cmp.Compare(truth(a), truth(b.(bool)))
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		b := b.(float64)
		if x, y := math.IsNaN(a), math.IsNaN(b); x || y {
			return cmp.Compare(truth(x), truth(y))
		}
		return cmp.Compare(a, b)
	case string:
		return cmp.Compare(a, b.(string))
	case Day:
		return cmp.Compare(a, b.(Day))
	case Instant:
		return cmp.Compare(a, b.(Instant))
	case Clock:
		return cmp.Compare(a, b.(Clock))
	case Decimal:
		return a.rat().Cmp(b.(Decimal).rat())
	case Blob:
		return cmp.Compare(a, b.(Blob))
	case UUID:
		return cmp.Compare(a, b.(UUID))
	}
	panic(fmt.Sprintf("oracle: values of type %T have no order", a))
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (d Decimal) rat() *big.Rat { return new(big.Rat).SetFrac(d.Unscaled, pow10(d.Scale)) }

// at gives the decimal more places.
func (d Decimal) at(scale int) Decimal {
	return Decimal{new(big.Int).Mul(d.Unscaled, pow10(scale-d.Scale)), scale}
}

// literal is the value of a literal of type t.
func literal(l *logical.Literal, t types.Type) any {
	t = t.Required()
	switch {
	case l.Absent():
		return nil
	case l.Bool != nil:
		return *l.Bool
	case l.Float != nil:
		return float64(*l.Float)
	case l.Interval != nil:
		return Span(*l.Interval)
	case l.Text != nil && t.Kind == types.Decimal:
		n, _ := new(big.Int).SetString(*l.Text, 10)
		return Decimal{n, t.Scale}
	case l.Text != nil:
		return *l.Text
	case l.Int != nil:
		switch t.Kind {
		case types.Date:
			return Day(*l.Int)
		case types.Timestamp:
			return Instant(*l.Int)
		case types.Time:
			return Clock(*l.Int)
		}
		return *l.Int
	}
	return Blob(l.Bytes)
}

// cast is the conversion that the checker writes: it never fails.
func cast(v any, to types.Type) any {
	to = to.Required()
	switch v := v.(type) {
	case int64:
		switch to.Kind {
		case types.Float:
			return float64(v)
		case types.Decimal:
			return Decimal{big.NewInt(v), 0}.at(to.Scale)
		}
	case Decimal:
		switch to.Kind {
		case types.Float:
			f, _ := v.rat().Float64()
			return f
		case types.Decimal:
			return v.at(to.Scale)
		}
	case Day:
		if to.Kind == types.Timestamp {
			return Instant(int64(v) * dayMicros)
		}
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = cast(x, *to.Elem)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for _, f := range to.Fields {
			out[f.Name] = cast(v[f.Name], f.Type)
		}
		return out
	}
	return v
}
