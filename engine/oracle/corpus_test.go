package oracle

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

func timeOf(s string) (int64, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMicro(), nil
		}
	}
	_, err := time.Parse(time.RFC3339, s)
	return 0, err
}

// TestCases runs every case that the executor is tested with, and those that random programs have found.
func TestCases(t *testing.T) {
	ran, runs := 0, drawn(t, 4) // those of exec run there in all ways as well
	for _, dir := range []string{filepath.Join("..", "exec", "testdata"), "testdata"} {
		datadriven.Walk(t, dir, func(t *testing.T, path string) {
			var ds []*dataset
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				switch d.Cmd {
				case "table":
					x, err := parseDataset(d.CmdArgs[0].Key, d.Input)
					if err != nil {
						t.Fatal(err)
					}
					ds = append(ds, x)
				case "query":
					if !runs() {
						break
					}
					w, err := newWorld(ds)
					if err != nil {
						t.Fatal(err)
					}
					disagreement, outcome := w.verdict(d.Input)
					if disagreement != "" {
						d.Fatalf(t, "%s", disagreement)
					}
					if !strings.HasPrefix(outcome, "rejected") && !strings.HasPrefix(outcome, "unsupported") {
						ran++
					} else if dir == "testdata" {
						d.Fatalf(t, "%s", outcome)
					} else if testing.Verbose() {
						t.Log(outcome)
					}
				}
				return d.Expected
			})
		})
	}
	if !raced && ran < 100 {
		t.Errorf("only %d cases ran", ran)
	}
}
