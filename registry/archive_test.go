package registry_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/registry"
)

func TestPackingIsReproducible(t *testing.T) {
	t.Parallel()
	a, err := registry.New(files())
	if err != nil {
		t.Fatal(err)
	}
	b, err := registry.Read(bytes.NewReader(a.Archive))
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest != b.Digest || !bytes.Equal(a.Archive, b.Archive) {
		t.Error("packing what was unpacked gave other bytes")
	}
	// An archive from the tar program, with folders and "./" before each path, is the same package.
	foreign := archive(t, entry{Name: "./", Typeflag: tar.TypeDir},
		entry{Name: "./slow.py", Body: string(a.Files["slow.py"]), Mode: 0o755},
		entry{Name: "./dreamql.toml", Body: good}, entry{Name: "./README.md", Body: "# Math\n"},
		entry{Name: "./requirements.lock", Body: string(a.Files["requirements.lock"])}, entry{Name: "./model.bin", Body: string(a.Files["model.bin"])})
	c, err := registry.Read(bytes.NewReader(foreign))
	if err != nil {
		t.Fatal(err)
	}
	if c.Digest != a.Digest {
		t.Error("the digest depends on who packed the files")
	}
}

func TestAHostileArchiveIsRefused(t *testing.T) {
	t.Parallel()
	many := make([]entry, 1001)
	for i := range many {
		many[i] = entry{Name: fmt.Sprintf("f%d", i)}
	}
	whole := archive(t, entry{Name: "dreamql.toml", Body: good})
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-5] ^= 0xff
	for name, c := range map[string]struct {
		archive []byte
		want    string
	}{
		"leads out":          {archive(t, entry{Name: "../evil"}), `the path "../evil" leads out of the package`},
		"leads out within":   {archive(t, entry{Name: "a/../../evil"}), "leads out of the package"},
		"absolute":           {archive(t, entry{Name: "/etc/passwd"}), "is not a relative path"},
		"backslash":          {archive(t, entry{Name: `..\evil`}), "is not a relative path"},
		"drive":              {archive(t, entry{Name: "C:evil"}), "is not a relative path"},
		"not clean":          {archive(t, entry{Name: "a//b"}), `write "a/b"`},
		"folder leads out":   {archive(t, entry{Name: "a/../..", Typeflag: tar.TypeDir}), "leads out of the package"},
		"control character":  {archive(t, entry{Name: "a\nb"}), "is not valid text"},
		"long path":          {archive(t, entry{Name: strings.Repeat("a", 201)}), "is longer than 200 bytes"},
		"symbolic link":      {archive(t, entry{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), `the archive has a link, "a"`},
		"hard link":          {archive(t, entry{Name: "a", Typeflag: tar.TypeLink, Linkname: "b"}), `the archive has a link, "a"`},
		"device":             {archive(t, entry{Name: "a", Typeflag: tar.TypeChar}), "neither a file nor a folder"},
		"pipe":               {archive(t, entry{Name: "a", Typeflag: tar.TypeFifo}), "neither a file nor a folder"},
		"twice":              {archive(t, entry{Name: "a"}, entry{Name: "./a"}), `has "a" twice`},
		"twice but for case": {archive(t, entry{Name: "a"}, entry{Name: "A"}), `has "A" twice`},
		"many files":         {archive(t, many...), "more than 1000 entries"},
		"a large file":       {zeros(t, 33), "larger than 32 MiB"},
		"large in all":       {zeros(t, 30, 30, 30), "larger than 64 MiB unpacked"},
		"empty":              {nil, "it ends too early"},
		"no gzip":            {[]byte("PK\x03\x04 this is another format"), "not a gzipped tar"},
		"gzip of text":       {compress(t, []byte(strings.Repeat("not a tar ", 100))), "damaged or not a tar"},
		"no files":           {archive(t), "holds no files"},
		"truncated":          {whole[:len(whole)/2], "it ends too early"},
		"bad checksum":       {damaged, "damaged"},
		"no manifest":        {archive(t, entry{Name: "a"}), "there is no dreamql.toml"},
		"trailing junk":      {append(bytes.Clone(whole), "junk after the end"...), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := registry.Read(bytes.NewReader(c.archive))
			var bad *registry.Invalid
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAnEndlessArchiveIsCutOff(t *testing.T) {
	t.Parallel()
	// gzip stores incompressible data as it is, so the packed limit is met first.
	noise := io.MultiReader(bytes.NewReader(compress(t, nil)[:10]), endless{})
	if _, err := registry.Read(noise); err == nil {
		t.Error("an archive without end was accepted")
	}
	bomb := append(archive(t, entry{Name: "a"}), bytes.Repeat(compress(t, make([]byte, 1<<20)), 80)...)
	if _, err := registry.Read(bytes.NewReader(bomb)); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB unpacked") {
		t.Errorf("got %v", err)
	}
}

type endless struct{}

// Read gives stored blocks of one byte each, for ever.
func (endless) Read(p []byte) (int, error) {
	block := []byte{0, 1, 0, 0xfe, 0xff, 'x'}
	for i := range p {
		p[i] = block[i%len(block)]
	}
	return len(p) - len(p)%len(block), nil
}

func TestAFolderBecomesAPackage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := registry.LoadDir(dir); err == nil || !strings.Contains(err.Error(), "dreamql package init") {
		t.Errorf("got %v", err)
	}
	for name, body := range files() {
		write(name, string(body))
	}
	write(".git/config", "secret")
	write("node_modules/x/y.js", "large")
	p, err := registry.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	same, err := registry.New(files())
	if err != nil {
		t.Fatal(err)
	}
	if p.Digest != same.Digest {
		t.Errorf("hidden files or tools' folders were packed: %d files", len(p.Files))
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.LoadDir(dir); err == nil || !strings.Contains(err.Error(), "link is a link") {
		t.Errorf("got %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, entry{Name: "dreamql.toml", Body: good}, entry{Name: "../evil"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := registry.Unpack(bytes.NewReader(data))
		for name := range files {
			if err != nil || !filepath.IsLocal(name) {
				t.Errorf("file %q with error %v", name, err)
			}
		}
	})
}

type entry struct {
	Name     string
	Body     string
	Typeflag byte
	Linkname string
	Mode     int64
}

// zeros is an archive of files of so many MiB of zeros, as gzip members that are made once.
func zeros(t testing.TB, sizes ...int) []byte {
	t.Helper()
	member := compress(t, make([]byte, 1<<20))
	var out []byte
	for i, size := range sizes {
		var header bytes.Buffer
		if err := tar.NewWriter(&header).WriteHeader(&tar.Header{Name: fmt.Sprintf("f%d", i), Size: int64(size) << 20}); err != nil {
			t.Fatal(err)
		}
		out = append(append(out, compress(t, header.Bytes())...), bytes.Repeat(member, size)...)
	}
	return append(out, compress(t, make([]byte, 1024))...)
}

func archive(t testing.TB, entries ...entry) []byte { return compress(t, archivePlain(t, entries...)) }

func archivePlain(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		h := &tar.Header{Name: e.Name, Typeflag: e.Typeflag, Linkname: e.Linkname, Mode: e.Mode, Size: int64(len(e.Body))}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.Body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func compress(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
