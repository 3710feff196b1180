package storage

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// LocalCatalog is the catalogue of a program that runs over files of this machine, with no server. Files are imported at
// their first use into a cache, keyed by path, size and time of change.
type LocalCatalog struct {
	data  map[string]string // table name → path or pattern
	cache string

	// Remote lets File read addresses: http, https and object stores.
	Remote bool
	// InPlace leaves Parquet files where they lie, instead of importing them.
	InPlace bool
	// Columns keeps what is decoded of files in place; nil keeps nothing.
	Columns *ColumnCache

	downloadBytes int64
	downloadTime  time.Duration

	segments keptSegments

	mu    sync.Mutex
	files map[string]*logical.Table // by path or pattern; a program sees one version of a file
}

var _ catalog.Catalog = (*LocalCatalog)(nil)

// NewLocalCatalog names tables by the files, or patterns of files, that hold them. The cache is a folder for imported
// files; "" takes the user's own.
func NewLocalCatalog(data map[string]string, cache string) (*LocalCatalog, error) {
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		cache = filepath.Join(dir, "dreamql", "files")
	}
	return &LocalCatalog{data: data, cache: cache, files: map[string]*logical.Table{}, segments: keptSegments{most: maxKeptSegments}, downloadBytes: downloadBytes, downloadTime: downloadTime}, os.MkdirAll(cache, 0o700)
}

// Table imports the file of a named table, if the cache does not have it.
func (c *LocalCatalog) Table(ctx context.Context, name string) (*logical.Table, error) {
	path, ok := c.data[name]
	if !ok {
		return nil, catalog.ErrNotFound
	}
	t, err := c.File(ctx, path)
	if err != nil {
		return nil, err
	}
	named := *t
	named.Name = name
	return &named, nil
}

// KeepColumns begins to keep what is decoded of files in place, at most limit bytes; below 0 is the default, and 0 keeps nothing.
func (c *LocalCatalog) KeepColumns(limit int64) (err error) {
	c.Columns, err = NewColumnCache(filepath.Join(c.cache, "columns"), limit)
	return err
}

// Open opens a segment of a table of this catalogue. One of its own format stays mapped until Close.
func (c *LocalCatalog) Open(ctx context.Context, t *logical.Table, i int) (Reader, error) {
	if seg := t.Segments[i]; seg.Format == "" {
		return c.segments.reader(seg)
	}
	return openLocal(ctx, t, i, c.Columns)
}

// Close lets go of the segments that nobody uses, and waits for columns that are still to be kept, at most so long.
func (c *LocalCatalog) Close(patience time.Duration) error {
	c.Columns.Close(patience)
	return c.segments.close()
}

// TableNames lists the named tables.
func (c *LocalCatalog) TableNames(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(c.data)), nil
}

// File reads a file, what is at an http(s) address, or all files that a pattern with *, ? or […] matches, in the order of their names.
func (c *LocalCatalog) File(ctx context.Context, path string) (*logical.Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.files[path]; ok {
		return t, nil
	}
	read := c.local
	if isObject(path) {
		read = c.object
	} else if strings.Contains(path, "://") {
		read = c.download
	}
	t, err := read(ctx, path)
	if err == nil {
		c.files[path] = t
	}
	return t, err
}

func (c *LocalCatalog) local(ctx context.Context, path string) (*logical.Table, error) {
	paths := []string{path}
	if _, err := os.Stat(path); err != nil && strings.ContainsAny(path, "*?[") {
		if paths, err = filepath.Glob(path); err != nil {
			return nil, fmt.Errorf("%q is not a valid pattern", path)
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("no file matches %s", path)
		}
	}
	var each []*logical.Table
	for _, p := range paths {
		t, err := c.load(ctx, p)
		if err != nil {
			return nil, err
		}
		each = append(each, t)
	}
	if all, alike := concatAll(each); alike {
		return all, nil
	}
	return c.unite(ctx, each, paths)
}

// Package knows none; published packages need a registry.
func (c *LocalCatalog) Package(context.Context, string, string) (*catalog.Package, error) {
	return nil, catalog.ErrNotFound
}

// PackageNames is empty.
func (c *LocalCatalog) PackageNames(context.Context) ([]string, error) { return nil, nil }

// load returns a file from the cache, or imports it into the cache. Segment keys become absolute paths.
func (c *LocalCatalog) load(ctx context.Context, path string) (*logical.Table, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	stat, err := os.Stat(abs)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("there is no file %s", path)
	}
	if err != nil {
		return nil, err
	}
	if c.InPlace && isParquet(abs) {
		return parquetTable(ctx, abs)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%d\n%d", cacheVersion, abs, stat.Size(), stat.ModTime().UnixNano()))
	dir := filepath.Join(c.cache, hexDigest(key[:16]))
	t, err := c.cached(dir)
	if err != nil {
		err = c.filled(dir, func(blobs *Blobs) (*logical.Table, error) {
			return Import(ctx, Input{Path: abs}, blobs, "segments", nil)
		})
		if err != nil {
			return nil, err
		}
		if t, err = c.cached(dir); err != nil {
			return nil, err
		}
	}
	t.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	within(t, dir)
	return t, nil
}

// cacheVersion changes whenever the same file would be imported to other segments.
const cacheVersion = 3

func (c *LocalCatalog) cached(dir string) (*logical.Table, error) {
	b, err := os.ReadFile(filepath.Join(dir, "table.json"))
	if err != nil {
		return nil, err
	}
	t := new(logical.Table)
	return t, json.Unmarshal(b, t)
}

// concatAll gives the rows of tables one after the other, if they have the same columns but for options.
func concatAll(each []*logical.Table) (all *logical.Table, alike bool) {
	alike = true
	for _, t := range each {
		if all, alike = concat(all, t); !alike {
			break
		}
	}
	return all, alike
}

// concat appends the rows of t, if it has the columns of all but for options.
func concat(all, t *logical.Table) (*logical.Table, bool) {
	if all == nil {
		return t, true
	}
	if len(all.Columns) != len(t.Columns) {
		return nil, false
	}
	out := *all
	out.Columns = slices.Clone(all.Columns)
	for i, c := range t.Columns {
		o := &out.Columns[i]
		if c.Name != o.Name || !types.Equal(c.Type.Required(), o.Type.Required()) {
			return nil, false
		}
		if c.Type.IsOption() {
			o.Type = c.Type
		}
	}
	out.Rows += t.Rows
	out.Segments = append(slices.Clone(all.Segments), t.Segments...)
	sum := sha256.Sum256([]byte(all.Version + "\n" + t.Version))
	out.Version = hexDigest(sum[:])
	return &out, true
}
