package storage

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/dreamql/dreamql/engine/logical"
)

// encoded is a Parquet file of batches.
func encoded(t *testing.T, props *parquet.WriterProperties, batches ...arrow.RecordBatch) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(batches[0].Schema(), &out, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// keeper is a catalogue of files in place that keeps their columns in a folder.
func keeper(t *testing.T, dir string, limit int64) *LocalCatalog {
	t.Helper()
	c, err := NewLocalCatalog(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	c.InPlace = true
	if err := c.KeepColumns(limit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Columns.Close(time.Minute) })
	return c
}

// readAll reads a table by a catalogue, and says what came from its cache. It waits until what was decoded has been kept.
func readAll(t *testing.T, c *LocalCatalog, table *logical.Table) (text string, hits, misses int64) {
	t.Helper()
	var names []string
	for _, f := range table.Columns {
		names = append(names, f.Name)
	}
	var out strings.Builder
	for i := range table.Segments {
		r, err := c.Open(t.Context(), table, i)
		if err != nil {
			t.Fatal(err)
		}
		for j := range r.NumBatches() {
			b, err := r.Batch(j, names)
			if err != nil {
				t.Fatal(err)
			}
			for row := range int(b.NumRows()) {
				for _, column := range b.Columns() {
					out.WriteString(column.ValueStr(row) + "|")
				}
				out.WriteByte('\n')
			}
		}
		h, m, _ := r.(*rowGroup).TakeCacheUse()
		hits, misses = hits+h, misses+m
		r.Close()
	}
	if k := c.Columns; k != nil {
		k.mu.Lock()
		for k.writing {
			k.idle.Wait()
		}
		k.mu.Unlock()
	}
	return out.String(), hits, misses
}

// old makes a file one that was not written just now: identities of new ones are not trusted. Nobody can set when an inode changed, so the
// clock of the test is the one that is moved.
func old(t *testing.T) { settle(t, -time.Hour) }

func settle(t *testing.T, after time.Duration) {
	t.Helper()
	before := settled
	settled = after
	t.Cleanup(func() { settled = before })
}

func entries(t *testing.T, dir string) (paths []string, bytes int64) {
	t.Helper()
	filepath.WalkDir(filepath.Join(dir, "columns"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				t.Fatal(err)
			}
			paths, bytes = append(paths, path), bytes+info.Size()
		}
		return nil
	})
	return paths, bytes
}

func TestColumnsAreKept(t *testing.T) { // not in parallel: see old
	old(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.parquet")
	b := sample(false)
	if err := os.WriteFile(path, encoded(t, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy)), b, b), 0o600); err != nil {
		t.Fatal(err)
	}
	first := keeper(t, dir, 1<<30)
	table, err := first.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	columns := int64(len(table.Columns) * len(table.Segments))
	want, hits, misses := readAll(t, first, table)
	if hits != 0 || misses != columns {
		t.Errorf("at first: %d hits, %d misses of %d", hits, misses, columns)
	}
	if all, _ := entries(t, dir); len(all) > 0 {
		t.Errorf("%d columns were kept that have been read once", len(all))
	}
	check := func(what string, c *LocalCatalog, wantHits int64) {
		t.Helper()
		got, hits, misses := readAll(t, c, table)
		if got != want {
			t.Errorf("%s: other rows\n%s\nnot\n%s", what, got, want)
		}
		if hits != wantHits || hits+misses != columns {
			t.Errorf("%s: %d hits and %d misses, of which %d should be hits", what, hits, misses, wantHits)
		}
	}
	check("again", first, 0)
	check("and again", first, columns)
	check("in another process", keeper(t, dir, 1<<30), columns)
	none := keeper(t, dir, 0)
	if none.Columns != nil {
		t.Error("a cache of nothing is one")
	}

	// An entry that is damaged, cut off, or another's is none, and is made again.
	all, _ := entries(t, dir)
	if int64(len(all)) != columns {
		t.Fatalf("%d entries", len(all))
	}
	for at := range 4 {
		content, err := os.ReadFile(all[0])
		if err != nil {
			t.Fatal(err)
		}
		switch at {
		case 0:
			content = content[:len(content)/2]
		case 1:
			content[len(content)/2] ^= 1
		case 2:
			content = nil
		case 3:
			if content, err = os.ReadFile(all[1]); err != nil {
				t.Fatal(err)
			}
		}
		replace(t, all[0], content)
		check("damaged", keeper(t, dir, 1<<30), columns-1)
		check("mended", keeper(t, dir, 1<<30), columns)
	}
}

