package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/server/dataset"
	"github.com/dreamql/dreamql/server/local/localtest"
	"github.com/dreamql/dreamql/server/run"
)

// opened is a folder with files, and one beside it that no program may see.
func opened(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "open")
	must0(t, os.MkdirAll(filepath.Join(folder, "years"), 0o755))
	for name, text := range map[string]string{
		"open/a.csv": "id,total\n1,4\n2,6\n", "open/years/2024.csv": "id,n\n1,5\n", "open/years/2025.csv": "id,n,note\n2,7,x\n",
		"open/bad.csv": "a,b\n1\n", "secret.csv": "word\nxyzzy\n",
	} {
		must0(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	must0(t, os.Symlink("../secret.csv", filepath.Join(folder, "link.csv")))
	must0(t, os.Symlink(dir, filepath.Join(folder, "up")))
	must0(t, os.Symlink("a.csv", filepath.Join(folder, "same.csv")))
	return folder
}

// configured opens what a server with this configuration would.
func configured(t *testing.T, c Config) func(*dataset.Store, *storage.Blobs) dataset.Outside {
	return func(datasets *dataset.Store, blobs *storage.Blobs) dataset.Outside {
		s := &service{config: c, blobs: blobs}
		t.Cleanup(s.close)
		return must(s.outside(datasets))(t)
	}
}

func TestProgramsReadTheOpenFolder(t *testing.T) {
	folder := opened(t)
	w := newWorldOpen(t, application1, configured(t, Config{Files: folder}))
	for source, want := range map[string]string{
		"read('a.csv') -> sort id":                                      "id,total\n1,4\n2,6\n",
		"read('./years/../same.csv') -> agg { n: count() }":             "n\n2\n",
		"read('years/*.csv') -> sort id":                                "id,n,note\n1,5,\n2,7,x\n",
		"read('a.csv') -> union read('same.csv') -> agg { n: count() }": "n\n4\n",
		"read('a.csv') -> filter total > 5 -> save big":                 "dataset,rows,version\nbig,1,1\n",
	} {
		if got := w.saved(source); got != want {
			t.Errorf("%s\ngot %q, want %q", source, got, want)
		}
	}
	for path, want := range map[string]string{
		"/etc/passwd":            "relative to the folder",
		"../secret.csv":          "relative to the folder",
		"years/../../secret.csv": "relative to the folder",
		"link.csv":               "leads out of the folder",
		"up/secret.csv":          "leads out of the folder",
		"up/*.csv":               "no file matches",
		"years":                  "is not a file",
		"none.csv":               "there is no file none.csv",
		"n*e.csv":                "no file matches",
		"[":                      "not a valid pattern",
		"bad.csv":                "bad.csv, line 2",
		"http://127.0.0.1/a.csv": "addresses are not read on a server",
		"file:///etc/passwd":     "addresses are not read on a server",
		"https://example.com/x":  "addresses are not read on a server",
	} {
		for _, route := range []struct {
			path   string
			status int
		}{{"/api/v1/query", 422}, {"/api/v1/check", 200}} {
			var text string
			w.call("POST", route.path, map[string]any{"source": "read('" + path + "')"}, route.status, &text)
			if !strings.Contains(text, want) || strings.Contains(text, "xyzzy") || strings.Contains(text, filepath.Dir(folder)) {
				t.Errorf("%s %s: %s", route.path, path, text)
			}
		}
	}
}

func TestAFileIsImportedOnceUntilItChanges(t *testing.T) {
	folder := opened(t)
	w := newWorldOpen(t, application1, configured(t, Config{Files: folder}))
	check := func() (text string) {
		w.call("POST", "/api/v1/check", map[string]any{"source": "read('a.csv') -> { id, total }"}, 200, &text)
		return text
	}
	if text := check(); !strings.Contains(text, `"total"`) {
		t.Fatal(text)
	}
	once := w.segments()
	for range 5 {
		check()
	}
	if got := w.saved("read('a.csv') -> agg { n: count() }"); got != "n\n2\n" || w.segments() != once || once != 1 {
		t.Fatalf("%q, %d segments, %d after the first check", got, w.segments(), once)
	}
	must0(t, os.WriteFile(filepath.Join(folder, "a.csv"), []byte("id,total\n1,4\n2,6\n3,8\n"), 0o644))
	if got := w.saved("read('a.csv') -> agg { n: count() }"); got != "n\n3\n" || w.segments() != 2 {
		t.Fatalf("%q, %d segments", got, w.segments())
	}
	// What was imported belongs to no dataset, and goes when it is a day old.
	must(w.db.Exec(t.Context(), `UPDATE segments SET created_at = now() - interval '25 hours'`))(t)
	must0(t, w.api.Datasets.Clean(t.Context()))
	if n := w.segments(); n != 0 {
		t.Errorf("%d segments are left", n)
	}
}

func TestARunWaitsForAFileThatACheckDoesNot(t *testing.T) {
	folder := opened(t)
	hold := make(chan struct{})
	w := newWorldOpen(t, application1, func(datasets *dataset.Store, blobs *storage.Blobs) dataset.Outside {
		kept := func(ctx context.Context, segments []logical.Segment) error {
			select {
			case <-hold:
			case <-ctx.Done():
			}
			return datasets.Lend(ctx, segments)
		}
		files := must(storage.OpenFolder(folder, blobs, kept))(t)
		t.Cleanup(func() { files.Close() })
		return dataset.Outside{Files: files, Wait: time.Millisecond}
	})
	var text string
	w.call("POST", "/api/v1/check", map[string]any{"source": "read('a.csv')"}, 200, &text)
	if !strings.Contains(text, "it is being imported") {
		t.Error(text)
	}
	var made run.Run
	w.call("POST", "/api/v1/notebooks/"+w.notebook(cell("a", "query", "read('a.csv') -> agg { n: count() }"))+"/runs", map[string]any{}, 202, &made)
	w.eventually("a cell that waits", func() bool {
		w.call("GET", "/api/v1/runs/"+made.ID.String(), nil, 200, &made)
		return made.Cells[0].State == run.Running
	})
	close(hold)
	if ended := w.finished(made.ID.String()); ended.State != run.Succeeded || w.segments() != 1 {
		t.Errorf("%+v, %d segments", ended, w.segments())
	}
}

func TestNoFolderIsOpenUnlessTheOperatorSaysSo(t *testing.T) {
	w := newWorld(t)
	var text string
	w.call("POST", "/api/v1/query", map[string]any{"source": "read('a.csv')"}, 422, &text)
	if !strings.Contains(text, "opens no folder") || !strings.Contains(text, "DREAMQL_FILES") {
		t.Error(text)
	}
}

func TestProgramsReadTheOpenDatabases(t *testing.T) {
	shop := localtest.Database(t)
	db := must(pgx.Connect(t.Context(), shop))(t)
	defer db.Close(t.Context())
	must(db.Exec(t.Context(), `CREATE SCHEMA s; CREATE TABLE s.orders (id bigint NOT NULL, item text NOT NULL, price numeric(10, 2));
		INSERT INTO s.orders VALUES (1, 'tea', 2.50), (2, 'milk', NULL), (3, 'tea', 3.00)`))(t)
	w := newWorldOpen(t, application1, configured(t, Config{Databases: map[string]string{
		"shop": shop, "lost": "postgres://me:hunter2@127.0.0.1:1/x?connect_timeout=2",
	}}))
	for _, step := range []struct{ source, want string }{
		{"postgres('shop', 's.orders') -> sort id", "id,item,price\n1,tea,2.50\n2,milk,\n3,tea,3.00\n"},
		{"postgres('SHOP', 's.orders') -> filter item == 'tea' -> agg { n: count() }", "n\n2\n"},
		{"postgres('shop', 's.orders') -> filter id > 1 -> { id, item } -> save kept", "dataset,rows,version\nkept,2,1\n"},
		{"kept -> sort id", "id,item\n2,milk\n3,tea\n"},
	} {
		if got := w.saved(step.source); got != step.want {
			t.Errorf("%s\ngot %q, want %q", step.source, got, step.want)
		}
	}
	if left := must(w.blobs.List(t.Context(), "results/"))(t); len(left) > 0 {
		t.Errorf("copies that nobody needs: %v", left)
	}
	for source, want := range map[string]string{
		"postgres('shopp', 's.orders')":                     "lost, shop",
		"postgres('lost', 's.orders')":                      "the database lost does not let us in",
		"postgres('shop', 's.nothing')":                     "has no table s.nothing",
		"postgres('postgres://me@127.0.0.1/x', 's.orders')": "no connection of that name",
	} {
		for path, status := range map[string]int{"/api/v1/query": 422, "/api/v1/check": 200, "/api/v1/explain": 422} {
			var text string
			w.call("POST", path, map[string]any{"source": source}, status, &text)
			if !strings.Contains(text, want) {
				t.Errorf("%s %s: %s", path, source, text)
			}
		}
	}
	// A plan that is shown copies nothing, and names no address. Nor does the log.
	var plan string
	w.call("POST", "/api/v1/explain", map[string]any{"source": "postgres('shop', 's.orders') -> filter id > 1"}, 200, &plan)
	for what, text := range map[string]string{"plan": plan, "log": w.log.String()} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, shop) {
			t.Errorf("the %s tells an address: %s", what, text)
		}
	}
	if !strings.Contains(plan, "scan s.orders") {
		t.Error(plan)
	}
}

func TestNoDatabaseIsOpenUnlessTheOperatorSaysSo(t *testing.T) {
	w := newWorld(t)
	var text string
	w.call("POST", "/api/v1/query", map[string]any{"source": "postgres('shop', 'orders')"}, 422, &text)
	if !strings.Contains(text, "opens no database") || !strings.Contains(text, "DREAMQL_POSTGRES_") {
		t.Error(text)
	}
}
