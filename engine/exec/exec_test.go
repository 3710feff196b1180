package exec

import (
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestOperators runs every case of testdata in every way. "table name" defines a table; "query [ordered]" shows rows, sorted
// unless the query itself orders them.
func TestOperators(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "table":
				w.define(t, d.CmdArgs[0].Key, d.Input)
				return ""
			case "query":
				ordered := d.HasArg("ordered")
				var first string
				for i, y := range ways {
					got, _, err := w.run(t, d.Input, y, ordered)
					if err != nil {
						got = errorText(err)
					}
					if i == 0 {
						first = got
					} else if got != first {
						d.Fatalf(t, "%s:\n%s\n%s:\n%s", ways[0].name, first, y.name, got)
					}
				}
				return first
			}
			d.Fatalf(t, "no command %s", d.Cmd)
			return ""
		})
	})
}
