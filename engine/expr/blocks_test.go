package expr_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/expr"
)

// TestBlocks evaluates expressions over batches that go block by block, and over ones too small for that; the results agree.
func TestBlocks(t *testing.T) {
	t.Parallel()
	schema, batch := flights()
	for _, text := range []string{
		"x * 1.2 > 100", "100 < x * 1.2", "(x * 2.0 + y) * (1.0 - x)", "x + y == y + x", "x * x - y * y != 3.5 - x", "distance * 1.2 > 100",
		"x * 1.5 + x * 1.5 > y", "(x + y) * 2 >= (x + y) * 3", "delay * 0.5 <= x - 7", "x * 1e308 * 10 > 1 and y - 2 < 3 * x",
		"if x * 2 > y + 1 { x * y + 1 } else { x - y - 1 }",
	} {
		p, err := expr.Compile(lower(t, text, schema), schema, expr.Env{})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int64{2048, 2049, 4096 + 63, 10_000} {
			whole, err := p.Eval(t.Context(), batch.NewSlice(3, 3+n))
			if err != nil {
				t.Fatal(err)
			}
			for from := int64(0); from < n; from += 1000 {
				to := min(n, from+1000)
				part, err := p.Eval(t.Context(), batch.NewSlice(3+from, 3+to))
				if err != nil {
					t.Fatal(err)
				}
				if !array.Equal(array.NewSlice(whole, from, to), part) {
					t.Fatalf("%s differs in rows %d to %d of %d", text, from, to, n)
				}
			}
		}
	}
}
