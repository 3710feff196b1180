package check

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dreamql/dreamql/engine/syntax"
)

// TestBounds gives programs that grow without end or are huge: each gets one clear diagnostic, soon.
func TestBounds(t *testing.T) {
	t.Parallel()
	var chain, double, tables strings.Builder
	chain.WriteString("a0 = 1\n")
	double.WriteString("a0 = x => x + x\n")
	tables.WriteString("t0 = tracks\n")
	for i := 1; i <= 3000; i++ {
		fmt.Fprintf(&chain, "a%d = a%d + 1\n", i, i-1)
		if i <= 60 {
			fmt.Fprintf(&double, "a%d = x => a%d(a%d(x))\n", i, i-1, i-1)
		}
		if i <= 40 {
			fmt.Fprintf(&tables, "t%d = t%d -> union t%d\n", i, i-1, i-1)
		}
	}
	for name, c := range map[string]struct{ text, code string }{
		"deep chain":        {chain.String() + "a3000", "DQL3040"},
		"doubling calls":    {double.String() + "tracks -> { n: a60(milliseconds) }", "DQL30"},
		"doubling tables":   {tables.String() + "t40", "DQL3040"},
		"long sum":          {strings.Repeat("1 + ", 200_000) + "1", "DQL"},
		"many large fields": {double.String() + "tracks -> { n: 1" + fill(6000, ", f%d: a3(milliseconds + %d)") + " }", "DQL30"},
		"many large sums":   {double.String() + "tracks -> { @album_id" + fill(6000, ", f%d: sum(a3(milliseconds + %d)) + a3(album_id)") + " }", "DQL30"},
		"omega":             {"f = g => g(g)\nf(f)", "DQL3043"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p, parse := syntax.Parse(0, c.text)
			r, diags := Check(context.Background(), testCatalog{}, Program{Sources: []*syntax.Program{p}}, nil)
			diags = append(diags, parse...)
			if r.Plan != nil || len(diags) == 0 || !strings.HasPrefix(diags[0].Code, c.code) {
				t.Fatalf("plan %v, diagnostics %v", r.Plan != nil, diags)
			}
			// A second alone; under the race detector, beside other packages, twenty. Without bounds it would be hours.
			if d := time.Since(start); d > time.Minute {
				t.Fatalf("took %v", d)
			}
		})
	}
}

// TestCancel: a cancelled check ends with a diagnostic.
func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p, _ := syntax.Parse(0, "["+strings.Repeat("1, ", 5000)+"1]")
	_, diags := Check(ctx, testCatalog{}, Program{Sources: []*syntax.Program{p}}, nil)
	if len(diags) != 1 || diags[0].Code != "DQL3044" {
		t.Fatalf("%v", diags)
	}
}

func fill(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i)
	}
	return b.String()
}
