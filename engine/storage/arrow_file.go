package storage

import (
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// ArrowFile reads an Arrow file that a process which is not trusted has written: damage is an error, never a panic. Unlike
// a Segment's, its batches are copies, which may outlive it. Not safe for concurrent use.
type ArrowFile struct {
	name   string
	file   *os.File
	reader *ipc.FileReader
}

// OpenArrowFile opens the file at path; name stands for it in errors.
func OpenArrowFile(path, name string) (a *ArrowFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	defer recovered(name, "Arrow", &err)
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := checkArrow(f, stat.Size(), true); err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	r, err := ipc.NewFileReader(f, ipc.WithBodySizeLimit(max(stat.Size(), 1)))
	if err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	return &ArrowFile{name, f, r}, nil
}

// Schema is the columns.
func (a *ArrowFile) Schema() *arrow.Schema { return a.reader.Schema() }

// NumBatches is how many batches there are.
func (a *ArrowFile) NumBatches() int { return a.reader.NumRecords() }

// Batch reads batch i. The caller releases it.
func (a *ArrowFile) Batch(i int) (b arrow.RecordBatch, err error) {
	defer recovered(a.name, "Arrow", &err)
	if b, err = a.reader.RecordBatchAt(i); err != nil {
		return nil, damaged(a.name, "Arrow", err)
	}
	if err := validateBatch(b); err != nil {
		b.Release()
		return nil, damaged(a.name, "Arrow", err)
	}
	return b, nil
}

// Close closes the file.
func (a *ArrowFile) Close() error {
	a.reader.Close()
	return a.file.Close()
}
