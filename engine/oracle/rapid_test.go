package oracle

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	joinorder "github.com/dreamql/dreamql/engine/order"
	"github.com/dreamql/dreamql/engine/rules"
)

// ask is a program over tables, and what a failure shows of them.
type ask struct {
	tables []*dataset
	text   string
}

func (a ask) world(t rapid.TB) *world {
	w, err := newWorld(a.tables)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// agree runs what draw draws in every way and through the oracle. What is drawn differs from run to run, so whether draw reaches the
// rules that the test is for is asked of the programs of the first seeds, which are the same each time.
func agree(t *testing.T, draw func(*rapid.T) ask, outcomes []string, rulesReached ...string) {
	t.Helper()
	drawn := rapid.Custom(draw)
	fired := map[string]int{}
	for seed := range 300 {
		a := drawn.Example(seed)
		w := a.world(t)
		node, err := w.check(a.text)
		if err != nil {
			continue
		}
		w.cut(ways[1])
		rewritten, steps := rules.Rewrite(node)
		_, more := joinorder.Plan(rewritten, joinorder.Options{Always: true})
		for _, s := range append(steps, more...) {
			fired[s.Rule]++
		}
	}
	t.Logf("rules that were applied: %v", fired)
	for _, rule := range rulesReached {
		if fired[rule] == 0 {
			t.Errorf("%s was never applied", rule)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		a := drawn.Draw(r, "program")
		if raced && rapid.IntRange(0, 3).Draw(r, "run") > 0 {
			return // all run without the race detector
		}
		d, outcome := a.world(r).verdict(a.text)
		if d == "" && slices.Contains(outcomes, outcome) {
			return
		}
		for _, table := range a.tables {
			r.Logf("%s\n%s", table.name, table.define())
		}
		r.Fatalf("%s\n%s%s", a.text, outcome, d)
	})
}
