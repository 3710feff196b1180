package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
)

// folderFile is a file of a Folder as it is now.
type folderFile struct {
	name    string
	size    int64
	changed time.Time
}

func (f folderFile) key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d", f.name, f.size, f.changed.UnixNano()))
	return hexDigest(sum[:])
}

func total(files []folderFile) (n int64) {
	for _, f := range files {
		n += f.size
	}
	return n
}

// match finds the files of a path or a pattern, and refuses more than may be read at once.
func (f *Folder) match(ctx context.Context, pattern string) ([]folderFile, error) {
	pattern, err := belowFolder(pattern)
	if err != nil {
		return nil, err
	}
	names := []string{pattern}
	if _, err := f.root.Stat(pattern); err != nil && strings.ContainsAny(pattern, "*?[") {
		l := &listing{FS: f.root.FS(), ctx: ctx, left: folderListed}
		if names, err = fs.Glob(l, pattern); err != nil {
			return nil, fmt.Errorf("%q is not a valid pattern", pattern)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case l.left <= 0:
			return nil, fmt.Errorf("the pattern looks at more than %d names; name the folders", folderListed)
		case len(names) == 0:
			return nil, fmt.Errorf("no file matches %s", pattern)
		case len(names) > folderFiles:
			return nil, fmt.Errorf("%d files match; at most %d are read at once", len(names), folderFiles)
		}
	}
	var files []folderFile
	for _, name := range names {
		s, err := f.root.Stat(name)
		if err != nil {
			return nil, folderError(name, err)
		}
		if !s.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not a file", name)
		}
		files = append(files, folderFile{name: name, size: s.Size(), changed: s.ModTime()})
	}
	if n := total(files); n > folderBytes {
		return nil, fmt.Errorf("it has %d MB, and at most %d MB are read at once; upload it as a dataset", n>>20, folderBytes>>20)
	}
	return files, nil
}

// belowFolder is a path below the folder, in its shortest form.
func belowFolder(pattern string) (string, error) {
	switch short := path.Clean(pattern); {
	case strings.Contains(pattern, "://"):
		return "", &catalog.Refused{Message: "addresses are not read on a server", Help: "upload what is there as a dataset, or use dreamql query"}
	case strings.HasPrefix(pattern, "/"), filepath.IsAbs(pattern), !fs.ValidPath(short), strings.Contains(pattern, "\x00"):
		return "", &catalog.Refused{Message: "on a server a path is relative to the folder that DREAMQL_FILES names, and stays below it", Help: "write it without / at the start and without .."}
	case len(pattern) > folderPattern:
		return "", fmt.Errorf("the path has more than %d bytes", folderPattern)
	default:
		return short, nil
	}
}

// folderError says of a file no more than whoever may read the folder should know.
func folderError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", name)
	}
	return fmt.Errorf("%s leads out of the folder, or the server may not read it", name)
}

// listing is folders of which only so many names are looked at.
type listing struct {
	fs.FS
	ctx  context.Context
	left int
}

// ReadDir opens nothing but folders: a pipe would keep it waiting.
func (l *listing) ReadDir(name string) ([]fs.DirEntry, error) {
	l.left--
	if l.left <= 0 || l.ctx.Err() != nil {
		return nil, fs.ErrInvalid
	}
	if s, err := fs.Stat(l.FS, name); err != nil || !s.IsDir() {
		return nil, fs.ErrInvalid
	}
	f, err := l.FS.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, fs.ErrInvalid
	}
	entries, err := folder.ReadDir(l.left)
	if err != nil && err != io.EOF {
		return nil, err
	}
	l.left -= len(entries)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}
