package storage

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// Input is a file to import: at Path, or File, or else everything that Reader gives.
type Input struct {
	Name   string // of the file, for messages and for its format; the base of Path if empty
	Table  string // the name that the table gets
	Path   string
	File   *os.File // open already, and closed by the caller
	Reader io.Reader
}

// source gives the rows of a file. Its columns' types are those that logical.Table will have, but for options, which
// follow from what Next gives.
type source interface {
	columns() []types.Field
	// next returns the next batch, or io.EOF.
	next() (arrow.RecordBatch, error)
}

// Import stores a file as segments under prefix, which must be new, and describes the table. The error is an *Error when
// the file is to blame; then nothing is left under prefix. Progress, if not nil, is called with how much of a total is done.
func Import(ctx context.Context, in Input, blobs *Blobs, prefix string, progress func(done, total int64)) (*logical.Table, error) {
	if in.Name == "" {
		in.Name = filepath.Base(in.Path)
	}
	f, remove, err := in.open()
	if err != nil {
		return nil, err
	}
	defer remove()
	if progress == nil {
		progress = func(int64, int64) {}
	}
	var w *tableWriter
	t, err := importFile(ctx, in, f, progress, func(columns []types.Field) *tableWriter {
		w = newTableWriter(blobs, prefix, columns)
		return w
	})
	if err != nil && w != nil {
		for _, s := range w.segments {
			err = errors.Join(err, blobs.Delete(context.WithoutCancel(ctx), s.Key))
		}
	}
	return t, err
}

func importFile(ctx context.Context, in Input, f *os.File, progress func(done, total int64), start func([]types.Field) *tableWriter) (t *logical.Table, err error) {
	format, err := detect(in.Name, f)
	if err != nil {
		return nil, err
	}
	defer recovered(in.Name, format.name, &err)
	src, err := format.open(ctx, in.Name, f, progress)
	if err != nil {
		return nil, err
	}
	w := start(src.columns())
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := src.next()
		if err == io.EOF {
			return w.finish(ctx, in.Table)
		}
		if err != nil {
			return nil, err
		}
		if err := w.add(ctx, b); err != nil {
			return nil, err
		}
	}
}

// open gives the input as a file; a reader is copied to a temporary one, because formats are read twice or from the end.
func (in Input) open() (*os.File, func(), error) {
	if in.File != nil {
		return in.File, func() {}, nil
	}
	if in.Path != "" {
		f, err := os.Open(in.Path)
		if err != nil {
			return nil, nil, err
		}
		if s, err := f.Stat(); err != nil || !s.Mode().IsRegular() {
			f.Close()
			return nil, nil, bad(in.Name, "this is not a file.")
		}
		return f, func() { f.Close() }, nil
	}
	f, err := os.CreateTemp("", "dreamql-import-*")
	if err != nil {
		return nil, nil, err
	}
	os.Remove(f.Name()) // it lives on without a name, and goes with the process
	_, err = io.Copy(f, in.Reader)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, func() { f.Close() }, nil
}
