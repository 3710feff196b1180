package storage

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
)

// wide is a table of two segments: a running number, a word out of five, a word of its own in each row, absent values.
func wide(t *testing.T) (*logical.Table, *Blobs) {
	var b strings.Builder
	b.WriteString("n,color,name,x\n")
	colors := []string{"red", "green", "blue", "black", "white"}
	for i := range SegmentRows + 1000 {
		x := ""
		if i%2 == 0 {
			x = fmt.Sprint(i / 2)
		}
		fmt.Fprintf(&b, "%d,%s,name-%d,%s\n", i, colors[i%5], i, x)
	}
	return load(t, "wide.csv", b.String())
}

func TestSegments(t *testing.T) {
	t.Parallel()
	table, blobs := wide(t)
	if len(table.Segments) != 2 || table.Segments[0].Rows != SegmentRows || len(table.Segments[0].Batches) != 8 || table.Segments[1].Rows != 1000 {
		t.Fatalf("segments %+v", table.Segments)
	}
	first, second := table.Segments[0], table.Segments[1]
	if n := first.Columns[0]; *n.Min.Int != 0 || *n.Max.Int != SegmentRows-1 || n.Nulls != 0 || math.Abs(float64(n.Distinct)/SegmentRows-1) > 0.1 {
		t.Errorf("statistics of n: %d %d %d", *n.Min.Int, *n.Max.Int, n.Distinct)
	}
	if n := first.Batches[3].Ranges[0]; *n.Min.Int != 3*BatchRows || *n.Max.Int != 4*BatchRows-1 {
		t.Errorf("range of n in batch 3: %d %d", *n.Min.Int, *n.Max.Int)
	}
	if c := second.Columns[1]; *c.Min.Text != "black" || *c.Max.Text != "white" || c.Distinct != 5 {
		t.Errorf("statistics of color: %+v", c)
	}
	if x := first.Columns[3]; x.Nulls != SegmentRows/2 || *x.Max.Int != (SegmentRows-2)/2 {
		t.Errorf("statistics of x: %+v", x)
	}
	var dictionaries []arrow.Array
	for i := range table.Segments {
		s, err := blobs.OpenTable(t.Context(), table, i)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Batch(0, []string{"color", "n"})
		if err != nil {
			t.Fatal(err)
		}
		d, ok := b.Column(0).(*array.Dictionary)
		if !ok || b.ColumnName(1) != "n" {
			t.Fatalf("got %v", b.Schema())
		}
		dictionaries = append(dictionaries, d.Dictionary())
		if none, err := s.Batch(0, nil); err != nil || none.NumRows() != b.NumRows() || none.NumCols() != 0 {
			t.Errorf("a batch without columns: %v %v", none, err)
		}
		if s.Schema().Field(2).Type.ID() != arrow.STRING {
			t.Errorf("a column of different words is %s", s.Schema().Field(2).Type)
		}
		if _, err := s.Batch(0, []string{"other"}); err == nil || !strings.Contains(err.Error(), "no column other") {
			t.Errorf("got %v", err)
		}
	}
	if !array.Equal(dictionaries[0], dictionaries[1]) {
		t.Error("the segments number their words differently")
	}
}

