package storage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/dreamql/dreamql/engine/logical"
)

func newBlobs(t *testing.T) *Blobs {
	t.Helper()
	b, err := Open(t.Context(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// vega returns a file of the npm package vega-datasets, which the web build installs.
func vega(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"../../node_modules", "../../web/node_modules"} {
		path := filepath.Join(dir, "vega-datasets", "data", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skip("vega-datasets is not installed (npm ci)")
	return ""
}

func load(t *testing.T, name, content string) (*logical.Table, *Blobs) {
	t.Helper()
	blobs := newBlobs(t)
	table, err := Import(t.Context(), Input{Name: name, Table: "t", Reader: strings.NewReader(content)}, blobs, "t/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return table, blobs
}

// columns spells a table's schema as "a: int, b: string?".
func columns(t *logical.Table) string {
	var parts []string
	for _, c := range t.Columns {
		parts = append(parts, c.Name+": "+c.Type.String())
	}
	return strings.Join(parts, ", ")
}

// rows reads all rows back as text, one row a line.
func rows(t *testing.T, blobs *Blobs, table *logical.Table) string {
	t.Helper()
	var out strings.Builder
	for i := range table.Segments {
		s, err := blobs.OpenTable(t.Context(), table, i)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range table.Columns {
			names = append(names, c.Name)
		}
		for j := range s.NumBatches() {
			b, err := s.Batch(j, names)
			if err != nil {
				t.Fatal(err)
			}
			for r := range int(b.NumRows()) {
				for k, c := range b.Columns() {
					if k > 0 {
						out.WriteByte('|')
					}
					out.WriteString(c.ValueStr(r))
				}
				out.WriteByte('\n')
			}
			b.Release()
		}
		s.Close()
	}
	return out.String()
}

func TestImportText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, content, columns, rows string }{
		{"types are inferred over the whole file", "a.csv",
			"i,f,b,d,ts,s,zip\n1,1,true,2024-01-31,2024-01-31T12:30:00Z,x,007\n-2,2.5,false,1969-12-31,2024-01-31 00:00:00.5,,12\n",
			"i: int, f: float, b: bool, d: date, ts: timestamp, s: string?, zip: string",
			"1|1|true|2024-01-31|2024-01-31T12:30:00Z|x|007\n-2|2.5|false|1969-12-31|2024-01-31T00:00:00.5Z|(null)|12\n"},
		{"a late word makes strings of numbers", "a.csv", "a\n1\n2\nx\n", "a: string", "1\n2\nx\n"},
		{"quotes, separators and line ends inside fields", "a.csv", "a,b\r\n\"x,\"\"y\"\"\",\"1\n2\"\r\n", "a: string, b: string", "x,\"y\"|1\n2\n"},
		{"byte order mark, empty and repeated names", "a.csv", "\xef\xbb\xbfa,,a,a_2\n1,2,3,4\n", "a: int, column_2: int, a_3: int, a_2: int", "1|2|3|4\n"},
		{"header only", "a.csv", "a,b\n", "a: string, b: string", ""},
		{"whole numbers beyond int keep their digits", "a.csv", "a\n12345678901234567890\n1\n", "a: string", "12345678901234567890\n1\n"},
		{"tabs", "a.tsv", "a\tb\n1,5\t2\n", "a: string, b: int", "1,5|2\n"},
		{"content decides without an extension", "upload", "a,b\n1,2\n", "a: int, b: int", "1|2\n"},
		{"mixed scalars become strings", "a.json", `[{"t": "x", "n": 1}, {"t": 12, "n": 2.5}, {"t": true, "n": null}]`,
			"t: string, n: float?", "x|1\n12|2.5\ntrue|(null)\n"},
		{"records, lists, missing members and order", "a.json", `[{"b": {"x": 1, "y": "2024-01-01"}, "a": [1, 2]}, {"a": [], "b": {"x": 2}}]`,
			"b: {x: int, y: date?}, a: [int]", "{\"x\":1,\"y\":\"2024-01-01\"}|[1,2]\n{\"x\":2,\"y\":null}|[]\n"},
		{"what has no one type stays JSON", "a.ndjson", "{\"a\": {\"k\": 1}}\n{\"a\": [1, 2]}\n", "a: json", "{\"k\":1}\n[1,2]\n"},
		{"one object a line", "a.ndjson", "{\"a\": \"q\\\"\\u00e9\"}\n", "a: string", "q\"é\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table, blobs := load(t, c.file, c.content)
			if got := columns(table); got != c.columns {
				t.Errorf("columns\n got %s\nwant %s", got, c.columns)
			}
			if got := rows(t, blobs, table); got != c.rows {
				t.Errorf("rows\n got %q\nwant %q", got, c.rows)
			}
		})
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	parquet, file, stream := parquetFile(t), arrowFile(t, true), arrowFile(t, false)
	for _, c := range []struct{ name, file, content, message string }{
		{"nothing", "a.csv", "", "a.csv: the file is empty (0 bytes)."},
		{"ragged row", "a.csv", "a,b\n1,2\n1,2,3\n", "a.csv, line 3: the row has 3 fields, and the header has 2."},
		{"unclosed quote", "a.csv", "a,b\n1,\"x\n2,3\n", "a.csv, line 2: a quoted field that starts in this row is not closed"},
		{"bare quote", "a.csv", "a,b\n1,x\"y\n", "a.csv, line 2, column 4: there is a quote inside a field"},
		{"endless quote", "a.csv", "a,b\n1,2\n\"" + strings.Repeat("x\n", maxRowBytes), "line 3: a row that starts here is longer than 16 MiB"},
		{"other encoding", "a.csv", "a,b\n1,\xe9t\xe9\n", "a.csv, line 2, column 3: the text is not UTF-8"},
		{"one object", "a.json", `{"data": [{"a": 1}], "n": 1}`, `The array under "data" looks like one`},
		{"scalar", "a.json", `3`, "this JSON is not a table"},
		{"array of numbers", "a.json", `[1, 2]`, "element 1 is a number, not an object"},
		{"array with one list", "a.json", `[{"a": 1}, [2]]`, "element 2 is an array, not an object"},
		{"cut off", "a.json", `[{"a": 1}, {"a"`, "the file ends in the middle of object 2"},
		{"not JSON", "a.json", "[{\"a\": 1},\n {\"a\": x}]", "a.json, line 2, column 8: this is not valid JSON"},
		{"more after the end", "a.json", `[{"a": 1}] 3`, "something follows"},
		{"no rows", "a.json", `[]`, "the array is empty"},
		{"deep", "a.json", `[{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}]`, "nested too deeply"},
		{"truncated Parquet", "a.parquet", parquet[:len(parquet)-100], "this is not a whole Parquet file"},
		{"half a Parquet", "a.parquet", parquet[:len(parquet)/2], "this is not a whole Parquet file"},
		{"text as Parquet", "a.parquet", "a,b\n1,2\n", "this is not a whole Parquet file"},
		{"truncated Arrow file", "a.arrow", file[:len(file)-20], "this is not a whole Arrow file"},
		{"truncated Arrow stream", "a.arrow", stream[:len(stream)/2], "this is not a whole Arrow file"},
		{"unknown content", "photo", "\x89PNG\r\n\x1a\n\x00\x00", "no format that can be imported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			blobs := newBlobs(t)
			_, err := Import(t.Context(), Input{Name: c.file, Reader: strings.NewReader(c.content)}, blobs, "t/1", nil)
			var e *Error
			if err == nil || !asError(err, &e) || !strings.Contains(err.Error(), c.message) {
				t.Fatalf("got %v\nwant %s", err, c.message)
			}
			if keys, err := blobs.List(t.Context(), ""); err != nil || len(keys) > 0 {
				t.Errorf("left behind: %v %v", keys, err)
			}
		})
	}
}

func asError(err error, e **Error) bool {
	x, ok := err.(*Error)
	*e = x
	return ok
}

// TestImportDamaged flips every byte of a file in turn: none may end in a panic, or ask for more memory than there is.
func TestImportDamaged(t *testing.T) {
	t.Parallel()
	for name, whole := range map[string]string{"a.arrow": arrowFile(t, true), "a.arrows": arrowFile(t, false), "a.parquet": parquetFile(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			blobs, err := Open(t.Context(), "mem://")
			if err != nil {
				t.Fatal(err)
			}
			refused := 0
			for i := range len(whole) {
				if raced && i%5 > 0 {
					continue // all are tried without the race detector
				}
				b := []byte(whole)
				b[i] ^= 0xff
				if _, err := Import(t.Context(), Input{Name: name, Reader: bytes.NewReader(b)}, blobs, fmt.Sprintf("t/%d", i), nil); err != nil {
					refused++
				}
			}
			if refused == 0 {
				t.Error("no damage was noticed")
			}
		})
	}
}

func TestImportArrowTypes(t *testing.T) {
	t.Parallel()
	want := "small: int, half: float, day: date, at: timestamp, clock: time, wait: duration, code: string?, raw: bytes, id: uuid, tags: [string?]?, none: string?"
	for name, content := range map[string]string{"a.parquet": parquetFile(t), "a.arrow": arrowFile(t, true), "a.arrows": arrowFile(t, false)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, blobs := load(t, name, content)
			w := want
			if name == "a.parquet" { // which has no type for durations or for nothing
				w = strings.Replace(strings.Replace(w, "wait: duration, ", "", 1), ", none: string?", "", 1)
			}
			if got := columns(table); got != w {
				t.Errorf("columns\n got %s\nwant %s", got, w)
			}
			if got := rows(t, blobs, table); !strings.HasPrefix(got, "1|1.5|1970-01-02|1970-01-01T00:00:01Z|00:00:01.000000|") || strings.Count(got, "\n") != 2 {
				t.Errorf("rows %q", got)
			}
		})
	}
}

