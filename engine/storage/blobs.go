package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/memblob" // mem:// buckets
	"gocloud.dev/gcerrors"

	"github.com/dreamql/dreamql/engine/logical"
)

// ErrNoBlob is what Get, Stat and Local return for a key that does not exist.
var ErrNoBlob = errors.New("no such blob")

// Blobs is a store of immutable byte strings by key. Keys are slash-separated words of letters, digits, '.', '_' and '-'.
type Blobs struct {
	bucket *blob.Bucket
	folder string // where the blobs lie as files, or ""

	mu    sync.Mutex
	cache string // where copies of a remote store's blobs are kept; made at first use
}

// Open opens a store by URL: a folder ("file:///var/lib/dreamql/blobs", or just its path; it is created), "mem://", or
// any scheme whose gocloud.dev driver is linked in.
func Open(ctx context.Context, target string) (*Blobs, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("blob store %q is not a URL: %w", target, err)
	}
	switch u.Scheme {
	case "", "file":
		dir, err := filepath.Abs(filepath.FromSlash(u.Path))
		if err != nil || u.Path == "" {
			return nil, fmt.Errorf("blob store %q names no folder", target)
		}
		return openFolder(dir)
	}
	b, err := blob.OpenBucket(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("blob store %s: %w", u.Redacted(), err)
	}
	return &Blobs{bucket: b}, nil
}

func openFolder(dir string) (*Blobs, error) {
	// Temporary files lie beside their targets, so that the rename that publishes a blob stays on one file system.
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("blob store %s: %w", dir, err)
	}
	return &Blobs{bucket: b, folder: dir}, nil
}

// OpenTable opens segment i of a table whose keys are blob keys; wrapped, it is an exec.Opener.
func (b *Blobs) OpenTable(ctx context.Context, t *logical.Table, i int) (*Segment, error) {
	seg := t.Segments[i]
	path, err := b.Local(ctx, seg.Key, seg.Digest)
	if err != nil {
		return nil, err
	}
	return openSegment(path, seg.Key, seg)
}

// reader is OpenTable for who reads segments of any kind.
func (b *Blobs) reader(ctx context.Context, t *logical.Table, i int) (Reader, error) {
	return b.OpenTable(ctx, t, i)
}

// OpenLocal is OpenTable for a table whose keys are paths and addresses, as LocalCatalog gives.
func OpenLocal(ctx context.Context, t *logical.Table, i int) (Reader, error) {
	return openLocal(ctx, t, i, nil)
}

func openLocal(ctx context.Context, t *logical.Table, i int, cache *ColumnCache) (Reader, error) {
	seg := t.Segments[i]
	if seg.Format != "" {
		return openPlaced(ctx, t, seg, cache)
	}
	s, err := openSegment(seg.Key, seg.Key, seg)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close releases the store, and removes the copies that it kept of remote blobs.
func (b *Blobs) Close() error {
	if b.cache != "" {
		os.RemoveAll(b.cache)
	}
	return b.bucket.Close()
}

// Writer writes one blob, which exists once Close returns nil, and not at all after Abort.
type Writer struct {
	w      *blob.Writer
	cancel context.CancelFunc
}

func (w *Writer) Write(p []byte) (int, error) { return w.w.Write(p) }

// Close publishes the blob.
func (w *Writer) Close() error {
	defer w.cancel()
	return w.w.Close()
}

// Abort drops what was written.
func (w *Writer) Abort() {
	w.cancel()
	w.w.Close()
}

// Create starts writing the blob key; an existing one is replaced atomically at Close.
func (b *Blobs) Create(ctx context.Context, key string) (*Writer, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w, err := b.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("blob %s: %w", key, err)
	}
	return &Writer{w: w, cancel: cancel}, nil
}

// Put stores all of r as blob key.
func (b *Blobs) Put(ctx context.Context, key string, r io.Reader) error {
	w, err := b.Create(ctx, key)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Abort()
		return fmt.Errorf("blob %s: %w", key, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("blob %s: %w", key, err)
	}
	return nil
}

// Get opens a blob for reading from its start.
func (b *Blobs) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	return b.Range(ctx, key, 0, -1)
}

// Range opens n bytes of a blob from offset on; n < 0 reads to the end.
func (b *Blobs) Range(ctx context.Context, key string, offset, n int64) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	r, err := b.bucket.NewRangeReader(ctx, key, offset, n, nil)
	if err != nil {
		return nil, b.failed(key, err)
	}
	return r, nil
}

// Size returns the length of a blob in bytes.
func (b *Blobs) Size(ctx context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	a, err := b.bucket.Attributes(ctx, key)
	if err != nil {
		return 0, b.failed(key, err)
	}
	return a.Size, nil
}

// Delete removes a blob; one that does not exist is no error.
func (b *Blobs) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := b.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return b.failed(key, err)
	}
	return nil
}

// List returns the keys that start with prefix, in order.
func (b *Blobs) List(ctx context.Context, prefix string) ([]string, error) {
	var keys []string
	it := b.bucket.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := it.Next(ctx)
		if err == io.EOF {
			return keys, nil
		}
		if err != nil {
			return nil, fmt.Errorf("blobs %s*: %w", prefix, err)
		}
		keys = append(keys, o.Key)
	}
}

// ListOld returns the keys that start with prefix and have not been written since, in order.
func (b *Blobs) ListOld(ctx context.Context, prefix string, since time.Time) ([]string, error) {
	var keys []string
	it := b.bucket.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := it.Next(ctx)
		if err == io.EOF {
			return keys, nil
		}
		if err != nil {
			return nil, fmt.Errorf("blobs %s*: %w", prefix, err)
		}
		if o.ModTime.Before(since) {
			keys = append(keys, o.Key)
		}
	}
}

// Local returns the path of a file with the blob's bytes: the blob itself where the store is a folder, else a copy
// that is fetched once. A copy is checked against digest (SHA-256 in hexadecimal) unless that is empty.
func (b *Blobs) Local(ctx context.Context, key, digest string) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	if b.folder != "" {
		path := filepath.Join(b.folder, filepath.FromSlash(key))
		if _, err := os.Stat(path); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				err = ErrNoBlob
			}
			return "", fmt.Errorf("blob %s: %w", key, err)
		}
		return path, nil
	}
	return b.fetch(ctx, key, digest)
}

func (b *Blobs) failed(key string, err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		err = ErrNoBlob
	}
	return fmt.Errorf("blob %s: %w", key, err)
}

func checkKey(key string) error {
	for _, part := range strings.Split(key, "/") {
		bad := strings.TrimLeft(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != ""
		if part == "" || part == "." || part == ".." || bad {
			return fmt.Errorf("%q cannot be the key of a blob", key)
		}
	}
	return nil
}

func hexDigest(sum []byte) string { return hex.EncodeToString(sum) }

func (b *Blobs) cacheDir() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cache == "" {
		dir, err := os.MkdirTemp("", "dreamql-blobs-*")
		if err != nil {
			return "", err
		}
		b.cache = dir
	}
	return b.cache, nil
}

func (b *Blobs) fetch(ctx context.Context, key, digest string) (string, error) {
	dir, err := b.cacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, strings.ReplaceAll(key, "/", "~"))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	r, err := b.Get(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	f, err := os.CreateTemp(dir, "part-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), r)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("blob %s: %w", key, err)
	}
	if got := hexDigest(sum.Sum(nil)); digest != "" && got != digest {
		return "", fmt.Errorf("blob %s is damaged: its SHA-256 is %s and should be %s", key, got, digest)
	}
	return path, os.Rename(f.Name(), path)
}
