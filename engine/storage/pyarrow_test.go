package storage

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/logical"
)

// TestFilesOfPyarrow reads what another implementation has written (testdata/pyarrow/write.py): nested types, absent values, dictionaries,
// encodings, codecs, both versions of pages, several row groups and batches; imported and, where that is possible, in their place.
func TestFilesOfPyarrow(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/pyarrow/rows.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]any
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		want = append(want, row)
	}
	files, err := filepath.Glob("testdata/pyarrow/*.[pa]*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range files {
		if filepath.Ext(path) == ".py" {
			continue
		}
		read++
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			imported, err := NewLocalCatalog(nil, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			compareRows(t, imported, path, want)
			if strings.HasSuffix(path, ".parquet") {
				compareRows(t, &LocalCatalog{InPlace: true, files: map[string]*logical.Table{}}, path, want)
			}
		})
	}
	if read < 15 {
		t.Errorf("%d files were read", read)
	}
}

func compareRows(t *testing.T, c *LocalCatalog, path string, want []map[string]any) {
	t.Helper()
	table, err := c.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range table.Columns {
		names = append(names, f.Name)
	}
	at := 0
	for i := range table.Segments {
		r, err := c.Open(t.Context(), table, i)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for j := range r.NumBatches() {
			b, err := r.Batch(j, names)
			if err != nil {
				t.Fatal(err)
			}
			for row := range int(b.NumRows()) {
				got := map[string]any{}
				for k, name := range names {
					got[name] = jsonOf(t, b.Column(k), row)
				}
				if at >= len(want) || !reflect.DeepEqual(got, want[at]) {
					t.Fatalf("row %d\n got %v\nwant %v", at, got, want[min(at, len(want)-1)])
				}
				at++
			}
		}
	}
	if at != len(want) {
		t.Errorf("%d rows of %d", at, len(want))
	}
}

// jsonOf is a value as rows.ndjson has it.
func jsonOf(t *testing.T, a arrow.Array, row int) (out any) {
	t.Helper()
	v := a.GetOneForMarshal(row)
	if d, ok := a.(*array.Dictionary); ok && d.IsValid(row) {
		v = d.Dictionary().GetOneForMarshal(d.GetValueIndex(row))
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, at := a.(*array.Timestamp); at && out != nil {
		out = strings.TrimSuffix(out.(string), "Z")
	}
	return out
}
