package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// dataAttacks are uploads, and archives that are no packages.
func dataAttacks(t *testing.T) []attack {
	good := array.NewStringBuilder(memory.DefaultAllocator)
	good.AppendValues([]string{"a", "b", "c"}, nil)
	whole := arrowFile(t, good.NewArray(), arrow.Metadata{})
	lengths := arrow.Int32Traits.CastToBytes([]int32{0, 1, 2, 3})
	if bytes.Count(whole, lengths) != 1 {
		t.Fatal("the offsets cannot be found in an Arrow file")
	}
	offsets := func(at int, to ...byte) []byte {
		out := bytes.Clone(whole)
		copy(out[bytes.Index(whole, lengths)+at:], to)
		return out
	}
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	b.Append([]byte("x"))
	pickle := arrow.NewMetadata([]string{"ARROW:extension:name", "ARROW:extension:metadata"},
		[]string{"arrow.py_extension_type", "cos\nsystem\n(S'echo owned > /tmp/written-by-a-function'\ntR."})
	files := []struct {
		name, file string
		body       []byte
		want       string
	}{
		{"text that is not UTF-8", "x.csv", []byte("a,b\n\xff\xfe,1\n"), "UTF-8"},
		{"Arrow offsets beyond the data", "x.arrow", offsets(12, 0xff, 0xff, 0x7f), "422|damaged|offset"},
		{"Arrow offsets that fall", "x.arrow", offsets(4, 3), "422|damaged|offset"},
		{"negative Arrow offsets", "x.arrow", offsets(3, 0xff), "422|damaged|offset"},
		{"an Arrow file that is cut off", "x.arrow", whole[:len(whole)*2/3], "422|cut|whole|damaged"},
		{"an extension type with a pickle", "x.arrow", arrowFile(t, b.NewArray(), pickle), "201|422"},
		{"JSON of a million brackets", "x.json", bytes.Repeat([]byte("["), 1_000_000), "422|deep"},
	}
	var as []attack
	for _, f := range files {
		as = append(as, attack{kind: "data", name: f.name, want: f.want, send: func(s *hostiles) (string, error) {
			return s.mallory.send("POST", "/api/v1/datasets?name=bad_"+fmt.Sprint(len(f.body))+"&filename="+f.file+"&mode=replace", bytes.NewReader(f.body))
		}})
	}
	for _, a := range []struct {
		name, want string
		archive    []byte
	}{
		{"a path upwards", "leads out|\\.\\.", tarOf(tar.Header{Name: "../../tmp/written-by-a-function", Typeflag: tar.TypeReg}, "x")},
		{"an absolute path", "relative", tarOf(tar.Header{Name: "/tmp/written-by-a-function", Typeflag: tar.TypeReg}, "x")},
		{"a symbolic link", "link", tarOf(tar.Header{Name: "dreamql.toml", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}, "")},
		{"a hard link", "link", tarOf(tar.Header{Name: "dreamql.toml", Linkname: "/etc/passwd", Typeflag: tar.TypeLink}, "")},
		{"a device", "neither", tarOf(tar.Header{Name: "dreamql.toml", Typeflag: tar.TypeBlock, Devmajor: 8}, "")},
		{"an archive bomb", "larger than", gzipped(io.LimitReader(zeros{}, 4<<30))},
		{"a bomb without a tar inside", "larger than", gzipped(io.LimitReader(zeros{}, 100<<20))},
		{"two files of one name", "twice", twice()},
		{"a manifest of a million brackets", "dreamql.toml|422", packed(map[string]string{"dreamql.toml": "x = " + strings.Repeat("[", 200_000)})},
		{"confusable names of functions", "taken for each other", packed(map[string]string{
			"dreamql.toml": head("mallory", "alike") + functionOf("lol", "expression", "scalar", "", "float", "lol(0)", "0") +
				functionOf("l0l", "expression", "scalar", "", "float", "l0l(0)", "0"), "README.md": "# x"})},
		{"a name with a Cyrillic letter", "mistaken", packed(map[string]string{"dreamql.toml": strings.Replace(manifest, `name = "thing"`, `name = "gео"`, 1), "README.md": "# x"})},
		{"a scope that looks like another's", "403|like|taken", packed(map[string]string{
			"dreamql.toml": head("s_td", "geo") + functionOf("twice", "expression", "scalar", "", "float", "twice(0)", "0"), "README.md": "# x"})},
	} {
		as = append(as, attack{kind: "package", name: a.name, want: a.want, send: func(s *hostiles) (string, error) {
			return s.mallory.send("POST", "/api/v1/packages", bytes.NewReader(a.archive))
		}})
	}
	return as
}

// send gives the status and the text of an answer.
func (g guest) send(method, path string, body io.Reader) (string, error) {
	req, err := http.NewRequest(method, g.url+path, body)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+g.token)
	req.Header.Set("Content-Type", "application/octet-stream")
	if path == "/api/v1/query" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return fmt.Sprintf("%d %s", res.StatusCode, text), err
}

func arrowFile(t *testing.T, column arrow.Array, meta arrow.Metadata) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: column.DataType(), Metadata: meta}}, nil)
	var out bytes.Buffer
	w, err := ipc.NewFileWriter(&out, ipc.WithSchema(schema))
	must(t, err)
	must(t, w.Write(array.NewRecordBatch(schema, []arrow.Array{column}, int64(column.Len()))))
	must(t, w.Close())
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func gzipped(r io.Reader) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.Copy(z, r)
	_ = z.Close()
	return b.Bytes()
}

func tarOf(h tar.Header, content string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h.Mode, h.Size = 0o644, int64(len(content))
	_ = w.WriteHeader(&h)
	_, _ = io.WriteString(w, content)
	_ = w.Close()
	return gzipped(&b)
}

func twice() []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range []string{"dreamql.toml", "Dreamql.toml"} {
		_ = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Typeflag: tar.TypeReg, Size: 1})
		_, _ = io.WriteString(w, "x")
	}
	_ = w.Close()
	return gzipped(&b)
}
