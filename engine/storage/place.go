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
	"time"

	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/logical"
)

// place is where a file lies that is read in parts.
type place struct {
	io.ReaderAt
	size     int64
	identity string // another when the content is; a SHA-256, as a segment's digest
	close    func() error
	same     func() error // an error once the content is another; of a store, whose parts say that themselves, nil
	settled  bool         // it was not written just now, so that identity tells it from what it was before
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
	var s unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &s); err != nil || s.Mode&unix.S_IFMT != unix.S_IFREG {
		f.Close()
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", key))
	}
	id := fileIdentity(&s)
	same := func() error {
		var now unix.Stat_t
		if err := unix.Fstat(int(f.Fd()), &now); err != nil || fileIdentity(&now) != id {
			return errors.Join(err, errChanged)
		}
		return nil
	}
	return &place{f, s.Size, id, f.Close, same, time.Since(changed(&s)) > settled}, nil
}

var errChanged = errors.New("it has changed since the query began; run it again")

// fileIdentity is made of all that shows that a file has been written, or is another: nobody can set the time of a change of its inode.
func fileIdentity(s *unix.Stat_t) string {
	return identity(s.Size, fmt.Sprintf("%d %d %d %d", s.Mtim.Nano(), s.Ctim.Nano(), s.Dev, s.Ino))
}

// changed is when a file, or its inode, was last written.
func changed(s *unix.Stat_t) time.Time { return time.Unix(0, max(s.Mtim.Nano(), s.Ctim.Nano())) }

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
	f.key = key
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

// openPlaced opens a segment of a file that lies where it always did, by way of a cache of columns, if there is one.
func openPlaced(ctx context.Context, t *logical.Table, seg logical.Segment, cache *ColumnCache) (Reader, error) {
	if seg.Format != ParquetFormat {
		return nil, fmt.Errorf("%s has the format %q, which this version does not read", shown(seg.Key), seg.Format)
	}
	p, err := findPlace(ctx, seg.Key)
	if err != nil {
		return nil, err
	}
	if p.identity != seg.Digest {
		p.close()
		return nil, fmt.Errorf("%s: %w", shown(seg.Key), errChanged)
	}
	f, err := learned(seg.Key, p)
	if err == nil {
		var g *rowGroup
		if g, err = openRowGroup(f, t, seg, p, cache); err == nil {
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
