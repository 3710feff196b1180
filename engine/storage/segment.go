package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"

	"github.com/dreamql/dreamql/engine/logical"
)

// Segment is an open segment: its batches point into the mapped file. Safe for concurrent use.
type Segment struct {
	name    string
	data    []byte
	dicts   []message
	batches []message
	sums    *sums // nil for none

	mu      sync.Mutex
	queue   messageQueue
	reader  *ipc.Reader                // of one batch at a time: whichever is in the queue
	checked map[string]arrow.ArrayData // dictionaries that have been validated, by column
	decoded []arrow.RecordBatch        // all columns of a batch as they lie in the file; nil for one that nobody has read, or that is not kept
	pages   *keptPages                 // of the mapped file; nil where data is no such
	leases  leases
}

// OpenSegment maps the file at path, of which nothing is known.
func OpenSegment(path string) (*Segment, error) {
	return openSegment(path, filepath.Base(path), logical.Segment{})
}

// openSegment opens the file of a segment; name stands for it in errors.
func openSegment(path, name string, seg logical.Segment) (*Segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return mapSegment(f, name, seg)
}

// MapSegment maps an open file, which may be closed afterwards, and holds it to what the catalogue says of it. The file must be
// immutable: one that is cut off while it is mapped ends the process.
func MapSegment(f *os.File, seg logical.Segment) (*Segment, error) {
	return mapSegment(f, seg.Key, seg)
}

func mapSegment(f *os.File, name string, seg logical.Segment) (*Segment, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := stat.Size()
	if !stat.Mode().IsRegular() || size < int64(2*len(ipc.Magic)) || size != int64(int(size)) {
		return nil, fmt.Errorf("segment %s is damaged: it has %d bytes", name, size)
	}
	if seg.Bytes > 0 && size != seg.Bytes {
		return nil, fmt.Errorf("segment %s is damaged: it has %d bytes, and should have %d", name, size, seg.Bytes)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("segment %s cannot be mapped: %w", name, err)
	}
	s, err := segmentOf(data, name, sumsOf(seg))
	if err == nil && seg.Bytes > 0 && s.NumBatches() != len(seg.Batches) {
		s.reader.Release()
		err = fmt.Errorf("segment %s is damaged: it has %d batches, and should have %d", name, s.NumBatches(), len(seg.Batches))
	}
	if err != nil {
		unix.Munmap(data)
		return nil, err
	}
	s.pages = &readPages
	return s, nil
}

// segmentOf opens a segment that lies in memory.
func segmentOf(data []byte, name string, sums *sums) (*Segment, error) {
	s := &Segment{name: name, data: data, checked: map[string]arrow.ArrayData{}, sums: sums}
	return s, s.open()
}

// open reads the index and the schema. The file reader of the Arrow library cannot map files with dictionaries, so the
// stream reader is given the messages that it should see, dictionaries first.
func (s *Segment) open() (err error) {
	defer s.recovered(&err)
	if string(s.data[:len(ipc.Magic)]) != string(ipc.Magic) {
		return s.damaged(errors.New("it does not start as an Arrow file"))
	}
	r, size := bytes.NewReader(s.data), int64(len(s.data))
	schema, err := readMessage(r, 8, size)
	if err != nil {
		return s.damaged(err)
	}
	dictionaries, batches, err := readFooter(r, size)
	if err != nil {
		return s.damaged(err)
	}
	s.dicts, s.batches, s.decoded = dictionaries, batches, make([]arrow.RecordBatch, len(batches))
	if err := s.frame(schema); err != nil {
		return s.damaged(err)
	}
	for _, m := range append([]message{schema}, dictionaries...) {
		s.queue.push(s.data, m)
	}
	if s.reader, err = ipc.NewReaderFromMessageReader(&s.queue); err != nil {
		return s.damaged(err)
	}
	return nil
}

// Schema is all columns. A column is nullable where the segment has absent values in it.
func (s *Segment) Schema() *arrow.Schema { return s.reader.Schema() }

// NumBatches is how many batches there are.
func (s *Segment) NumBatches() int { return len(s.batches) }

// Batch returns the named columns of batch i, in the order of the names, without copying what is not narrow. No names give a batch
// with rows and without columns.
func (s *Segment) Batch(i int, columns []string) (b arrow.RecordBatch, err error) {
	return s.batch(i, columns, widenField)
}

// Narrow is Batch with all columns as they are written. Funcs.IsNarrow says which are narrow; who knows their types can widen them.
func (s *Segment) Narrow(i int, columns []string) (b arrow.RecordBatch, err error) {
	return s.batch(i, columns, func(f arrow.Field, a arrow.Array) (arrow.Field, arrow.Array, error) {
		_, _, err := ownType(f)
		a.Retain()
		return f, a, err
	})
}

