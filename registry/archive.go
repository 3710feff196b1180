package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a package. They bound what one upload can cost in memory and disk.
const (
	MaxArchive  = 16 << 20 // packed
	maxFile     = 32 << 20
	maxUnpacked = 64 << 20
	maxFiles    = 1000
	maxPath     = 200
)

// Pack writes files as a gzipped tar. Equal files give equal bytes: order, times, modes and owners do not count.
func Pack(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(files[name])), Mode: 0o644, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(w.Close(), zip.Close()); err != nil {
		return nil, err
	}
	if out.Len() > MaxArchive {
		return nil, invalid("the packed package is %d bytes; the most is %d MiB", out.Len(), MaxArchive>>20)
	}
	return out.Bytes(), nil
}

// Unpack reads an archive from a stranger. Only plain files and folders at clean relative paths pass, and never more than
// the limits above are read.
func Unpack(archive io.Reader) (map[string][]byte, error) {
	packed := &capped{r: archive, left: MaxArchive}
	zip, err := gzip.NewReader(packed)
	if err != nil {
		return nil, unpackError(packed, "the archive is not a gzipped tar", err)
	}
	u := &unpacker{files: map[string][]byte{}, folded: map[string]bool{}}
	plain := &capped{r: zip, left: maxUnpacked + maxFiles*2048}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, unpackError(packed, "the archive is damaged or not a tar", err, plain)
		}
		if err := u.entry(h, r); err != nil {
			return nil, unpackError(packed, "the archive is damaged", err, plain)
		}
	}
	// Reading to the end verifies the checksum, and shows anything hidden behind the files.
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return nil, unpackError(packed, "the archive is damaged", err, plain)
	}
	if len(u.files) == 0 {
		return nil, invalid("the archive holds no files")
	}
	return u.files, nil
}

type unpacker struct {
	files  map[string][]byte
	folded map[string]bool // lower-cased paths of files, because some disks do not tell cases apart
	total  int64
	count  int
}

func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	if u.count++; u.count > maxFiles {
		return invalid("the archive has more than %d entries", maxFiles)
	}
	switch h.Typeflag {
	case tar.TypeXGlobalHeader:
		return nil
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeSymlink, tar.TypeLink:
		return invalid("the archive has a link, %q; only plain files can be published", clip(h.Name, 80))
	default:
		return invalid("the archive has %q, which is neither a file nor a folder", clip(h.Name, 80))
	}
	name := strings.TrimPrefix(h.Name, "./")
	if h.Typeflag == tar.TypeDir {
		name = strings.TrimSuffix(name, "/")
		if name == "" || name == "." {
			return nil
		}
		return checkPath(name)
	}
	if err := checkPath(name); err != nil {
		return err
	}
	folded := strings.ToLower(name)
	if u.folded[folded] {
		return invalid("the archive has %q twice", name)
	}
	u.folded[folded] = true
	if h.Size > maxFile {
		return invalid("%s is larger than %d MiB", name, maxFile>>20)
	}
	if u.total += h.Size; u.total > maxUnpacked {
		return invalid("the package is larger than %d MiB unpacked", maxUnpacked>>20)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return err
	}
	if len(data) > maxFile {
		return invalid("%s is larger than %d MiB", name, maxFile>>20)
	}
	u.files[name] = data
	return nil
}

// checkPath accepts clean relative paths with forward slashes that mean the same on every system.
func checkPath(name string) error {
	switch {
	case len(name) > maxPath:
		return invalid("the path %q… is longer than %d bytes", clip(name, 40), maxPath)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return invalid("the path %q is not valid text", name)
	case strings.HasPrefix(name, "/") || strings.ContainsAny(name, `\:`):
		return invalid("the path %q is not a relative path with forward slashes", name)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return invalid("the path %q leads out of the package", name)
	case path.Clean(name) != name || name == ".":
		return invalid("the path %q is not clean; write %q", name, path.Clean(name))
	}
	return nil
}

// capped fails once more than left bytes were read.
type capped struct {
	r    io.Reader
	left int64
	over bool
}

var errTooLarge = errors.New("too large")

func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		c.over = true
		return 0, errTooLarge
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		c.over = true
		return n, errTooLarge
	}
	return n, err
}

func unpackError(packed *capped, what string, err error, plain ...*capped) error {
	var bad *Invalid
	switch {
	case errors.As(err, &bad):
		return err
	case packed.over:
		return invalid("the archive is larger than %d MiB", MaxArchive>>20)
	case len(plain) > 0 && plain[0].over:
		return invalid("the package is larger than %d MiB unpacked", maxUnpacked>>20)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return invalid("%s: it ends too early", what)
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, tar.ErrHeader):
		return invalid("%s", what)
	}
	return invalid("%s: %s", what, err)
}
