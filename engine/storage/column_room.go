package storage

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// recount is how much a process writes before it looks again at what others have written.
const recount = 256 << 20

// forgotten is how long a file of which nothing is kept is known to have been read.
const forgotten = 7 * 24 * time.Hour

// room counts n bytes that have been written, and removes what has not been used for longest where that is too much.
func (c *ColumnCache) room(n int64) error {
	c.used += n
	c.fresh += n
	if c.counted && c.used <= c.limit && c.fresh < recount {
		return nil
	}
	type entry struct {
		path string
		size int64
		used time.Time
	}
	var all []entry
	c.used, c.fresh, c.counted = 0, 0, true
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return ignoreGone(err)
		}
		if d.IsDir() {
			if info, err := d.Info(); err == nil && path != c.dir && time.Since(info.ModTime()) > forgotten {
				os.Remove(path) // which an empty one is
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return ignoreGone(err)
		}
		if strings.HasPrefix(d.Name(), "new-") {
			if time.Since(info.ModTime()) > time.Hour { // of a process that was killed
				os.Remove(path)
			}
			return nil
		}
		all = append(all, entry{path, info.Size(), info.ModTime()})
		c.used += info.Size()
		return nil
	})
	if err != nil || c.used <= c.limit {
		return err
	}
	slices.SortFunc(all, func(a, b entry) int { return a.used.Compare(b.used) })
	for _, e := range all {
		if c.used <= c.limit/10*9 {
			break
		}
		if err := ignoreGone(os.Remove(e.path)); err != nil {
			return err
		}
		c.used -= e.size
		os.Remove(filepath.Dir(e.path)) // if that was the last in it
	}
	return nil
}

func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
