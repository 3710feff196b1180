package storage

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/types"
)

// ColumnCache keeps columns of files that are read where they lie, as they were decoded, in files of their own: a column of a row
// group each, in Arrow's format with the checksums of a segment. An entry is named by what the file is (its path or address, its
// size, when it was written and changed, its inode or the store's tag), so that another file is another entry; one that has just
// been written is not kept, because a clock may not tell it from the next. An entry appears by a rename, and anything wrong with it
// makes it none. Several processes may use a folder at a time. Those not used for longest go when there are more than limit bytes.
//
// Writing costs about half of what decoding does, so a column of this machine is kept when it is read for the second time: by a second
// query of the program, or by a second program that reads the file. One of an object store is kept at once.
//
// Decoded columns are written by one goroutine, behind the queries; what comes too fast for it is not kept this time.
type ColumnCache struct {
	dir   string
	limit int64

	mu      sync.Mutex
	held    map[columnKey]*heldColumn
	waiting int64 // bytes in the queue
	queue   []columnJob
	writing bool
	idle    sync.Cond
	stopped bool

	files  map[string]bool // whether another program has read a file, which its folder shows
	before map[columnKey]bool

	// The writer's: bytes in the folder, and those of them that were written since they were counted.
	used, fresh int64
	counted     bool
}

// columnKey is a column of a row group of a file.
type columnKey struct {
	file          string // a digest of its name and identity
	group, column int
}

// heldColumn is an entry that is mapped.
type heldColumn struct {
	batches []arrow.Array
	bytes   int64
	close   func() error
	users   int
}

const (
	columnCacheVersion = 1
	maxHeldColumns     = 8192
	maxWaiting         = 256 << 20
	minColumnCache     = 1 << 20
)

// settled is how old a change of a file must be for its columns to be kept.
var settled = 2 * time.Second

// DefaultColumnCache is the most bytes that a cache in a folder has where nothing is said: a tenth of what is free, at most 8 GB.
func DefaultColumnCache(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0
	}
	return min(int64(s.Bavail)*int64(s.Bsize)/10, 8<<30)
}

// NewColumnCache opens a cache in a folder, which it makes; limit < 0 takes the default. Nil, which is a cache that has nothing and
// keeps nothing, is what comes of a limit below a megabyte.
func NewColumnCache(dir string, limit int64) (*ColumnCache, error) {
	if limit >= 0 && limit < minColumnCache {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if limit < 0 {
		if limit = DefaultColumnCache(dir); limit < minColumnCache {
			return nil, nil
		}
	}
	c := &ColumnCache{dir: dir, limit: limit, held: map[columnKey]*heldColumn{}, files: map[string]bool{}, before: map[columnKey]bool{}}
	c.idle.L = &c.mu
	return c, nil
}

// fileKey names a file of which there is an identity.
func fileKey(key, identity string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "columns %d\n%s\n%s", columnCacheVersion, key, identity))
	return hexDigest(sum[:16])
}

func (c *ColumnCache) path(k columnKey) string {
	return filepath.Join(c.dir, k.file, fmt.Sprintf("%d-%d", k.group, k.column))
}

// find gives an entry, which release gives back, or nil.
func (c *ColumnCache) find(k columnKey) *heldColumn {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	h := c.held[k]
	if h != nil {
		h.users++
	}
	c.mu.Unlock()
	if h != nil {
		return h
	}
	path := c.path(k)
	h, err := openColumn(path, k)
	if err != nil {
		if !os.IsNotExist(err) {
			os.Remove(path)
		}
		return nil
	}
	now := time.Now()
	os.Chtimes(path, now, now) // who goes first is who was used last
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.held[k]; other != nil {
		h.close()
		h = other
	}
	c.held[k] = h
	h.users++
	return h
}

// maxBefore is how many columns are remembered that have been read once.
const maxBefore = 1 << 20

// again reports whether a column has been read before, and remembers that it is being read.
func (c *ColumnCache) again(k columnKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, asked := c.files[k.file]
	if !asked {
		_, err := os.Stat(filepath.Join(c.dir, k.file))
		known = err == nil
		c.files[k.file] = known
	}
	if known || c.before[k] {
		return true
	}
	if len(c.before) >= maxBefore {
		clear(c.before)
	}
	c.before[k] = true
	return false
}

// release gives an entry back; what was read of it must not be used any more.
func (c *ColumnCache) release(k columnKey, h *heldColumn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.users--; h.users == 0 && len(c.held) > maxHeldColumns {
		delete(c.held, k)
		h.close()
	}
}

// columnJob is a column to keep.
type columnJob struct {
	key     columnKey
	of      types.Type
	batches []arrow.Array
	bytes   int64
	same    func() bool // whether the file is still what it was
}

// offer keeps a column, a little later, if there is room for it to wait.
func (c *ColumnCache) offer(j columnJob) {
	for _, a := range j.batches {
		j.bytes += int64(a.Data().SizeInBytes())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || j.bytes > c.limit/4 || c.waiting+j.bytes > maxWaiting {
		return
	}
	c.waiting += j.bytes
	c.queue = append(c.queue, j)
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

func (c *ColumnCache) write() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 {
		j := c.queue[0]
		c.queue = c.queue[1:]
		c.mu.Unlock()
		err := c.keep(j)
		c.mu.Lock()
		c.waiting -= j.bytes
		if err != nil { // a full disk, or a folder that is gone
			c.stopped, c.queue, c.waiting = true, nil, 0
		}
	}
	c.writing = false
	c.idle.Broadcast()
}

// Close waits for what is still to be written, at most so long.
func (c *ColumnCache) Close(patience time.Duration) {
	if c == nil {
		return
	}
	var late atomic.Bool
	timer := time.AfterFunc(patience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		late.Store(true)
		c.idle.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing && !late.Load() {
		c.idle.Wait()
	}
	c.stopped, c.queue = true, nil
	for file, known := range c.files {
		if !known {
			os.Mkdir(filepath.Join(c.dir, file), 0o700) // for the next program
		}
	}
	for k, h := range c.held {
		if h.users == 0 {
			h.close()
			delete(c.held, k)
		}
	}
}
