package cost

import (
	"math"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// asOf is a constant in the type of the column that it is compared with, where the checker has widened the column: of numbers as
// near as a float can say.
func asOf(v *logical.Literal, from, to types.Type) *logical.Literal {
	from, to = from.Required(), to.Required()
	if from.Kind == to.Kind && from.Scale == to.Scale {
		return v
	}
	x, ok := value(v, from)
	if !ok {
		return v
	}
	switch to.Kind {
	case types.Int:
		i := int64(math.Floor(x))
		return &logical.Literal{Int: &i}
	case types.Float:
		f := logical.Float(x)
		return &logical.Literal{Float: &f}
	case types.Decimal:
		t := strconv.FormatFloat(math.Round(x*math.Pow10(to.Scale)), 'f', 0, 64)
		if t = strings.TrimPrefix(t, "+"); t == "-0" {
			t = "0"
		}
		return &logical.Literal{Text: &t}
	}
	return v
}

// value is the number that a literal of a type is.
func value(v *logical.Literal, t types.Type) (float64, bool) {
	switch {
	case v == nil:
		return 0, false
	case t.Kind == types.Int && v.Int != nil:
		return float64(*v.Int), true
	case t.Kind == types.Float && v.Float != nil && !math.IsNaN(float64(*v.Float)) && !math.IsInf(float64(*v.Float), 0):
		return float64(*v.Float), true
	case t.Kind == types.Decimal && v.Text != nil:
		x, err := strconv.ParseFloat(*v.Text, 64)
		return x / math.Pow10(t.Scale), err == nil
	}
	return 0, false
}
