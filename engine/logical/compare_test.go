package logical

import (
	"math"
	"testing"

	"github.com/dreamql/dreamql/engine/types"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	integer := func(v int64) *Literal { return &Literal{Int: &v} }
	float := func(v float64) *Literal { f := Float(v); return &Literal{Float: &f} }
	text := func(v string) *Literal { return &Literal{Text: &v} }
	truth := func(v bool) *Literal { return &Literal{Bool: &v} }
	for _, c := range []struct {
		a, b *Literal
		want int
		ok   bool
	}{
		{integer(1), integer(2), -1, true},
		{float(2), float(-1), 1, true},
		{float(0), float(math.Copysign(0, -1)), 0, true},
		{float(0), float(math.NaN()), 0, false},
		{text("a"), text("b"), -1, true},
		{truth(false), truth(true), -1, true},
		{truth(true), truth(true), 0, true},
		{integer(1), nil, 0, false},
		{&Literal{}, integer(1), 0, false},
		{integer(1), float(1), 0, false},
	} {
		got, ok := Compare(c.a, c.b)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("Compare(%v, %v) is %d, %v; want %d, %v", c.a, c.b, got, ok, c.want, c.ok)
		}
	}
}

func TestCompareAsDecimals(t *testing.T) {
	t.Parallel()
	of := types.Type{Kind: types.Decimal, Precision: 20, Scale: 2}
	for _, c := range []struct {
		a, b string
		want int
	}{{"9", "10", -1}, {"-9", "-10", 1}, {"-1", "0", -1}, {"5", "-70", 1}, {"123", "123", 0}, {"-12", "-12", 0}} {
		got, ok := CompareAs(of, &Literal{Text: &c.a}, &Literal{Text: &c.b})
		if !ok || got != c.want {
			t.Errorf("CompareAs(%s, %s) is %d, %v; want %d", c.a, c.b, got, ok, c.want)
		}
	}
}
