package run

import (
	"testing"
)

func TestAFailureLeadsToTheLineOfItsCell(t *testing.T) {
	sources := []Source{{ID: "q", Text: "f(7)"}, {ID: "c1", Text: "def f(x: int) -> int:\n    y = [1]\n    return y[x]", Language: "python"}}
	notes := inCell("notebook@c1.f: Traceback\n  File \"functions.py\", line 3, in f\nIndexError", sources)
	if len(notes) != 1 || notes[0].CellID != "c1" || notes[0].Range == nil || notes[0].Range.Line != 3 || notes[0].Range.Start != 34 {
		t.Errorf("%+v", notes)
	}
	if notes := inCell("std/geo@1.0.0.f: x", sources); notes != nil {
		t.Errorf("%+v", notes)
	}
}
