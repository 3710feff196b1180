package check

import (
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// A number that is written in the program is untyped until it is used: among decimals it is the decimal that it says, else an int or a
// float.

// exactly is an untyped number as the smallest decimal that holds it.
func (s *scalar) exactly() (*scalar, bool) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(s.text, "-"), ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if s.text == "" || strings.ContainsAny(digits, "eE") || len(digits) > 38 || len(fraction) > 38 {
		return s, false
	}
	t := types.Type{Kind: types.Decimal, Precision: max(len(digits), len(fraction), 1), Scale: len(fraction)}
	if digits == "" {
		digits = "0"
	} else if s.text[0] == '-' {
		digits = "-" + digits
	}
	return constant(t, &logical.Literal{Text: &digits}, s.e.Span), true
}

// amongDecimals makes untyped numbers decimals where any of the others is one.
func amongDecimals(in []*scalar) {
	found := false
	for _, s := range in {
		found = found || s != nil && s.e.T.Required().Kind == types.Decimal
	}
	for i, s := range in {
		if found && s != nil && s.text != "" {
			in[i], _ = s.exactly()
		}
	}
}

// rescaled is a decimal literal of a type with at least its places.
func rescaled(l *logical.Literal, from, to types.Type) (*logical.Literal, bool) {
	up := to.Scale - from.Scale
	digits := strings.TrimPrefix(*l.Text, "-")
	if up < 0 || digits != "0" && len(digits)+up > to.Precision {
		return nil, false
	}
	text := *l.Text
	if digits != "0" {
		text += strings.Repeat("0", up)
	}
	return &logical.Literal{Text: &text}, true
}
