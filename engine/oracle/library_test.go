package oracle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/syntax"
)

// TestLibrary runs every example of the library in every way and through the oracle, which therefore knows every function.
func TestLibrary(t *testing.T) {
	t.Parallel()
	runs := drawn(t, 4)
	for _, f := range funcs.All {
		for i := range f.Overloads {
			if f.Overloads[i].Volatile {
				continue
			}
			for _, ex := range f.Overloads[i].Examples {
				if !runs() {
					continue
				}
				t.Run(f.Name+"/"+ex.Call, func(t *testing.T) {
					t.Parallel()
					runExample(t, f, ex)
				})
			}
		}
	}
}

func runExample(t *testing.T, f *funcs.Func, ex funcs.Example) {
	w, err := newWorld(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "ok"
	text := fmt.Sprintf("{ got: %s, want: %s }", ex.Call, ex.Result)
	switch {
	case strings.Contains(ex.Call, "now()") || strings.Contains(ex.Call, "today("):
		return // the oracle knows no time
	case ex.Error != "":
		text, want = fmt.Sprintf("{ got: %s }", ex.Call), "fails"
	case f.Kind == funcs.Aggregate:
		text = fmt.Sprintf("%s -> agg { got: %s } -> { got, want: %s }", rowsOver(t, ex.Over), ex.Call, ex.Result)
	case f.Kind == funcs.Window:
		text = fmt.Sprintf("%s -> { got: %s -> over(order: x), want: (%s)[i] }", rowsOver(t, ex.Over), ex.Call, ex.Result)
	}
	disagreement, outcome := w.verdict(text)
	if ex.Error != "" && strings.HasPrefix(outcome, "rejected") && strings.Contains(outcome, ex.Error) {
		return // known before the run
	}
	if disagreement != "" || outcome != want {
		t.Fatalf("%s\n%s\n%s", text, outcome, disagreement)
	}
	if want == "fails" {
		return
	}
	n, err := w.check(text)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := w.oracle(n, false)
	if err != nil || len(rows) == 0 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		if !near(row["got"], row["want"]) {
			t.Errorf("%s gives %s, want %s", ex.Call, cellText(row["got"]), cellText(row["want"]))
		}
	}
}

// rowsOver writes an example's columns x, y, … as a list of records.
func rowsOver(t *testing.T, over string) string {
	list, ds := syntax.ParseExpr(0, "["+over+"]")
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	var rows []string
	for k, column := range list.(*syntax.List).Items {
		for i, item := range column.(*syntax.List).Items {
			at := item.Place()
			field := fmt.Sprintf("%c: %s", "xyzw"[k], ("[" + over + "]")[at.Start:at.End])
			if k == 0 {
				rows = append(rows, fmt.Sprintf("{i: %d, %s", i, field))
			} else {
				rows[i] += ", " + field
			}
		}
	}
	return "[" + strings.Join(rows, "}, ") + "}]"
}