// replace puts another file in the place of one, as others of this folder do.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestChangedFilesAreNotServed(t *testing.T) {
	old(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.parquet")
	one, two := eight(t, 1), eight(t, 1)
	for i := 200; i < 2000; i++ { // plain numbers of the first column
		two[i] ^= byte(i % 7 & 1)
	}
	if err := os.WriteFile(path, one, 0o600); err != nil {
		t.Fatal(err)
	}
	stat, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(c *LocalCatalog, table *logical.Table) (string, error) {
		r, err := c.Open(t.Context(), table, 0)
		if err != nil {
			return "", err
		}
		defer r.Close()
		b, err := r.Batch(0, []string{"c0"})
		if err != nil {
			return "", err
		}
		return b.Column(0).String(), nil
	}
	c := keeper(t, dir, 1<<30)
	table, err := c.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, c, table)
	was, _, _ := readAll(t, c, table)
	if _, hits, _ := readAll(t, c, table); hits == 0 {
		t.Fatal("nothing was kept")
	}
	// The same size, and the same time of writing.
	if err := os.WriteFile(path, two, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, stat.ModTime(), stat.ModTime()); err != nil {
		t.Fatal(err)
	}
	if _, err := sum(c, table); err == nil || !strings.Contains(err.Error(), "has changed since the query began") {
		t.Errorf("a table of the old file: %v", err)
	}
	other := keeper(t, dir, 1<<30)
	changed, err := other.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if now, hits, _ := readAll(t, other, changed); hits != 0 || now == was {
		t.Errorf("rewritten: %d hits, the same rows: %v", hits, now == was)
	}

	// While it is open: cut off or rewritten, an error; replaced by another file, still the old one, which is open.
	for name, change := range map[string]func(){
		"cut off":   func() { os.Truncate(path, 100) },
		"rewritten": func() { os.WriteFile(path, one, 0o600) },
	} {
		replace(t, path, two)
		c := keeper(t, t.TempDir(), 1<<30)
		table, err := c.File(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Open(t.Context(), table, 0)
		if err != nil {
			t.Fatal(err)
		}
		change()
		if _, err := r.Batch(0, []string{"c0"}); err == nil || !strings.Contains(err.Error(), "has changed since the query began") {
			t.Errorf("%s while it is open: %v", name, err)
		}
		r.Close()
	}
	replace(t, path, two)
	c = keeper(t, t.TempDir(), 1<<30)
	if table, err = c.File(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(c.Columns.dir, fileKey(path, table.Segments[0].Digest)), 0o700); err != nil { // as if it had been read before
		t.Fatal(err)
	}
	r, err := c.Open(t.Context(), table, 0)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, path, one)
	if _, err := r.Batch(0, []string{"c0"}); err != nil && !strings.Contains(err.Error(), "has changed since the query began") {
		t.Errorf("replaced while it is open: %v", err)
	}
	r.(*rowGroup).Batch(1, []string{"c0"}) // which makes the column whole
	r.Close()
	c.Columns.Close(time.Minute)
	if all, _ := entries(t, c.cache); len(all) > 0 {
		t.Errorf("columns of a file that is gone were kept: %v", all)
	}
}

// TestNewFilesAreNotKept: two writes within a tick of the clock of files have the same identity.
func TestNewFilesAreNotKept(t *testing.T) {
	settle(t, time.Hour) // however slow the machine is
	dir := t.TempDir()
	path := filepath.Join(dir, "a.parquet")
	if err := os.WriteFile(path, eight(t, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	c := keeper(t, dir, 1<<30)
	table, err := c.File(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, c, table)
	readAll(t, c, table)
	if all, _ := entries(t, dir); len(all) > 0 {
		t.Errorf("%d entries of a file that was written just now", len(all))
	}
}

func TestColumnsAreBounded(t *testing.T) {
	old(t)
	dir := t.TempDir()
	c := keeper(t, dir, 4<<20)
	killed := filepath.Join(dir, "columns", "new-1")
	if err := os.WriteFile(killed, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(killed, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	var last *logical.Table
	file := eight(t, 1)
	for _, name := range []string{"a", "b", "c"} { // 3.2 MB each, were they written as they lie in memory
		path := filepath.Join(dir, name+".parquet")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := c.File(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, c, table)
		readAll(t, c, table)
		last = table
	}
	if all, n := entries(t, dir); n > 4<<20 || len(all) == 0 {
		t.Errorf("%d bytes in %d entries", n, len(all))
	}
	if _, err := os.Stat(killed); err == nil {
		t.Error("what a killed process left is still there")
	}
	if _, hits, _ := readAll(t, c, last); hits == 0 {
		t.Error("what was used last is not there")
	}
}