func (s *Segment) batch(i int, columns []string, as func(arrow.Field, arrow.Array) (arrow.Field, arrow.Array, error)) (b arrow.RecordBatch, err error) {
	defer s.recovered(&err)
	if i < 0 || i >= len(s.batches) {
		return nil, fmt.Errorf("segment %s has %d batches, and no batch %d", s.name, len(s.batches), i)
	}
	all, err := s.read(i)
	if err != nil {
		return nil, s.damaged(err)
	}
	defer all.Release()
	fields, cols := make([]arrow.Field, len(columns)), make([]arrow.Array, len(columns))
	defer func() {
		for _, c := range cols {
			if c != nil {
				c.Release()
			}
		}
	}()
	var l *lease
	if s.pages != nil {
		l = s.lend(i)
		defer l.end()
	}
	for k, name := range columns {
		at := all.Schema().FieldIndices(name)
		if len(at) != 1 {
			return nil, fmt.Errorf("segment %s has no column %s", s.name, name)
		}
		column := all.Column(at[0])
		sound, err := s.verify(i, at[0])
		if err == nil && !sound {
			err = s.check(name, column, all.NumRows())
		}
		if err == nil && l != nil {
			column = l.column(column)
			defer column.Release()
		}
		if err == nil {
			fields[k], cols[k], err = as(all.Schema().Field(at[0]), column)
		}
		if err != nil {
			return nil, s.damaged(fmt.Errorf("column %s of batch %d: %w", name, i, err))
		}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, all.NumRows()), nil
}

func (s *Segment) read(i int) (arrow.RecordBatch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.decoded[i]; b != nil {
		b.Retain()
		return b, nil
	}
	s.queue.push(s.data, s.batches[i])
	b, err := s.reader.Read()
	if err != nil {
		return nil, err
	}
	b.Retain()
	if n := b.NumCols(); decodedColumns.Add(n) <= mostDecoded {
		b.Retain()
		s.decoded[i] = b
	} else {
		decodedColumns.Add(-n)
	}
	return b, nil
}

// decodedColumns are those of all batches that are kept decoded: to make them anew takes a thread about as long as a small query's filter
// takes for the batch, while others wait for it. One takes some 500 bytes.
var decodedColumns atomic.Int64

const mostDecoded = 1 << 14

// messageQueue is an ipc.MessageReader over messages that lie in memory.
type messageQueue struct{ waiting []*ipc.Message }

func (q *messageQueue) push(data []byte, m message) {
	body := m.meta + m.metaLength
	q.waiting = append(q.waiting, ipc.NewMessage(
		memory.NewBufferBytes(data[m.meta:body:body]), memory.NewBufferBytes(data[body:body+m.body:body+m.body])))
}

// Message implements ipc.MessageReader.
func (q *messageQueue) Message() (*ipc.Message, error) {
	if len(q.waiting) == 0 {
		return nil, io.EOF
	}
	m := q.waiting[0]
	q.waiting = q.waiting[1:]
	return m, nil
}

// Retain and Release implement ipc.MessageReader; the queue lives as long as its segment.
func (q *messageQueue) Retain()  {}
func (q *messageQueue) Release() {}

// check validates a column; a dictionary, which batches share, only once.
func (s *Segment) check(name string, a arrow.Array, rows int64) error {
	if int64(a.Len()) != rows {
		return fmt.Errorf("it has %d of %d rows", a.Len(), rows)
	}
	d, ok := a.(*array.Dictionary)
	if !ok {
		return validate(a)
	}
	values := d.Dictionary() // of a damaged one, this panics
	s.mu.Lock()
	known := s.checked[name] == values.Data()
	s.mu.Unlock()
	if !known {
		if err := validate(values); err != nil {
			return err
		}
		s.mu.Lock()
		s.checked[name] = values.Data()
		s.mu.Unlock()
	}
	return validateIndices(d)
}

// Close unmaps the file: no batch may be in use any more.
func (s *Segment) Close() error {
	s.pages.forget(s)
	for _, b := range s.decoded {
		if b != nil {
			decodedColumns.Add(-b.NumCols())
			b.Release()
		}
	}
	s.decoded = nil
	s.reader.Release()
	return unix.Munmap(s.data)
}

func (s *Segment) damaged(err error) error {
	return fmt.Errorf("segment %s is damaged: %w", s.name, err)
}

func (s *Segment) recovered(err *error) {
	if p := recover(); p != nil {
		*err = s.damaged(fmt.Errorf("%v", p))
	}
}
