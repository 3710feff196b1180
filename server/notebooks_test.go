package server

import (
	"strings"
	"testing"
)

type notebookView struct {
	ID      string `json:"id"`
	Title   string
	Version int64
	Cells   []map[string]any
}

func cell(id, kind, source string) map[string]any {
	return map[string]any{"id": id, "kind": kind, "source": source}
}

func TestNotebookLife(t *testing.T) {
	w := newWorld(t)
	var n notebookView
	h := w.call("POST", "/api/v1/notebooks", map[string]any{"title": " My  notebook ", "cells": []any{cell("a", "query", "movies\r\n-> take 1"), cell("b", "text", "hi")}}, 201, &n)
	if n.Title != "My notebook" || n.Version != 1 || h.Get("ETag") != `"1"` || n.Cells[0]["source"] != "movies\n-> take 1" {
		t.Fatalf("%+v %v", n, h)
	}
	at := "/api/v1/notebooks/" + n.ID
	h = w.call("PUT", at, map[string]any{"title": "Mine", "cells": []any{cell("b", "text", "hi"), cell("a", "query", "movies")}}, 200, &n, `If-Match: "1"`)
	if n.Version != 2 || h.Get("ETag") != `"2"` || n.Cells[0]["id"] != "b" {
		t.Fatalf("%+v %v", n, h)
	}
	w.call("PATCH", at, map[string]any{"title": "Ours"}, 200, &n, `If-Match: "2"`)
	if n.Version != 3 || n.Title != "Ours" || len(n.Cells) != 2 {
		t.Fatalf("%+v", n)
	}
	var file string
	w.call("GET", at+"/export", nil, 200, &file)
	var copied notebookView
	w.call("POST", "/api/v1/notebooks/import", []byte(file), 201, &copied, "Content-Type: text/markdown")
	if copied.ID == n.ID || copied.Title != "Ours" || len(copied.Cells) != 2 || copied.Cells[1]["source"] != "movies" {
		t.Fatalf("%+v from\n%s", copied, file)
	}
	w.call("DELETE", at, nil, 204, nil)
	w.call("GET", at, nil, 404, nil)
	w.call("PUT", at, map[string]any{"title": "Late"}, 404, nil, `If-Match: "3"`)
	var list struct {
		Items []struct {
			ID    string `json:"id"`
			Cells int
		}
		NextCursor string `json:"next_cursor"`
	}
	w.call("GET", "/api/v1/notebooks?deleted=true", nil, 200, &list)
	if len(list.Items) != 1 || list.Items[0].ID != n.ID {
		t.Fatalf("bin: %+v", list)
	}
	w.call("POST", at+"/restore", nil, 200, &n)
	if n.Title != "Ours" || n.Version != 3 || len(n.Cells) != 2 {
		t.Fatalf("restored: %+v", n)
	}
	w.call("GET", "/api/v1/notebooks?limit=1", nil, 200, &list)
	if len(list.Items) != 1 || list.Items[0].ID != copied.ID || list.Items[0].Cells != 2 || list.NextCursor == "" {
		t.Fatalf("first page: %+v", list)
	}
	w.call("GET", "/api/v1/notebooks?limit=1&cursor="+list.NextCursor, nil, 200, &list)
	if len(list.Items) != 1 || list.Items[0].ID != n.ID {
		t.Fatalf("second page: %+v", list)
	}
	w.call("GET", "/api/v1/notebooks?cursor=nonsense", nil, 400, nil)
}

