package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// lockWorld publishes me/small in versions whose double says which one it is: version 1.2.0 gives 120.
type lockWorld struct {
	*world
	notebook, etag string
}

func newLockWorld(t *testing.T, versions ...string) *lockWorld {
	w := &lockWorld{world: newWorld(t)}
	w.publish(versions...)
	return w
}

func (w *lockWorld) publish(versions ...string) {
	w.t.Helper()
	for _, v := range versions {
		n := strings.TrimLeft(strings.ReplaceAll(v, ".", ""), "0")
		text := strings.Replace(fmt.Sprintf(manifest, v, "int", n), "x => x * 2", "x => "+n, 1)
		w.call("POST", "/api/v1/packages", archive(w.t, "dreamql.toml", text), 201, nil)
	}
}

// write saves a notebook of query cells.
func (w *lockWorld) write(cells ...string) {
	w.t.Helper()
	body := map[string]any{"title": "Locked"}
	var list []map[string]any
	for i, c := range cells {
		list = append(list, map[string]any{"id": fmt.Sprintf("c%d", i+1), "kind": "query", "source": c})
	}
	body["cells"] = list
	if w.notebook == "" {
		var n struct{ ID string }
		w.etag = w.call("POST", "/api/v1/notebooks", body, 201, &n).Get("ETag")
		w.notebook = "/api/v1/notebooks/" + n.ID
		return
	}
	w.etag = w.call("PUT", w.notebook, body, 200, nil, "If-Match: "+w.etag).Get("ETag")
}

// run runs the notebook and returns the value of its last cell.
func (w *lockWorld) run() string {
	w.t.Helper()
	r := w.runAll(w.notebook)
	last := r.Cells[len(r.Cells)-1]
	if last.State != "succeeded" {
		return fmt.Sprintf("%s: %+v", last.State, last.Diagnostics)
	}
	var page struct{ Rows []map[string]any }
	w.call("GET", "/api/v1/runs/"+r.ID+"/cells/"+last.CellID+"/result", nil, 200, &page)
	return fmt.Sprint(page.Rows[0]["n"])
}

type finishedRun struct {
	ID    string
	Cells []struct {
		CellID      string `json:"cell_id"`
		State       string
		Diagnostics []struct{ Code, Message, Help string }
	}
}

// runAll runs a whole notebook.
func (w *world) runAll(notebook string) (r finishedRun) {
	w.t.Helper()
	w.call("POST", notebook+"/runs", map[string]any{}, 202, &r)
	var events string
	w.call("GET", "/api/v1/runs/"+r.ID+"/events", nil, 200, &events)
	w.call("GET", "/api/v1/runs/"+r.ID, nil, 200, &r)
	return r
}

