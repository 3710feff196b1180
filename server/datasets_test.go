package server

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/dreamql/dreamql/server/dataset"
)

type datasetView struct {
	Name    string
	Version int64
	Rows    int64
	Columns []struct {
		Name, Type string
		Min, Max   any
		Nulls      int64
	}
}

func parquetFile(t *testing.T) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range 1000 {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	var out bytes.Buffer
	w := must(pqarrow.NewFileWriter(schema, &out, nil, pqarrow.DefaultWriterProps()))(t)
	must0(t, w.Write(rec))
	must0(t, w.Close())
	return out.Bytes()
}

func TestUploadedFilesBecomeDatasets(t *testing.T) {
	w := newWorld(t)
	var d datasetView
	w.call("POST", "/api/v1/datasets?filename=My%20cities.csv", []byte("name,people,founded\nRome,2800000,0753-04-21\nOslo,700000,\n"), 201, &d)
	if d.Name != "my_cities" || d.Rows != 2 || d.Version != 1 || len(d.Columns) != 3 {
		t.Fatalf("%+v", d)
	}
	if c := d.Columns[1]; c.Type != "int" || c.Min != 700000.0 || c.Max != 2800000.0 || c.Nulls != 0 {
		t.Errorf("statistics: %+v", c)
	}
	if c := d.Columns[2]; c.Type != "date?" || c.Min != "0753-04-21" || c.Nulls != 1 {
		t.Errorf("statistics: %+v", c)
	}
	var page struct {
		Rows  []map[string]any
		Total int64
		Next  *int64 `json:"next_offset"`
	}
	w.call("GET", "/api/v1/datasets/my_cities/preview?offset=1&limit=1", nil, 200, &page)
	if len(page.Rows) != 1 || page.Rows[0]["name"] != "Oslo" || page.Rows[0]["founded"] != nil || page.Total != 2 || page.Next != nil {
		t.Errorf("preview: %+v", page)
	}
	more := []byte("name,people,founded\nBern,130000,1191-01-01\n")
	w.call("POST", "/api/v1/datasets?name=my_cities&filename=more.csv", more, 409, nil)
	w.call("POST", "/api/v1/datasets?name=my_cities&filename=more.csv&mode=append", more, 201, &d)
	if d.Rows != 3 || d.Version != 2 {
		t.Errorf("appended: %+v", d)
	}
	w.call("POST", "/api/v1/datasets?name=my_cities&filename=x.csv&mode=append", []byte("a,b\n1,2\n"), 422, nil)
	w.call("POST", "/api/v1/datasets?name=numbers&filename=x.parquet&mode=replace", parquetFile(t), 201, &d)
	if d.Rows != 1000 || d.Columns[0].Max != 999.0 {
		t.Errorf("Parquet: %+v", d)
	}
	w.call("POST", "/api/v1/datasets?name=numbers&filename=x.ndjson&mode=replace", []byte(`{"a": 1}`), 201, &d)
	if d.Rows != 1 || d.Version != 2 {
		t.Errorf("replaced: %+v", d)
	}
	var list struct {
		Items []datasetView
		Next  string `json:"next_cursor"`
	}
	w.call("GET", "/api/v1/datasets?limit=1", nil, 200, &list)
	if len(list.Items) != 1 || list.Items[0].Name != "my_cities" || list.Items[0].Rows != 3 || list.Next == "" {
		t.Errorf("list: %+v", list)
	}
	w.call("DELETE", "/api/v1/datasets/numbers", nil, 204, nil)
	w.call("DELETE", "/api/v1/datasets/numbers", nil, 404, nil)
	w.call("GET", "/api/v1/datasets/numbers", nil, 404, nil)
	w.call("POST", "/api/v1/datasets?name=numbers&filename=x.ndjson", []byte(`{"a": 1}`), 201, &d)
}

