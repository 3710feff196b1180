package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dreamql/dreamql/engine/logical"
)

// place is where a file lies that is read in parts.
type place struct {
	io.ReaderAt
	size     int64
	identity string // another when the content is; a SHA-256, as a segment's digest
	close    func() error
}

// findPlace opens a path of this machine, or an address of an object store.
func findPlace(ctx context.Context, key string) (*place, error) {
	if strings.Contains(key, "://") {
		return findObject(ctx, key)
	}
	f, err := os.Open(key)
	if err != nil {
		return nil, err
	}
	s, err := f.Stat()
	if err != nil || !s.Mode().IsRegular() {
		f.Close()
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", key))
	}
	return &place{f, s.Size(), identity(s.Size(), s.ModTime().String()), f.Close}, nil
}

func identity(size int64, version string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", size, version))
	return hexDigest(sum[:])
}

// parquetIndexes remembers the ends of files, so that opening a row group reads none.
var parquetIndexes = struct {
	sync.Mutex
	held map[string]*parquetIndex
}{held: map[string]*parquetIndex{}}

const maxParquetIndexes = 4096

// learned is a Parquet file whose end has been read.
func learned(key string, p *place) (*parquetIndex, error) {
	k := key + " " + p.identity
	parquetIndexes.Lock()
	f := parquetIndexes.held[k]
	parquetIndexes.Unlock()
	if f != nil {
		return f, nil
	}
	f, err := openParquetIndex(shown(key), p, p.size)
	if err != nil {
		return nil, err
	}
	parquetIndexes.Lock()
	defer parquetIndexes.Unlock()
	if len(parquetIndexes.held) >= maxParquetIndexes {
		clear(parquetIndexes.held)
	}
	parquetIndexes.held[k] = f
	return f, nil
}

// shown is a key as messages have it: without what follows the path of an address.
func shown(key string) string {
	if strings.Contains(key, "://") {
		key, _, _ = strings.Cut(key, "?")
	}
	return key
}

// parquetTable describes a Parquet file that stays where it lies.
func parquetTable(ctx context.Context, key string) (*logical.Table, error) {
	p, err := findPlace(ctx, key)
	if err != nil {
		return nil, err
	}
	defer p.close()
	f, err := learned(key, p)
	if err != nil {
		return nil, err
	}
	return f.table(key, p.identity)
}

// openPlaced opens a segment of a file that lies where it always did.
func openPlaced(ctx context.Context, t *logical.Table, seg logical.Segment) (Reader, error) {
	if seg.Format != ParquetFormat {
		return nil, fmt.Errorf("%s has the format %q, which this version does not read", shown(seg.Key), seg.Format)
	}
	p, err := findPlace(ctx, seg.Key)
	if err != nil {
		return nil, err
	}
	if p.identity != seg.Digest {
		p.close()
		return nil, fmt.Errorf("%s has changed since the query began; run it again", shown(seg.Key))
	}
	f, err := learned(seg.Key, p)
	if err == nil {
		var g *rowGroup
		if g, err = openRowGroup(f, t, seg, p, p.size, p.close); err == nil {
			return g, nil
		}
	}
	p.close()
	return nil, err
}

// isParquet reports whether a name has the extension of a Parquet file.
func isParquet(name string) bool {
	ext := strings.ToLower(filepath.Ext(shown(name)))
	return ext == ".parquet" || ext == ".pq"
}
