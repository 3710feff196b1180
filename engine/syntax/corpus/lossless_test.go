package main

import (
	"testing"

	"github.com/dreamql/dreamql/engine/syntax"
)

// TestLossless: the tree with its comments and white space is the text, for programs with mistakes too, and each node of a program
// without them is a branch that holds what stands at its place.
func TestLossless(t *testing.T) {
	t.Chdir("../../..")
	programs, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	branches := 0
	for _, p := range programs {
		prog, _ := syntax.Parse(0, p.Source)
		tree := syntax.Lossless(prog, p.Source)
		if got := tree.Text(); got != p.Source {
			t.Errorf("%s: the tree of %q has the text %q", p.Where, p.Source, got)
		}
		branches += places(t, p, tree)
	}
	if branches < 10_000 {
		t.Errorf("%d branches", branches)
	}
}

func places(t *testing.T, p Program, b *syntax.Branch) (n int) {
	t.Helper()
	for _, part := range b.Parts {
		if below, ok := part.(*syntax.Branch); ok {
			n += 1 + places(t, p, below)
		}
	}
	if b.Node == nil {
		return n
	}
	if s := b.Node.Place(); b.Text() != p.Source[s.Start:s.End] {
		t.Errorf("%s: the branch of %q has the text %q", p.Where, p.Source[s.Start:s.End], b.Text())
	}
	return n
}
