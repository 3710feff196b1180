package corpora_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestLogica runs translations of Logica's integration tests over their facts and compares with the results that Logica
// publishes for them; both are written in the cases: a table is its name and columns, then a JSON array a row, as are results.
// The order counts where a query asks for one. Engine and oracle must agree too.
func TestLogica(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("logica", "*.txt"))
	if err != nil || len(paths) < 22 {
		t.Fatalf("%d programs of Logica, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			covers(t, "Logica, as published")
			dir := t.TempDir()
			write := func(name string, columns []string, rows [][]json.RawMessage) {
				var b strings.Builder
				for _, row := range rows {
					for i, cell := range row {
						b.WriteString(map[bool]string{true: "{", false: ", "}[i == 0] + `"` + columns[i] + `": ` + string(cell))
					}
					b.WriteString("}\n")
				}
				if err := os.WriteFile(filepath.Join(dir, name+".ndjson"), []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("nothing", []string{"x"}, [][]json.RawMessage{{json.RawMessage("1")}}) // for programs that have no facts
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				if d.Cmd == "table" {
					var columns []string
					for _, arg := range d.CmdArgs[1:] {
						columns = append(columns, arg.Key)
					}
					write(d.CmdArgs[0].Key, columns, jsonRows(t, d.Input))
					return d.Expected
				}
				c := openFiles(t, filepath.Join(dir, "*.ndjson"))
				node := c.check(t, d.Pos, d.Input)
				var want [][]string
				for _, row := range jsonRows(t, d.Expected) {
					var cells []string
					for _, cell := range row {
						cells = append(cells, cellOf(t, cell))
					}
					want = append(want, cells)
				}
				for _, y := range ways {
					got := c.run(t, node, y)
					if !d.HasArg("ordered") {
						got.arrange(got.rows)
						got.arrange(want)
					}
					if diff := got.difference(want); diff != "" {
						t.Errorf("%s, %s: %s", d.Pos, y.name, diff)
					}
				}
				if !d.HasArg("deep") { // as many rounds as the oracle, which repeats all in each, takes seconds for
					c.agrees(t, node)
				}
				return d.Expected
			})
		})
	}
}

func jsonRows(t testing.TB, text string) (rows [][]json.RawMessage) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var row []json.RawMessage
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rows = append(rows, row)
	}
	return rows
}

// cellOf is a JSON value as a result's cell has it.
func cellOf(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