// lock is the notebook's lock, as "me/small@1.0.0 …".
func (w *lockWorld) lock() string {
	w.t.Helper()
	var list struct {
		Items []struct {
			Package, Version, Digest string
			Yanked                   bool
		}
	}
	w.call("GET", w.notebook+"/packages", nil, 200, &list)
	var out []string
	for _, x := range list.Items {
		if len(x.Digest) != 64 {
			w.t.Errorf("a digest of %q", x.Digest)
		}
		s := x.Package + "@" + x.Version
		if x.Yanked {
			s += " yanked"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func (w *lockWorld) want(what, value, lock string) {
	w.t.Helper()
	if got := w.run(); got != value {
		w.t.Errorf("%s: the run gave %s, want %s", what, got, value)
	}
	if got := w.lock(); got != lock {
		w.t.Errorf("%s: locked %q, want %q", what, got, lock)
	}
}

const unconstrained = "import me/small (double)\n{ n: double(1) }"

func TestANotebookLocksItsImportsAtTheFirstRun(t *testing.T) {
	w := newLockWorld(t, "1.0.0", "1.1.0")
	w.write(unconstrained)
	if got := w.lock(); got != "" {
		t.Errorf("locked before it was run: %q", got)
	}
	w.want("the first run", "110", "me/small@1.1.0")
	w.publish("1.2.0")
	w.want("a newer version", "110", "me/small@1.1.0")

	var checked struct {
		Cells []struct{ Columns []struct{ Name string } }
	}
	cell := []map[string]any{{"id": "c1", "kind": "query", "source": unconstrained}}
	w.call("POST", "/api/v1/check", map[string]any{"notebook": strings.TrimPrefix(w.notebook, "/api/v1/notebooks/"), "cells": cell}, 200, &checked)
	if len(checked.Cells) != 1 || len(checked.Cells[0].Columns) != 1 {
		t.Errorf("checked: %+v", checked)
	}

	w.call("POST", "/api/v1/packages/me/small/versions/1.1.0/yank", map[string]any{"yanked": true}, 204, nil)
	w.want("yanked", "110", "me/small@1.1.0 yanked")
	var out struct{ Rows []map[string]any }
	w.call("POST", "/api/v1/query", map[string]any{"source": unconstrained}, 200, &out)
	if fmt.Sprint(out.Rows) != "[map[n:120]]" {
		t.Errorf("a query without a notebook took %v", out.Rows)
	}
	var v struct{ Notebooks int }
	w.call("GET", "/api/v1/packages/me/small/versions/1.1.0", nil, 200, &v)
	if v.Notebooks != 1 {
		t.Errorf("%d notebooks use it", v.Notebooks)
	}

	w.call("POST", w.notebook+"/packages/upgrade", map[string]any{"package": "me/other"}, 400, nil)
	w.call("POST", w.notebook+"/packages/upgrade", map[string]any{"package": "me/small"}, 200, nil)
	w.want("upgraded", "120", "me/small@1.2.0")
	w.write("{ n: 7 }")
	w.want("no longer imported", "7", "me/small@1.2.0")
	w.call("POST", w.notebook+"/packages/upgrade", map[string]any{}, 200, nil)
	if got := w.lock(); got != "" {
		t.Errorf("still locked: %q", got)
	}
	w.call("GET", "/api/v1/notebooks/0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e/packages", nil, 404, nil)
}

func TestConstraintsTakeTheLowestVersionThatSatisfiesAll(t *testing.T) {
	w := newLockWorld(t, "1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0")
	one, two := "import me/small@%s (double)", "import me/small@%s as small\n{ n: small.double(1) }"
	w.write(fmt.Sprintf(one, "^1.0"), fmt.Sprintf(two, "^1.1"))
	w.want("two constraints", "110", "me/small@1.1.0")
	w.write(fmt.Sprintf(one, "^1.0"), fmt.Sprintf(two, "^1.0"))
	w.want("a weaker constraint keeps the lock", "110", "me/small@1.1.0")
	w.write(fmt.Sprintf(one, "^1.0"), fmt.Sprintf(two, "~1.2.0"))
	w.want("a stronger constraint", "120", "me/small@1.2.0")
	w.write(fmt.Sprintf(one, "^1.0"), fmt.Sprintf(two, "^2.0"))
	got := w.run()
	for _, want := range []string{"failed", "DQL5001", "no version of me/small satisfies ^1.0 (query 1) and ^2.0 (query 2)", "published: 2.0.0, 1.3.0", "one version satisfies"} {
		if !strings.Contains(got, want) {
			t.Errorf("a conflict says %s, without %q", got, want)
		}
	}
	if got := w.lock(); got != "me/small@1.2.0" {
		t.Errorf("a conflict changed the lock to %q", got)
	}
	w.call("POST", w.notebook+"/packages/upgrade", map[string]any{}, 422, nil)
	w.write(fmt.Sprintf(one, "^1.0"), fmt.Sprintf(two, "^1.1"))
	w.call("POST", w.notebook+"/packages/upgrade", map[string]any{}, 200, nil)
	w.want("upgraded within the constraints", "130", "me/small@1.3.0")
}

func TestFirstRunsAtOnceAgreeOnTheLock(t *testing.T) {
	w := newLockWorld(t, "1.0.0")
	w.write(unconstrained)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if i == 4 {
				w.publish("1.1.0")
			}
			w.runAll(w.notebook)
		})
	}
	all.Wait()
	if got := w.lock(); got != "me/small@1.0.0" && got != "me/small@1.1.0" {
		t.Errorf("locked %q", got)
	}
}

func TestAnExportedNotebookKeepsItsLock(t *testing.T) {
	w := newLockWorld(t, "1.0.0")
	w.write(unconstrained)
	w.want("locked", "100", "me/small@1.0.0")
	w.publish("1.1.0")
	var file string
	w.call("GET", w.notebook+"/export", nil, 200, &file)
	if !strings.Contains(file, "packages:\n  - me/small@1.0.0 sha256:") {
		t.Fatalf("exported:\n%s", file)
	}
	imported := func(text string) {
		var n struct{ ID, Title string }
		w.call("POST", "/api/v1/notebooks/import", []byte(text), 201, &n, "Content-Type: text/markdown")
		w.notebook = "/api/v1/notebooks/" + n.ID
		if n.Title != "Locked" {
			t.Errorf("the title is %q", n.Title)
		}
	}
	imported(file)
	w.want("imported", "100", "me/small@1.0.0")
	at := strings.Index(file, "sha256:") + 7
	imported(file[:at] + strings.Repeat("0", 64) + file[at+64:])
	w.want("other bytes than here", "110", "me/small@1.1.0")
}
