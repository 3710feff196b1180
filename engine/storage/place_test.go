package storage

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "gocloud.dev/blob/s3blob"

	"github.com/dreamql/dreamql/engine/logical"
)

// eight is a Parquet file of 8 columns of numbers that compress badly, in groups of 100,000 rows.
func eight(t *testing.T, groups int) []byte {
	t.Helper()
	const n = 100_000
	var fields []arrow.Field
	for c := range 8 {
		fields = append(fields, arrow.Field{Name: fmt.Sprintf("c%d", c), Type: arrow.PrimitiveTypes.Int64})
	}
	schema := arrow.NewSchema(fields, nil)
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false)), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for g := range groups {
		for c := range 8 {
			for i := range n {
				b.Field(c).(*array.Int64Builder).Append(int64(c*1_000_000_000 + g*n + i))
			}
		}
		if err := w.Write(b.NewRecordBatch()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// store is as much of S3 as reading needs. It counts requests for objects.
type store struct {
	objects map[string][]byte // by bucket/key
	mu      sync.Mutex
	reads   []string
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if r.URL.Query().Get("list-type") == "2" {
		type object struct {
			Key, LastModified string
			Size              int
		}
		list := struct {
			XMLName  xml.Name `xml:"ListBucketResult"`
			Contents []object
		}{}
		for k, v := range s.objects {
			if key, ok := strings.CutPrefix(k, strings.Trim(name, "/")+"/"); ok && strings.HasPrefix(key, r.URL.Query().Get("prefix")) {
				list.Contents = append(list.Contents, object{key, "2025-01-01T00:00:00Z", len(v)})
			}
		}
		xml.NewEncoder(w).Encode(list)
		return
	}
	s.mu.Lock()
	s.reads = append(s.reads, r.Method+" "+name+" "+r.Header.Get("Range"))
	s.mu.Unlock()
	content, ok := s.objects[name]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `<Error><Code>NoSuchKey</Code></Error>`)
		return
	}
	w.Header().Set("ETag", `"one"`)
	http.ServeContent(w, r, name, time.Unix(1, 0), bytes.NewReader(content))
}

// inStore gives the options of addresses of a store in this process, and a catalogue that may read them.
func inStore(t *testing.T, objects map[string][]byte) (*store, string, *LocalCatalog) {
	t.Helper()
	s := &store{objects: objects}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	c, err := NewLocalCatalog(nil, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c.Remote = true
	return s, "?use_path_style=true&region=here&endpoint=" + h.URL, c
}

// sumOf reads one column of a table.
func sumOf(t *testing.T, table *logical.Table, column string) (sum, rows int64) {
	t.Helper()
	for i := range table.Segments {
		r, err := OpenLocal(t.Context(), table, i)
		if err != nil {
			t.Fatal(err)
		}
		for j := range r.NumBatches() {
			b, err := r.Batch(j, []string{column})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range b.Column(0).(*array.Int64).Int64Values() {
				sum += v
			}
			rows += b.NumRows()
		}
		r.Close()
	}
	return sum, rows
}

func TestParquetIsReadInParts(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "the-key-of-a-test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the-secret-of-a-test")
	s, options, c := inStore(t, map[string][]byte{"bucket/a/eight.parquet": eight(t, 2), "bucket/a/words.csv": []byte("w\nx\ny\n")})
	table, err := c.File(t.Context(), "s3://bucket/a/eight.parquet"+options)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Segments) != 2 || table.Rows != 200_000 || columns(table) != "c0: int, c1: int, c2: int, c3: int, c4: int, c5: int, c6: int, c7: int" {
		t.Fatalf("%d segments, %d rows, %s", len(table.Segments), table.Rows, columns(table))
	}
	if r := table.Segments[1].Batches[1].Ranges[3]; *r.Min.Int != 3_000_100_000 || *r.Max.Int != 3_000_199_999 {
		t.Errorf("the range of c3 in the second group: %d to %d", *r.Min.Int, *r.Max.Int)
	}
	sum, rows := sumOf(t, table, "c3")
	if want := int64(200_000*3_000_000_000 + 199_999*100_000); sum != want || rows != 200_000 {
		t.Errorf("the sum is %d of %d rows, want %d", sum, rows, want)
	}
	if n := len(s.reads); n > 12 {
		t.Errorf("1 column of 8 and 2 row groups took %d reads:\n%s", n, strings.Join(s.reads, "\n"))
	} else {
		t.Logf("%d reads:\n%s", n, strings.Join(s.reads, "\n"))
	}
	// What is not Parquet is copied, and a pattern takes all that it matches.
	if words, err := c.File(t.Context(), "s3://bucket/a/*.csv"+options); err != nil || words.Rows != 2 {
		t.Errorf("CSV: %v %v", words, err)
	}
	for address, want := range map[string]string{
		"s3://bucket/none.parquet" + options:            "there is no such object",
		"s3://bucket/none/*.csv" + options:              "no object matches s3://bucket/none/*.csv",
		"s3://me:the-secret-of-a-test@bucket/a.parquet": "must not hold credentials",
		"s3://bucket/a.parquet?secret=the-secret":       "cannot be opened",
		"gs://bucket/a.parquet":                         "cannot be opened",
	} {
		_, err := c.File(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "the-secret") || strings.Contains(err.Error(), "the-key") {
			t.Errorf("%s: %v", address, err)
		}
	}
	c.Remote = false
	if _, err := c.File(t.Context(), "s3://bucket/other.parquet"); err == nil || !strings.Contains(err.Error(), "nowhere else") {
		t.Errorf("where addresses are not read: %v", err)
	}
}

