package expr_test

import (
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/types"
)

func TestDecimals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ call, want string }{
		{"string(decimal('10.25') * (1 - decimal('0.05')))", "'9.737500000000000000'"},
		{"decimal('0.1') + decimal('0.2') == decimal('0.3')", "true"},
		{"decimal('-1.5') < 0", "true"},
		{"string(round(decimal('2.345'), 2))", "'2.350000000'"},
		{"decimal('1.5') / 3", "0.5"},
		{"least(decimal('2'), 1) == 1", "true"},
		{"-decimal('2.5') == decimal('-2.5')", "true"},
	} {
		check(t, c.call, c.want)
	}
	if got := lower(t, "decimal('1') * decimal('1') + decimal('1')", nil).T; got.Kind != types.Decimal || got.Scale != 18 || got.Precision != 38 {
		t.Errorf("type %s", got)
	}
	for call, want := range map[string]string{
		"decimal('99999999999999999999999999999') * decimal('99999999999999999999')": "does not fit a decimal",
		"decimal('1e5')": "cannot be converted",
		"decimal('x')":   "cannot be converted",
	} {
		if _, err := value(t, call); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", call, err, want)
		}
	}
}
