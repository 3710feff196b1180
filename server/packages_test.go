package server

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

const manifest = `[package]
scope = "me"
name = "small"
version = "%s"
description = "Doubles."
license = "Apache-2.0"

[[function]]
name = "double"
kind = "expression"
source = "x => x * 2"
signature = "(x: int) => %s"
doc = "Twice the number."

[[function.example]]
call = "double(21)"
result = "%s"
`

// archive packs files in the order given, as path and text in turn; a text of "-> target" makes a link.
func archive(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(files[i+1], "-> "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		}
		must0(t, w.WriteHeader(h))
		if h.Size > 0 {
			must(io.WriteString(w, files[i+1]))(t)
		}
	}
	must0(t, w.Close())
	must0(t, zip.Close())
	return out.Bytes()
}

func TestPublishing(t *testing.T) {
	w := newWorld(t)
	good := func(version, result string) []byte {
		return archive(t, "dreamql.toml", fmt.Sprintf(manifest, version, "int", result), "README.md", "# Small")
	}
	var v struct {
		Version, Digest, Import, Readme string
		Functions                       []struct{ Signature string }
		Checks                          []struct{ OK bool }
	}
	w.call("POST", "/api/v1/packages", good("1.0.0", "42"), 201, &v)
	if v.Version != "1.0.0" || v.Import != "import me/small@1.0.0 (double)" || len(v.Checks) != 1 || len(v.Functions) != 1 || v.Readme != "# Small" {
		t.Errorf("%+v", v)
	}
	w.call("POST", "/api/v1/packages", good("1.0.0", "42"), 409, nil)
	var p struct {
		Detail string
		Checks []struct {
			OK      bool
			Message string
		}
	}
	w.call("POST", "/api/v1/packages", good("1.1.0", "43"), 422, &p)
	if len(p.Checks) != 1 || p.Checks[0].OK || !strings.Contains(p.Checks[0].Message, "42") {
		t.Errorf("a wrong example: %+v", p)
	}
	for name, c := range map[string]struct {
		body   []byte
		detail string
	}{
		"outside":      {archive(t, "dreamql.toml", fmt.Sprintf(manifest, "2.0.0", "int", "42"), "../evil", "x"), "../evil"},
		"link":         {archive(t, "dreamql.toml", fmt.Sprintf(manifest, "2.0.0", "int", "42"), "link", "-> /etc/passwd"), "link"},
		"unknown type": {archive(t, "dreamql.toml", fmt.Sprintf(manifest, "2.0.0", "integer", "42")), "integer"},
		"no archive":   {[]byte("nonsense"), ""},
		"nothing":      {archive(t), "no files"},
	} {
		w.call("POST", "/api/v1/packages", c.body, 422, &p)
		if p.Detail == "" || !strings.Contains(p.Detail, c.detail) {
			t.Errorf("%s: %q does not speak of %q", name, p.Detail, c.detail)
		}
	}
	w.call("POST", "/api/v1/packages", make([]byte, 2<<20), 413, nil)

	var list struct {
		Items []struct{ Scope, Name, Version string }
	}
	w.call("GET", "/api/v1/packages?q=twice", nil, 200, &list)
	if fmt.Sprint(list.Items) != "[{me small 1.0.0}]" {
		t.Errorf("%+v", list)
	}
	var found struct{ Versions []struct{ Yanked bool } }
	w.call("GET", "/api/v1/packages/me/small", nil, 200, &found)
	if len(found.Versions) != 1 {
		t.Errorf("rejected versions are listed: %+v", found)
	}
	var out struct{ Rows []map[string]any }
	w.call("POST", "/api/v1/query", map[string]any{"source": "import me/small@^1.0 (double)\n{ n: double(4) }"}, 200, &out)
	if fmt.Sprint(out.Rows) != "[map[n:8]]" {
		t.Errorf("%+v", out)
	}
	var packed string
	w.call("GET", "/api/v1/packages/me/small/versions/1.0.0/archive", nil, 200, &packed)
	if len(packed) == 0 {
		t.Error("the archive is empty")
	}
	w.call("POST", "/api/v1/packages/me/small/versions/1.0.0/yank", map[string]any{"yanked": true}, 204, nil)
	w.call("GET", "/api/v1/packages/me/small/versions/1.0.0", nil, 200, nil)
	w.call("POST", "/api/v1/query", map[string]any{"source": "import me/small@^1.0 (double)\n{ n: double(4) }"}, 422, nil)
	w.call("GET", "/api/v1/packages/me/nothing", nil, 404, nil)
}