// TestParquetInPlace compares each column of a file that is read where it lies with those of its import.
func TestParquetInPlace(t *testing.T) {
	t.Parallel()
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Zstd, compress.Codecs.Lz4Raw, compress.Codecs.Brotli} {
		t.Run(codec.String(), func(t *testing.T) {
			t.Parallel()
			b := sample(false)
			var out bytes.Buffer
			w, err := pqarrow.NewFileWriter(b.Schema(), &out, parquet.NewWriterProperties(parquet.WithCompression(codec)), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if err := w.Write(b); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "a.parquet")
			if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			imported, err := NewLocalCatalog(nil, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			want, err := imported.File(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			placed := &LocalCatalog{InPlace: true, files: map[string]*logical.Table{}}
			got, err := placed.File(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if columns(got) != columns(want) {
				t.Errorf("columns\n got %s\nwant %s", columns(got), columns(want))
			}
			if g, w := textOf(t, got), textOf(t, want); g != w {
				t.Errorf("rows\n got %s\nwant %s", g, w)
			}
		})
	}
}

// textOf reads a table with OpenLocal, and each batch twice, the last first.
func textOf(t *testing.T, table *logical.Table) string {
	t.Helper()
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	var out strings.Builder
	for i := range table.Segments {
		r, err := OpenLocal(t.Context(), table, i)
		if err != nil {
			t.Fatal(err)
		}
		for j := range r.NumBatches() {
			if _, err := r.Batch(r.NumBatches()-1-j, names); err != nil {
				t.Fatal(err)
			}
		}
		for j := range r.NumBatches() {
			b, err := r.Batch(j, names)
			if err != nil {
				t.Fatal(err)
			}
			for row := range int(b.NumRows()) {
				for _, c := range b.Columns() {
					out.WriteString(c.ValueStr(row) + "|")
				}
				out.WriteByte('\n')
			}
		}
		r.Close()
	}
	return out.String()
}

func TestPlacedFileChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.parquet")
	whole := []byte(parquetFile(t))
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &LocalCatalog{InPlace: true, files: map[string]*logical.Table{}}
	table, err := c.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(whole, whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLocal(t.Context(), table, 0); err == nil || !strings.Contains(err.Error(), "has changed since the query began") {
		t.Errorf("got %v", err)
	}
	// Damage in the data, of which the end says nothing, is an error that names the file, or other rows: Parquet has no checksums here.
	for i := range len(whole) {
		b := bytes.Clone(whole)
		b[i] ^= 0xff
		damaged := filepath.Join(t.TempDir(), "damaged.parquet")
		if err := os.WriteFile(damaged, b, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := c.File(t.Context(), damaged)
		if err == nil && len(table.Segments) > 0 {
			var r Reader
			if r, err = OpenLocal(t.Context(), table, 0); err == nil {
				for _, f := range table.Columns {
					if _, berr := r.Batch(0, []string{f.Name}); berr != nil {
						err = berr
					}
				}
				r.Close()
			}
		}
		if err != nil && !strings.Contains(err.Error(), "damaged.parquet") {
			t.Fatalf("byte %d: the error does not name the file: %v", i, err)
		}
	}
}
