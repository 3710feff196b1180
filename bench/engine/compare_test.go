package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// stored writes rows of a text, a number and a float as an Arrow stream, as JSON gives them.
func stored(t *testing.T, number arrow.DataType, json string) string {
	schema := arrow.NewSchema([]arrow.Field{{Name: "k", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "n", Type: number, Nullable: true},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64, Nullable: true}}, nil)
	b, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rows")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := ipc.NewWriter(f, ipc.WithSchema(schema))
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDifference(t *testing.T) {
	t.Parallel()
	integer, wide, cents := arrow.PrimitiveTypes.Int64, &arrow.Decimal128Type{Precision: 38}, &arrow.Decimal128Type{Precision: 15, Scale: 2}
	const rows = `[{"k":"a","n":"7","f":1.5},{"k":null,"n":"8","f":null}]`
	for _, c := range []struct {
		name         string
		ours, theirs arrow.DataType
		a, b, want   string
	}{
		{"the same in another order and width", integer, wide, `[{"k":"a","n":7,"f":1.5},{"k":null,"n":8,"f":null}]`, `[{"k":null,"n":"8","f":null},{"k":"a","n":"7","f":1.5}]`, ""},
		{"zeros of a decimal", wide, cents, rows, `[{"k":"a","n":"7.00","f":1.5},{"k":null,"n":"8.00","f":null}]`, ""},
		{"floats almost equal", wide, wide, rows, `[{"k":"a","n":"7","f":1.5000000000001},{"k":null,"n":"8","f":null}]`, ""},
		{"floats not equal", wide, wide, rows, `[{"k":"a","n":"7","f":1.50000001},{"k":null,"n":"8","f":null}]`, "column 3"},
		{"what rounding leaves of a zero", wide, wide, `[{"k":"a","n":"7","f":1.5},{"k":null,"n":"8","f":1e-33}]`, `[{"k":"a","n":"7","f":1.5},{"k":null,"n":"8","f":2e-33}]`, ""},
		{"small floats not equal", wide, wide, `[{"k":"a","n":"7","f":1.5},{"k":null,"n":"8","f":1e-12}]`, `[{"k":"a","n":"7","f":1.5},{"k":null,"n":"8","f":2e-12}]`, "column 3"},
		{"a decimal not equal", wide, cents, rows, `[{"k":"a","n":"7.01","f":1.5},{"k":null,"n":"8.00","f":null}]`, "column 2"},
		{"absent and not", wide, wide, rows, `[{"k":"a","n":"7","f":1.5},{"k":null,"n":"8","f":0}]`, "column 3"},
		{"a row less", wide, wide, rows, `[{"k":"a","n":"7","f":1.5}]`, "2 rows, not 1"},
	} {
		got, err := difference(stored(t, c.ours, c.a), stored(t, c.theirs, c.b))
		if err != nil || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q %v, not %q", c.name, got, err, c.want)
		}
	}
}