func TestBadFilesChangeNothing(t *testing.T) {
	w := newWorld(t)
	whole := parquetFile(t)
	for name, c := range map[string]struct {
		file   string
		body   []byte
		status int
		detail string
	}{
		"truncated Parquet":     {"x.parquet", whole[:len(whole)-100], 422, "x.parquet"},
		"half a Parquet":        {"x.parquet", whole[:20], 422, "x.parquet"},
		"ragged CSV":            {"x.csv", []byte("a,b\n1,2\n3\n4,5\n"), 422, "line 3"},
		"JSON that is no table": {"x.json", []byte(`{"a": {"b": [1, [2]]}}`), 422, "x.json"},
		"JSON of mixed rows":    {"x.json", []byte(`[1, {"a": 2}]`), 422, "x.json"},
		"no JSON":               {"x.json", []byte(`[{"a": 1},`), 422, "x.json"},
		"0 bytes":               {"x.csv", []byte{}, 422, "0 bytes"},
		"no format":             {"x.exe", []byte("MZ\x00\x00"), 422, "format"},
		"no Arrow":              {"x.arrow", []byte("ARROW1\x00\x00nonsense"), 422, "x.arrow"},
		"too large":             {"x.csv", bytes.Repeat([]byte("a\n"), 1<<20), 413, ""},
	} {
		var p struct{ Code, Detail string }
		w.call("POST", "/api/v1/datasets?name=bad&filename="+c.file, c.body, c.status, &p)
		if !strings.Contains(p.Detail, c.detail) || p.Detail == "" {
			t.Errorf("%s: %q does not speak of %q", name, p.Detail, c.detail)
		}
		w.call("GET", "/api/v1/datasets/bad", nil, 404, nil)
	}
	w.call("POST", "/api/v1/datasets?name=no-name&filename=x.csv", []byte("a\n1\n"), 400, nil)
	w.call("POST", "/api/v1/datasets?name=match&filename=x.csv", []byte("a\n1\n"), 400, nil)
	w.call("POST", "/api/v1/datasets?filename=x.csv&mode=upsert", []byte("a\n1\n"), 400, nil)
	w.call("POST", "/api/v1/datasets?name=missing&filename=x.csv&mode=append", []byte("a\n1\n"), 404, nil)
	w.call("POST", "/api/v1/datasets", []byte("a\n1\n"), 400, nil)
	if left := must(w.blobs.List(t.Context(), ""))(t); len(left) != 0 {
		t.Errorf("bad files left blobs: %v", left)
	}
}

