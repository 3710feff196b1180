package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
)

// Bounds of what a program reads of a Folder.
const (
	folderBytes    = 2 << 30  // of the files of one read
	folderAllBytes = 32 << 30 // of all that are remembered
	folderFiles    = 1000     // of one read
	folderListed   = 100_000  // names that one pattern is compared with
	folderPattern  = 1000     // bytes of a pattern
	folderTime     = 5 * time.Minute
	foldersAtOnce  = 2                // imports
	folderKept     = 12 * time.Hour   // how long an import is remembered
	folderRefused  = 30 * time.Second // and a failure, so that an editor does not cause it at each key
)

// ErrImporting is what File returns where a file is still being imported when the caller's time is over. Asking again waits on.
var ErrImporting error = &catalog.Refused{Message: "it is being imported, which takes a while", Help: "try again in a moment"}

// Folder is the files below one folder of a server, for programs that may see no others: their paths are relative to it, and no
// link leads out. What is read is imported into the blob store once, and again when its size or time of change is another.
type Folder struct {
	root    *os.Root
	blobs   *Blobs
	kept    func(ctx context.Context, segments []logical.Segment) error
	imports *imports
}

// OpenFolder opens a folder for programs. kept is told of the segments of each import: they are the caller's to remove, when
// nobody can read them any more; that is a day after they were made.
func OpenFolder(dir string, blobs *Blobs, kept func(context.Context, []logical.Segment) error) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root: root, blobs: blobs, kept: kept, imports: newImports()}, nil
}

// Close waits for imports under way, which it ends.
func (f *Folder) Close() error {
	f.imports.close()
	return f.root.Close()
}

// File reads a file, or all files that a pattern with *, ? or […] matches, in the order of their names. An import goes on where ctx
// ends before it does.
func (f *Folder) File(ctx context.Context, pattern string) (*logical.Table, error) {
	files, err := f.match(ctx, pattern)
	if err != nil {
		return nil, err
	}
	var each []*logical.Table
	var names []string
	for _, file := range files {
		t, err := f.imports.once(ctx, file.key(), file.size, func(ctx context.Context) (*logical.Table, error) { return f.load(ctx, file) })
		if err != nil {
			return nil, err
		}
		each, names = append(each, t), append(names, file.name)
	}
	if all, alike := concatAll(each); alike {
		return all, nil
	}
	columns, err := unitedColumns(each, names)
	if err != nil {
		return nil, err
	}
	return f.imports.once(ctx, unitedKey(each, columns), total(files), func(ctx context.Context) (*logical.Table, error) {
		return f.stored(ctx, func(prefix string) (*logical.Table, error) {
			return Keep(ctx, "several files", columns, unitedRows(ctx, each, columns, f.blobs.reader), f.blobs, prefix)
		})
	})
}

func (f *Folder) load(ctx context.Context, file folderFile) (*logical.Table, error) {
	open, err := f.root.Open(file.name)
	if err != nil {
		return nil, folderError(file.name, err)
	}
	defer open.Close()
	if s, err := open.Stat(); err != nil || !s.Mode().IsRegular() || s.Size() > folderBytes {
		return nil, fmt.Errorf("%s was changed while it was read", file.name)
	}
	base := path.Base(file.name)
	return f.stored(ctx, func(prefix string) (*logical.Table, error) {
		in := Input{Name: base, Table: strings.TrimSuffix(base, path.Ext(base)), File: open}
		return Import(ctx, in, f.blobs, prefix, nil)
	})
}

// stored hands what was made over to whoever removes it one day.
func (f *Folder) stored(ctx context.Context, write func(prefix string) (*logical.Table, error)) (*logical.Table, error) {
	t, err := write("segments/file-" + uuid.NewString())
	if err != nil {
		var file *Error
		if errors.As(err, &file) {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("it could not be imported within %s; split it", folderTime)
		}
		return nil, &StoreError{err}
	}
	if err := f.kept(ctx, t.Segments); err != nil {
		for _, s := range t.Segments {
			err = errors.Join(err, f.blobs.Delete(context.WithoutCancel(ctx), s.Key))
		}
		return nil, &StoreError{err}
	}
	return t, nil
}

// StoreError is a fault of the server and not of a file: it may name places of the machine, so only its log is told the cause.
type StoreError struct{ Cause error }

func (e *StoreError) Error() string { return "the server could not store it; its log says why" }

func (e *StoreError) Unwrap() error { return e.Cause }