func TestTwoTabsCannotOverwriteEachOther(t *testing.T) {
	w := newWorld(t)
	var n notebookView
	w.call("POST", "/api/v1/notebooks", map[string]any{"title": "Shared"}, 201, &n)
	at := "/api/v1/notebooks/" + n.ID
	w.call("PUT", at, map[string]any{"title": "First tab"}, 200, nil, `If-Match: "1"`)
	var p struct {
		Code    string
		Current int64 `json:"current_version"`
	}
	h := w.call("PUT", at, map[string]any{"title": "Second tab"}, 412, &p, `If-Match: "1"`)
	if p.Code != "version_conflict" || p.Current != 2 || h.Get("ETag") != `"2"` {
		t.Errorf("%+v %v", p, h)
	}
	w.call("PUT", at, map[string]any{"title": "No version"}, 428, nil)
	w.call("PUT", at, map[string]any{"title": "Odd version"}, 400, nil, "If-Match: *")
	w.call("GET", at, nil, 200, &n)
	if n.Title != "First tab" {
		t.Errorf("the title is %q", n.Title)
	}
	// Many at once: each version is saved by one of them.
	results := make(chan int, 8)
	for range cap(results) {
		go func() {
			_, err := w.api.Notebooks.Rename(t.Context(), w.owner, n.ID, 2, "race")
			if err == nil {
				results <- 1
			} else {
				results <- 0
			}
		}()
	}
	won := 0
	for range cap(results) {
		won += <-results
	}
	if won != 1 {
		t.Errorf("%d of 8 simultaneous saves of one version succeeded", won)
	}
}

func TestBadNotebooksAreRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   any
		status int
		detail string
	}{
		"no title":      {map[string]any{"title": " "}, 400, "title"},
		"twice":         {map[string]any{"title": "x", "cells": []any{cell("a", "text", ""), cell("a", "text", "")}}, 400, "Two cells"},
		"odd id":        {map[string]any{"title": "x", "cells": []any{cell("a b", "text", "")}}, 400, "id"},
		"odd kind":      {map[string]any{"title": "x", "cells": []any{cell("a", "sql", "")}}, 400, "sql"},
		"NUL":           {map[string]any{"title": "x", "cells": []any{cell("a", "text", "\x00")}}, 400, "UTF-8"},
		"huge cell":     {map[string]any{"title": "x", "cells": []any{cell("a", "text", strings.Repeat("x", 1<<20+1))}}, 413, "dataset"},
		"huge notebook": {map[string]any{"title": "x", "cells": []any{cell("a", "text", strings.Repeat("x", 10<<20))}}, 413, "4 MiB"},
		"no JSON":       {[]byte("title=x"), 415, "application/json"},
	} {
		var p struct{ Detail string }
		w.call("POST", "/api/v1/notebooks", c.body, c.status, &p)
		if !strings.Contains(p.Detail, c.detail) {
			t.Errorf("%s: %q does not speak of %q", name, p.Detail, c.detail)
		}
	}
	var list struct{ Items []any }
	w.call("GET", "/api/v1/notebooks", nil, 200, &list)
	if len(list.Items) != 0 {
		t.Errorf("bad input made notebooks: %v", list.Items)
	}
}

func TestACallIsDoneOncePerIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	var a, b notebookView
	w.call("POST", "/api/v1/notebooks", map[string]any{"title": "Once"}, 201, &a, "Idempotency-Key: k1")
	h := w.call("POST", "/api/v1/notebooks", map[string]any{"title": "Once"}, 201, &b, "Idempotency-Key: k1")
	if a.ID != b.ID || h.Get("ETag") != `"1"` || h.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s and %s, %v", a.ID, b.ID, h)
	}
	w.call("POST", "/api/v1/notebooks", map[string]any{"title": "Other"}, 409, nil, "Idempotency-Key: k1")
	w.call("POST", "/api/v1/notebooks", map[string]any{"title": ""}, 400, nil, "Idempotency-Key: k2")
	w.call("POST", "/api/v1/notebooks", map[string]any{"title": ""}, 400, nil, "Idempotency-Key: k2")
	w.call("POST", "/api/v1/notebooks", map[string]any{"title": "x"}, 400, nil, "Idempotency-Key: "+strings.Repeat("k", 201))
	var list struct{ Items []any }
	w.call("GET", "/api/v1/notebooks", nil, 200, &list)
	if len(list.Items) != 1 {
		t.Errorf("%d notebooks, want 1", len(list.Items))
	}
}
