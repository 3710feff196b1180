package storage

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/dreamql/dreamql/engine/types"
)

// maxBatchRows bounds what a batch costs that is all absent values, and so has any number of rows in no bytes.
const maxBatchRows = 1 << 25

// arrowSource gives the batches of a decoder in the types of DreamQL. The decoder is not trusted: its arrays are validated.
type arrowSource struct {
	name   string
	format string
	fields []types.Field
	schema *arrow.Schema
	read   func() (arrow.RecordBatch, error)
}

func newArrowSource(name, format string, schema *arrow.Schema, read func() (arrow.RecordBatch, error)) (source, error) {
	s := &arrowSource{name: name, format: format, read: read}
	var header []string
	for _, f := range schema.Fields() {
		header = append(header, f.Name)
	}
	if len(header) == 0 || len(header) > maxColumns {
		return nil, bad(name, "the file has %d columns; it must have 1 to %d.", len(header), maxColumns)
	}
	for i, n := range columnNames(header) {
		t, err := columnType(schema.Field(i))
		if err != nil {
			return nil, bad(name, "column %s cannot be imported: %v. Convert it to another type first.", n, err)
		}
		s.fields = append(s.fields, types.Field{Name: n, Type: t})
	}
	var err error
	s.schema, err = types.ArrowSchema(s.fields)
	return s, err
}

func (s *arrowSource) columns() []types.Field { return s.fields }

func (s *arrowSource) next() (arrow.RecordBatch, error) {
	b, err := s.read()
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, s.damaged(err)
	}
	if b.NumRows() > maxBatchRows {
		return nil, bad(s.name, "a batch has %d rows; the most is %d.", b.NumRows(), maxBatchRows)
	}
	if err := validateBatch(b); err != nil {
		return nil, s.damaged(err)
	}
	cols := make([]arrow.Array, b.NumCols())
	for i := range cols {
		if cols[i], err = convert(b.Column(i), s.fields[i].Type); err != nil {
			return nil, bad(s.name, "column %s: %v.", s.fields[i].Name, err)
		}
	}
	return array.NewRecordBatch(s.schema, cols, b.NumRows()), nil
}

func (s *arrowSource) damaged(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return damaged(s.name, s.format, err)
}

func damaged(name, format string, err error) error {
	return bad(name, "this is not a whole %s file: it may have been cut off or damaged on its way (%v).", format, err)
}

func openParquet(ctx context.Context, name string, f *os.File, progress func(done, total int64)) (source, error) {
	r, err := file.NewParquetReader(f)
	if err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	if err := checkOrigin(r); err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	// Not in parallel: a panic over a damaged file in a goroutine of the decoder's own would end the process.
	pr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: BatchRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	schema, err := pr.Schema()
	if err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	rr, err := pr.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	var rows int64
	return newArrowSource(name, "Parquet", schema, func() (arrow.RecordBatch, error) {
		b, err := rr.Read()
		if err == nil {
			rows += b.NumRows()
			progress(rows, r.NumRows())
		} else if err == io.EOF && rows != r.NumRows() {
			err = io.ErrUnexpectedEOF
		}
		return b, err
	})
}

// checkOrigin checks the Arrow schema that writers of Parquet leave in its metadata, which the decoder reads too.
func checkOrigin(r *file.Reader) error {
	origin := r.MetaData().KeyValueMetadata().FindValue("ARROW:schema")
	if origin == nil {
		return nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
		if b, err := encoding.DecodeString(*origin); err == nil {
			return checkArrow(bytes.NewReader(b), int64(len(b)), false)
		}
	}
	return errMetadata
}

// openArrow reads both forms of Arrow IPC: the file, with its index at the end, and the stream.
func openArrow(_ context.Context, name string, f *os.File, progress func(done, total int64)) (source, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	limit := ipc.WithBodySizeLimit(max(stat.Size(), 1))
	magic := make([]byte, len(ipc.Magic))
	_, err = f.ReadAt(magic, 0)
	isFile := err == nil && string(magic) == string(ipc.Magic)
	if err := checkArrow(f, stat.Size(), isFile); err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	if isFile {
		r, err := ipc.NewFileReader(f, limit)
		if err != nil {
			return nil, damaged(name, "Arrow", err)
		}
		i := 0
		return newArrowSource(name, "Arrow", r.Schema(), func() (arrow.RecordBatch, error) {
			if i == r.NumRecords() {
				return nil, io.EOF
			}
			i++
			progress(int64(i), int64(r.NumRecords()))
			return r.RecordBatchAt(i - 1)
		})
	}
	r, err := ipc.NewReader(f, limit)
	if err != nil {
		return nil, damaged(name, "Arrow", err)
	}
	return newArrowSource(name, "Arrow", r.Schema(), func() (arrow.RecordBatch, error) {
		if offset, err := f.Seek(0, io.SeekCurrent); err == nil {
			progress(offset, stat.Size())
		}
		return r.Read()
	})
}