func sample(durations bool) arrow.RecordBatch {
	mem := memory.DefaultAllocator
	dict := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	fields := []arrow.Field{
		{Name: "small", Type: arrow.PrimitiveTypes.Int16, Nullable: true},
		{Name: "half", Type: arrow.PrimitiveTypes.Float32},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32},
		{Name: "at", Type: arrow.FixedWidthTypes.Timestamp_ms},
		{Name: "clock", Type: arrow.FixedWidthTypes.Time32ms},
		{Name: "wait", Type: arrow.FixedWidthTypes.Duration_ms},
		{Name: "code", Type: dict, Nullable: true},
		{Name: "raw", Type: arrow.BinaryTypes.LargeBinary},
		{Name: "id", Type: &arrow.FixedSizeBinaryType{ByteWidth: 16}},
		{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.LargeString), Nullable: true},
		{Name: "none", Type: arrow.Null, Nullable: true},
	}
	values := []string{
		`[1, 2]`, `[1.5, 2.5]`, `[1, 2]`, `[1000, 1704067200000]`, `[1000, 2000]`,
		`[1, 2]`, `["x", null]`, `["YQ==", "Yg=="]`, `["AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAQ=="]`, `[["a", null], null]`, `[null, null]`,
	}
	var kept []arrow.Field
	var cols []arrow.Array
	for i, f := range fields {
		if !durations && (f.Name == "wait" || f.Name == "none") {
			continue
		}
		a, _, err := array.FromJSON(mem, f.Type, strings.NewReader(values[i]))
		if err != nil {
			panic(f.Name + ": " + err.Error())
		}
		kept, cols = append(kept, f), append(cols, a)
	}
	return array.NewRecordBatch(arrow.NewSchema(kept, nil), cols, 2)
}

