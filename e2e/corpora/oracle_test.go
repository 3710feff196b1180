package corpora_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/oracle"
	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
)

// small is a part of a corpus: a table for each program, stored as a file. The oracle's loops need it to be small.
func (c *corpus) small(t testing.TB, programs map[string]string) *corpus {
	t.Helper()
	dir := t.TempDir()
	for name, text := range programs {
		node := c.check(t, name, text)
		schema, err := types.ArrowSchema(node.Schema())
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		w := ipc.NewWriter(&file, ipc.WithSchema(schema))
		c.execute(t, node, ways[0], func(b arrow.RecordBatch) error {
			plain, err := format.Plain(b, schema) // without dictionaries, which differ from batch to batch
			if err != nil {
				return err
			}
			return w.Write(plain)
		})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".arrows"), file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return openFiles(t, filepath.Join(dir, "*"))
}

// agrees compares the engine's rows with the oracle's, as bags, and returns how many there are.
func (c *corpus) agrees(t testing.TB, node logical.Node) int {
	t.Helper()
	tables := map[string][]oracle.Row{}
	names, _ := c.catalog.TableNames(t.Context())
	for _, name := range names {
		tables[name] = c.values(t, c.check(t, name, name))
	}
	rows, err := oracle.Run(node, tables, false)
	if err != nil {
		t.Fatalf("the oracle: %v", err)
	}
	want := make([][]string, len(rows))
	for i, row := range rows {
		for _, f := range node.Schema() {
			want[i] = append(want[i], written(row[f.Name]))
		}
	}
	for _, y := range ways {
		got := c.run(t, node, y)
		got.arrange(got.rows)
		got.arrange(want)
		if d := got.difference(want); d != "" {
			t.Errorf("%s: not as the oracle has it: %s", y.name, d)
		}
	}
	return len(rows)
}

// arrange sorts rows by the columns that are exact, as numbers are written differently by those who computed them.
func (r result) arrange(rows [][]string) {
	slices.SortStableFunc(rows, func(a, b []string) int {
		for j, f := range r.columns {
			if n := strings.Compare(a[j], b[j]); n != 0 && f.Type.Required().Kind != types.Float {
				return n
			}
		}
		return 0
	})
}

func written(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case oracle.Decimal:
		places := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)
		return new(big.Rat).SetFrac(v.Unscaled, places).FloatString(v.Scale)
	case oracle.Day:
		return time.Unix(int64(v)*86400, 0).UTC().Format(time.DateOnly)
	}
	if list, ok := v.([]any); ok {
		return asJSON(list)
	}
	return fmt.Sprint(v)
}

// asJSON is a list as a result's cell has it.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// values are the rows of a plan as the oracle has them.
func (c *corpus) values(t testing.TB, node logical.Node) (rows []oracle.Row) {
	t.Helper()
	fields := node.Schema()
	c.execute(t, node, ways[0], func(b arrow.RecordBatch) error {
		for i := range int(b.NumRows()) {
			row := oracle.Row{}
			for j, f := range fields {
				row[f.Name] = value(t, b.Column(j), i)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows
}

func value(t testing.TB, a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.String:
		return string([]byte(a.Value(i)))
	case *array.Dictionary:
		return value(t, a.Dictionary(), a.GetValueIndex(i))
	case *array.Date32:
		return oracle.Day(a.Value(i))
	case *array.Timestamp:
		return oracle.Instant(a.Value(i))
	case *array.Decimal128:
		n := a.Value(i)
		return oracle.Decimal{Unscaled: new(big.Int).Set(n.BigInt()), Scale: int(a.DataType().(*arrow.Decimal128Type).Scale)}
	}
	t.Fatalf("the oracle has no value for a column of %s", a.DataType())
	return nil
}