func TestSamplesAreImportedOnce(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	for name, text := range map[string]string{"airports.csv": "iata,name\nABE,Allentown\n", "seattle-weather.csv": "date,wind\n2012-01-01,4.7\n", "movies.json": `[{"Title": "A"}]`} {
		must0(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	must0(t, os.WriteFile(filepath.Join(folder, "flights-3m.parquet"), parquetFile(t), 0o600))
	must0(t, w.api.Datasets.ImportSamples(t.Context(), w.owner, folder, w.api.Log))
	if names := fmt.Sprint(must(w.api.Datasets.Names(t.Context()))(t)); names != "[airports flights movies weather]" {
		t.Errorf("samples are %s", names)
	}
	w.call("DELETE", "/api/v1/datasets/movies", nil, 204, nil)
	must0(t, w.api.Datasets.ImportSamples(t.Context(), w.owner, folder, w.api.Log))
	w.call("GET", "/api/v1/datasets/movies", nil, 404, nil)
	var d datasetView
	w.call("GET", "/api/v1/datasets/airports", nil, 200, &d)
	if d.Version != 1 {
		t.Errorf("a sample was imported again: %+v", d)
	}
}

func TestDeletedDataGoesAwayAfterADay(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"kept", "replaced", "deleted"} {
		w.upload(name, "a\n1\n")
	}
	w.call("POST", "/api/v1/datasets?name=replaced&filename=x.csv&mode=replace", []byte("a\n2\n"), 201, nil)
	w.call("POST", "/api/v1/datasets?name=kept&filename=x.csv&mode=append", []byte("a\n2\n"), 201, nil)
	w.call("DELETE", "/api/v1/datasets/deleted", nil, 204, nil)
	must0(t, w.api.Datasets.Clean(t.Context()))
	if n := len(must(w.blobs.List(t.Context(), "segments/"))(t)); n != 5 {
		t.Fatalf("%d segments on the same day, want all 5", n)
	}
	must(w.db.Exec(t.Context(), `UPDATE datasets SET deleted_at = deleted_at - interval '2 days'`))(t)
	must(w.db.Exec(t.Context(), `UPDATE dataset_versions SET created_at = created_at - interval '2 days'`))(t)
	must(w.db.Exec(t.Context(), `UPDATE segments SET created_at = created_at - interval '2 days'`))(t)
	must0(t, w.api.Datasets.Clean(t.Context()))
	if n := len(must(w.blobs.List(t.Context(), "segments/"))(t)); n != 3 {
		t.Errorf("%d segments two days later, want the 3 that are in use", n)
	}
	var out struct{ Rows []struct{ S int } }
	w.call("POST", "/api/v1/query", map[string]any{"source": "kept -> union replaced -> agg { s: sum(a) }"}, 200, &out)
	if len(out.Rows) != 1 || out.Rows[0].S != 5 {
		t.Errorf("%+v", out)
	}
}

func TestNamesForFiles(t *testing.T) {
	for file, want := range map[string]string{
		"flights.csv": "flights", "My Data (1).parquet": "my_data_1", "2024.csv": "data_2024", "../../etc/passwd": "passwd",
		`C:\data\x.json`: "x", "match.csv": "data_match", "é.csv": "data", strings.Repeat("a", 150) + ".csv": strings.Repeat("a", 100),
	} {
		if got, err := dataset.NameFor("", file); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", file, got, err, want)
		}
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	var out struct {
		Hits struct {
			Total int64
			Hits  []struct {
				Source map[string]any `json:"_source"`
			}
		}
		Aggregations map[string]struct {
			Value   any
			Buckets []map[string]any
		}
	}
	w.call("POST", "/api/v1/datasets/cities/_search", map[string]any{
		"query": map[string]any{"range": map[string]any{"people": map[string]any{"gte": 700000}}},
		"sort":  []any{map[string]any{"people": "desc"}}, "from": 1, "size": 1, "_source": []string{"name"},
		"aggs": map[string]any{"most": map[string]any{"max": map[string]any{"field": "people"}},
			"by": map[string]any{"terms": map[string]any{"field": "country"}, "aggs": map[string]any{"sum": map[string]any{"sum": map[string]any{"field": "people"}}}}},
	}, 200, &out)
	if out.Hits.Total != 3 || len(out.Hits.Hits) != 1 || fmt.Sprint(out.Hits.Hits[0].Source) != "map[name:Milan]" {
		t.Errorf("%+v", out.Hits)
	}
	if fmt.Sprint(out.Aggregations["most"].Value) != "2.8e+06" || fmt.Sprint(out.Aggregations["by"].Buckets) != "[map[doc_count:2 key:IT sum:map[value:4.2e+06]] map[doc_count:1 key:NO sum:map[value:700000]]]" {
		t.Errorf("%+v", out.Aggregations)
	}
	w.call("POST", "/api/v1/datasets/cities/_search", map[string]any{}, 200, &out)
	if out.Hits.Total != 4 || len(out.Hits.Hits) != 4 {
		t.Errorf("%+v", out.Hits)
	}
	var p struct{ Detail string }
	w.call("POST", "/api/v1/datasets/cities/_search", map[string]any{"query": map[string]any{"term": map[string]any{"nam": 1}}}, 400, &p)
	if !strings.Contains(p.Detail, "there is no column") {
		t.Errorf("%q", p.Detail)
	}
	w.call("POST", "/api/v1/datasets/nothing/_search", map[string]any{}, 404, nil)
}