func arrowFile(t *testing.T, asFile bool) string {
	t.Helper()
	var out bytes.Buffer
	b := sample(true)
	var w interface {
		Write(arrow.RecordBatch) error
		Close() error
	} = ipc.NewWriter(&out, ipc.WithSchema(b.Schema()))
	if asFile {
		w, _ = ipc.NewFileWriter(&out, ipc.WithSchema(b.Schema()))
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func parquetFile(t *testing.T) string {
	t.Helper()
	b := sample(false)
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(b.Schema(), &out, nil, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestImportRealFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, columns string
		rows          int64
	}{
		{"flights-3m.parquet", "date: timestamp, delay: int, distance: int, origin: string, destination: string", 3_000_000},
		{"airports.csv", "iata: string, name: string, city: string, state: string, country: string, latitude: float, longitude: float", 3376},
		{"movies.json", "Title: string?, US Gross: int?, Worldwide Gross: int?, US DVD Sales: int?, Production Budget: int?, Release Date: string, " +
			"MPAA Rating: string?, Running Time min: int?, Distributor: string?, Source: string?, Major Genre: string?, Creative Type: string?, " +
			"Director: string?, Rotten Tomatoes Rating: int?, IMDB Rating: float?, IMDB Votes: int?", 3201},
		{"seattle-weather.csv", "date: date, precipitation: float, temp_max: float, temp_min: float, wind: float, weather: string", 1461},
		{"flights-200k.arrow", "delay: int, distance: int, time: float", 200000},
	} {
		if raced && c.rows > 1_000_000 {
			continue // it is read without the race detector
		}
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			path, blobs := vega(t, c.file), newBlobs(t)
			table, err := Import(context.Background(), Input{Path: path}, blobs, "t/1", nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := columns(table); got != c.columns {
				t.Errorf("columns\n got %s\nwant %s", got, c.columns)
			}
			var n int64
			for _, s := range table.Segments {
				n += s.Rows
			}
			if table.Rows != c.rows || n != c.rows {
				t.Errorf("%d rows, in segments %d, want %d", table.Rows, n, c.rows)
			}
		})
	}
}
