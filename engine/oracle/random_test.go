package oracle

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	queries = flag.Int("queries", 500, "how many random programs to run")
	seed    = flag.Uint64("seed", 1, "of the first of them; each next one has the next number; 0 takes a random one")
)

// TestRandom runs random programs in every way and through the oracle. A failing one is shrunk, and printed as a case for
// testdata/found.txt.
func TestRandom(t *testing.T) {
	first := *seed
	if first == 0 {
		first = rand.Uint64() >> 16
	}
	t.Logf("%d programs from seed %d", *queries, first)
	runs := drawn(t, 4)
	tried, outcomes := 0, map[string]int{}
	broken := 0
	for i := range uint64(*queries) {
		if !runs() {
			continue
		}
		tried++
		p := generate(rand.New(rand.NewPCG(first+i, 0)))
		disagreement, outcome := p.verdict()
		kind, _, _ := strings.Cut(outcome, ":")
		outcomes[kind]++
		switch {
		case disagreement != "":
			p, disagreement = p.shrink(disagreement)
			t.Errorf("seed %d:\n%s\n%s", first+i, p.asCase(), disagreement)
			broken++
		case kind != "ok" && kind != "fails":
			t.Errorf("seed %d: %s\n%s", first+i, outcome, p.asCase())
			broken++
		}
		if broken == 10 {
			t.Fatalf("no more programs are tried: %v", outcomes)
		}
	}
	t.Logf("outcomes: %v", outcomes)
	if outcomes["ok"] < tried/2 {
		t.Errorf("too few programs give rows: %v", outcomes)
	}
}

func (p *program) verdict() (disagreement, outcome string) {
	w, err := newWorld(p.tables)
	if err != nil {
		return "", "rejected: " + err.Error()
	}
	return w.verdict(p.text())
}

// asCase writes the program as a data-driven test does.
func (p *program) asCase() string {
	var b strings.Builder
	for _, d := range p.tables {
		b.WriteString("table " + d.name + "\n" + d.define() + "----\n\n")
	}
	b.WriteString("query\n" + strings.TrimSpace(p.text()) + "\n----\n")
	return b.String()
}
