package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// problem is an answer that refuses.
type problem struct {
	Status      int
	Code        string
	Title       string
	Detail      string
	Diagnostics []struct{ Code, Message, Help string }
}

// send does a request with any body and headers, as a stranger could, and returns the status and the problem.
func send(t *testing.T, method, path, auth string, body io.Reader, headers ...string) problem {
	t.Helper()
	req, err := http.NewRequest(method, shared.url+path, body)
	must(t, err)
	if auth != "" {
		req.Header.Set("Authorization", "Bearer "+auth)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	p := problem{Status: res.StatusCode}
	if res.StatusCode >= 400 {
		if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/problem+json") {
			t.Errorf("%s %s: the content type is %s", method, path, got)
		}
		must(t, json.Unmarshal(text, &p))
	}
	return p
}

func names(t *testing.T, path, field string) string {
	t.Helper()
	var list struct{ Items []map[string]any }
	must(t, shared.call("GET", path, nil, &list))
	var out []string
	for _, i := range list.Items {
		s, _ := i[field].(string)
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestBadFilesAreRefusedAndChangeNothing(t *testing.T) {
	parquet, err := os.ReadFile("../node_modules/vega-datasets/data/flights-3m.parquet")
	must(t, err)
	before := names(t, "/api/v1/datasets?limit=200", "name")
	cases := []struct {
		file string
		body string
		want string
	}{
		{"cut.parquet", string(parquet[:len(parquet)/2]), "not a whole Parquet file"},
		{"ragged.csv", "a,b\n1,2\n3\n", "line 3"},
		{"object.json", `{"a": 1}`, "not a table"},
		{"text.json", `"hello"`, "not a table"},
		{"broken.json", `[{"a": 1}, {"a": `, "cut off"},
		{"empty.csv", "", "empty"},
		{"empty.parquet", "", "empty"},
		{"picture.png", "\x89PNG\r\n", "png"},
	}
	for _, c := range cases {
		p := send(t, "POST", "/api/v1/datasets?name=bad_file&filename="+c.file, token, strings.NewReader(c.body))
		if p.Status < 400 || p.Status >= 500 || !strings.Contains(strings.ToLower(p.Title+" "+p.Detail), strings.ToLower(c.want)) {
			t.Errorf("%s: %+v, want %q", c.file, p, c.want)
		}
	}
	if after := names(t, "/api/v1/datasets?limit=200", "name"); after != before {
		t.Errorf("the datasets changed from %s to %s", before, after)
	}
}

func TestAQueryOfTenMegabytesIsRefused(t *testing.T) {
	t.Parallel()
	body := `{"source": "` + strings.Repeat("a -> b ", 1_500_000) + `"}`
	p := send(t, "POST", "/api/v1/query", token, strings.NewReader(body), "Content-Type", "application/json")
	if p.Status != http.StatusRequestEntityTooLarge || p.Detail == "" {
		t.Errorf("%+v", p)
	}
}

// archive packs files, and links where the content begins with "->".
func archive(t *testing.T, files map[string]string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, content := range files {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(content, "->"); ok {
			h.Typeflag, h.Linkname, h.Size, content = tar.TypeSymlink, target, 0, ""
		}
		must(t, w.WriteHeader(h))
		_, err := io.WriteString(w, content)
		must(t, err)
	}
	must(t, w.Close())
	must(t, z.Close())
	return &b
}

const manifest = `[package]
scope = "bad"
name = "thing"
version = "1.0.0"
description = "A package that must not be published."
license = "Apache-2.0"

[[function]]
name = "twice"
kind = "wasm"
module = "thing.wasm"
signature = "(x: float) => float"
doc = "Twice x."

[[function.example]]
call = "twice(2.0)"
result = "4.0"
`

func TestBadPackagesAreRefusedAndChangeNothing(t *testing.T) {
	before := names(t, "/api/v1/packages?limit=200", "name")
	cases := map[string]struct {
		files map[string]string
		want  string
	}{
		"a path upwards":   {map[string]string{"dreamql.toml": manifest, "../evil": "x"}, ".."},
		"an absolute path": {map[string]string{"dreamql.toml": manifest, "/etc/evil": "x"}, "evil"},
		"a link":           {map[string]string{"dreamql.toml": manifest, "thing.wasm": "->/etc/passwd"}, "link"},
		"no WebAssembly":   {map[string]string{"dreamql.toml": manifest, "README.md": "# x", "thing.wasm": "not a module"}, "thing.wasm"},
		"an unknown type":  {map[string]string{"dreamql.toml": strings.Replace(manifest, "(x: float)", "(x: flot)", 1), "README.md": "# x", "thing.wasm": "x"}, "flot"},
		"no manifest":      {map[string]string{"README.md": "# x"}, "dreamql.toml"},
	}
	for name, c := range cases {
		p := send(t, "POST", "/api/v1/packages", token, archive(t, c.files))
		if p.Status < 400 || p.Status >= 500 || !strings.Contains(p.Title+" "+p.Detail, c.want) {
			t.Errorf("%s: %+v, want %q", name, p, c.want)
		}
	}
	if p := send(t, "POST", "/api/v1/packages", token, strings.NewReader("no archive")); p.Status < 400 || p.Status >= 500 {
		t.Errorf("no archive: %+v", p)
	}
	if after := names(t, "/api/v1/packages?limit=200", "name"); after != before {
		t.Errorf("the packages changed from %s to %s", before, after)
	}
}

func TestTokensAreHeldToTheirScopes(t *testing.T) {
	t.Parallel()
	var made struct{ Secret string }
	must(t, shared.call("POST", "/api/v1/tokens", map[string]any{"name": "reader", "scopes": []string{"read"}}, &made))
	if p := send(t, "GET", "/api/v1/notebooks", made.Secret, nil); p.Status != http.StatusOK {
		t.Errorf("reading: %+v", p)
	}
	if p := send(t, "POST", "/api/v1/notebooks", made.Secret, strings.NewReader(`{"title":"x","cells":[]}`), "Content-Type", "application/json"); p.Status != http.StatusForbidden || !strings.Contains(p.Title+p.Detail, "write") {
		t.Errorf("writing: %+v", p)
	}
	if p := send(t, "POST", "/api/v1/packages", made.Secret, strings.NewReader("x")); p.Status != http.StatusForbidden {
		t.Errorf("publishing: %+v", p)
	}
	for _, auth := range []string{"", "wrong", strings.Repeat("x", 5000)} {
		if p := send(t, "GET", "/api/v1/notebooks", auth, nil); p.Status != http.StatusUnauthorized {
			t.Errorf("with the token %.10q: %+v", auth, p)
		}
	}
}

func TestTwoTabsCannotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	var n struct {
		ID      string
		Version int64
	}
	cell := func(source string) map[string]any {
		return map[string]any{"title": "tabs", "cells": []any{map[string]any{"id": "c1", "kind": "query", "source": source}}}
	}
	must(t, shared.call("POST", "/api/v1/notebooks", cell("1"), &n))
	put := func(source, match string) problem {
		body, err := json.Marshal(cell(source))
		must(t, err)
		headers := []string{"Content-Type", "application/json"}
		if match != "" {
			headers = append(headers, "If-Match", match)
		}
		return send(t, "PUT", "/api/v1/notebooks/"+n.ID, token, bytes.NewReader(body), headers...)
	}
	if p := put("2", `"1"`); p.Status != http.StatusOK {
		t.Errorf("the first tab: %+v", p)
	}
	if p := put("3", `"1"`); p.Status != http.StatusPreconditionFailed {
		t.Errorf("the second tab: %+v", p)
	}
	if p := put("4", ""); p.Status != http.StatusPreconditionRequired {
		t.Errorf("without If-Match: %+v", p)
	}
	var now struct{ Cells []struct{ Source string } }
	must(t, shared.call("GET", "/api/v1/notebooks/"+n.ID, nil, &now))
	if len(now.Cells) != 1 || now.Cells[0].Source != "2" {
		t.Errorf("the notebook holds %+v", now.Cells)
	}
}
