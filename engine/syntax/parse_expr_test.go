package syntax

import "testing"

func TestParseExprReportsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1 +", "", ")", "f(", "3d4"} {
		if _, ds := ParseExpr(0, text); !ds.HasErrors() {
			t.Errorf("%q: want a diagnostic", text)
		}
	}
}
