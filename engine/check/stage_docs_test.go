package check

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryStageIsDocumented(t *testing.T) {
	t.Parallel()
	docs := map[string]StageDoc{}
	for _, d := range Stages() {
		docs[d.Name] = d
	}
	for _, s := range allStages() {
		d, ok := docs[s.name]
		if !ok {
			t.Errorf("%s has no entry in stage_docs.go", s.name)
			continue
		}
		if d.Usage == "" || d.Doc == "" || !strings.Contains(d.Example, s.name) || d.FromNothing != (s.source != nil) {
			t.Errorf("%s: %+v", s.name, d)
		}
		var named []string
		for _, p := range d.Params {
			if n, ok := strings.CutSuffix(p.Name, ":"); ok {
				named = append(named, n)
			}
		}
		for _, n := range s.named {
			if !slices.Contains(named, n) && s.name != "join_cross" {
				t.Errorf("%s: the argument %s: is not documented", s.name, n)
			}
		}
		delete(docs, s.name)
	}
	for name := range docs {
		t.Errorf("%s is documented and does not exist", name)
	}
}
