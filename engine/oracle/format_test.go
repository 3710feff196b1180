package oracle

import (
	"math/rand/v2"
	"testing"

	"github.com/dreamql/dreamql/engine/syntax"
)

// TestFormatRandom formats random programs: the tree stays, and formatting again changes nothing.
func TestFormatRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		text := generate(rand.New(rand.NewPCG(seed, 1))).text()
		before, diags := syntax.Parse(0, text)
		if diags.HasErrors() {
			t.Fatalf("seed %d: %v\n%s", seed, diags, text)
		}
		for _, width := range []int{syntax.Width, 30} {
			out, _ := syntax.FormatWidth(0, text, width)
			after, diags := syntax.Parse(0, out)
			if a, b := syntax.Dump(before.Stmts), syntax.Dump(after.Stmts); diags.HasErrors() || a != b {
				t.Fatalf("seed %d: formatting changed the tree: %v\n%s\nto\n%s", seed, diags, text, out)
			}
			if again, _ := syntax.FormatWidth(0, out, width); again != out {
				t.Fatalf("seed %d: formatting again changes\n%s\nto\n%s", seed, out, again)
			}
		}
	}
}