// TestDamagedSegment changes a segment's bytes: reading it must end in an error that names it or in rows, never in a panic.
func TestDamagedSegment(t *testing.T) {
	t.Parallel()
	table, blobs := load(t, "a.csv", "a,b,c\n"+strings.Repeat("x,1,\ny,2,2.5\n", 8))
	path, err := blobs.Local(t.Context(), table.Segments[0].Key, "")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(content []byte) error {
		copied := filepath.Join(t.TempDir(), "damaged.arrow")
		if err := os.WriteFile(copied, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenSegment(copied)
		if err != nil {
			return err
		}
		defer s.Close()
		b, err := s.Batch(0, []string{"a", "b", "c"})
		if err == nil {
			_ = fmt.Sprint(b)
		}
		return err
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		b := append([]byte(nil), whole...)
		b[i] ^= 0xff
		if err := read(b); err != nil && !strings.Contains(err.Error(), "damaged.arrow") {
			t.Fatalf("byte %d: the error does not name the file: %v", i, err)
		}
	}
	for _, n := range []int{0, 7, len(whole) / 2, len(whole) - 1} {
		if err := read(whole[:n]); err == nil || !strings.Contains(err.Error(), "damaged.arrow") {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if err := os.WriteFile(path, append(whole, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blobs.OpenTable(t.Context(), table, 0); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a longer file: %v", err)
	}
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"file://" + t.TempDir(), "mem://"} {
		b, err := Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.Put(t.Context(), "a/b.txt", strings.NewReader("hello")); err != nil {
			t.Fatal(err)
		}
		w, err := b.Create(t.Context(), "a/c.txt")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, "half")
		w.Abort()
		if keys, err := b.List(t.Context(), "a/"); err != nil || fmt.Sprint(keys) != "[a/b.txt]" {
			t.Errorf("keys %v %v", keys, err)
		}
		path, err := b.Local(t.Context(), "a/b.txt", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "hello" {
			t.Errorf("local copy %q %v", text, err)
		}
		for _, key := range []string{"../x", "/x", "a//b", "a/../../b", "", "a b", ".."} {
			if err := b.Put(t.Context(), key, strings.NewReader("")); err == nil {
				t.Errorf("the key %q was taken", key)
			}
		}
		if _, err := b.Get(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), "no such blob") {
			t.Errorf("got %v", err)
		}
	}
}

func TestLocalCatalog(t *testing.T) {
	t.Parallel()
	dir, cache := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.csv", "x,y\n1,2\n")
	write("b.csv", "x,y\n3,\n4,5\n")
	write("c.json", `[{"z": 1}]`)
	c, err := NewLocalCatalog(map[string]string{"xs": filepath.Join(dir, "*.csv"), "bad": filepath.Join(dir, "*")}, cache)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // imported, then from the cache
		table, err := c.Table(t.Context(), "xs")
		if err != nil {
			t.Fatal(err)
		}
		if table.Name != "xs" || table.Rows != 3 || len(table.Segments) != 2 || columns(table) != "x: int, y: int?" {
			t.Errorf("got %+v", table)
		}
		if s, err := OpenLocal(t.Context(), table, 1); err != nil || s.NumBatches() != 1 {
			t.Errorf("segment 1: %v", err)
		}
		if c, err = NewLocalCatalog(c.data, cache); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Table(t.Context(), "none"); err != catalog.ErrNotFound {
		t.Errorf("got %v", err)
	}
	// Files of other columns are united by name: int meets float, and what a file lacks is absent.
	write("d1.csv", "y,x\n2.5,7\n")
	united, err := c.Table(t.Context(), "bad")
	if err != nil || united.Rows != 5 || columns(united) != "x: int?, y: float?, z: int?" {
		t.Fatalf("got %+v %v", united, err)
	}
	if again, err := c.unite(t.Context(), []*logical.Table{united, united}, []string{"a", "b"}); err != nil || again.Rows != 10 {
		t.Errorf("got %+v %v", again, err)
	}
	write("e1.csv", "y\nmany\n")
	for path, want := range map[string]string{
		filepath.Join(dir, "?1.csv"): filepath.Join(dir, "e1.csv") + " does not fit the other files: its column y is string, and in " + filepath.Join(dir, "d1.csv") + " it is float", filepath.Join(dir, "none.csv"): "there is no file",
		filepath.Join(dir, "*.xml"): "no file matches", "https://example.org/a.csv": "addresses are read by dreamql query", "ftp://a/b.csv": "only files, and addresses", dir: "this is not a file",
	} {
		if _, err := c.File(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}

// TestArrowFile reads a file whole, and with every byte flipped in turn.
func TestArrowFile(t *testing.T) {
	t.Parallel()
	whole := []byte(arrowFile(t, true))
	read := func(content []byte) (rows int64, err error) {
		path := filepath.Join(t.TempDir(), "a.arrow")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := OpenArrowFile(path, "the result")
		if err != nil {
			return 0, err
		}
		defer f.Close()
		for i := range f.NumBatches() {
			b, err := f.Batch(i)
			if err != nil {
				return 0, err
			}
			rows += b.NumRows()
		}
		return rows, nil
	}
	if n, err := read(whole); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	for i := range whole {
		b := append([]byte(nil), whole...)
		b[i] ^= 0xff
		if _, err := read(b); err != nil && !strings.Contains(err.Error(), "the result") {
			t.Fatalf("byte %d: the error does not name the file: %v", i, err)
		}
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a.csv":
			fmt.Fprint(w, "x,y\n1,a\n2,b\n")
		case "/moved":
			http.Redirect(w, r, "/a.csv?v=2", http.StatusFound)
		case "/large.csv":
			fmt.Fprint(w, "x\n", strings.Repeat("1\n", 1000))
		case "/slow.csv":
			fmt.Fprint(w, "x\n1\n")
			w.(http.Flusher).Flush()
			select {
			case <-slow:
			case <-r.Context().Done():
			}
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	defer close(slow)
	c, err := NewLocalCatalog(nil, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c.Remote, c.downloadBytes, c.downloadTime = true, 1000, 5*time.Second
	for _, path := range []string{"/a.csv", "/moved", "/a.csv?v=3"} {
		table, err := c.File(t.Context(), server.URL+path)
		if err != nil || table.Rows != 2 || columns(table) != "x: int, y: string" {
			t.Fatalf("%s: %+v %v", path, table, err)
		}
	}
	c.downloadTime = 100 * time.Millisecond
	for path, want := range map[string]string{"/none.csv": "answered 404 Not Found", "/large.csv": "more than 0 MB", "/slow.csv": "not there within 100ms"} {
		if _, err := c.File(t.Context(), server.URL+path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(c.cache, "download-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
