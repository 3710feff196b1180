package storage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// jsonSource reads an array of objects, or objects one after the other, twice: for the shape, then for the rows.
type jsonSource struct {
	name     string
	lines    bool // NDJSON: a single object is a table of one row
	file     *os.File
	size     int64
	guard    *guard
	decoder  *json.Decoder
	inArray  bool
	closed   bool  // the array has ended
	skipped  int64 // bytes of the byte order mark and white space before the decoder's first
	row      int
	began    int64 // where the last row begins, or what is before it
	fields   []types.Field
	builders *array.RecordBuilder
	progress func(done, total int64)
}

func openJSON(ctx context.Context, name string, f *os.File, progress func(done, total int64)) (source, error) {
	return openObjects(ctx, name, f, false, progress)
}

func openNDJSON(ctx context.Context, name string, f *os.File, progress func(done, total int64)) (source, error) {
	return openObjects(ctx, name, f, true, progress)
}

func openObjects(ctx context.Context, name string, f *os.File, lines bool, progress func(done, total int64)) (source, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s := &jsonSource{name: name, lines: lines, file: f, size: stat.Size(), progress: progress}
	root, err := s.infer(ctx)
	if err != nil {
		return nil, err
	}
	s.fields = root.fields()
	for i, n := range columnNames(root.names) {
		s.fields[i].Type = s.fields[i].Type.Required()
		if n != s.fields[i].Name {
			return nil, bad(name, "an object has a member with the name %q, which cannot name a column.", s.fields[i].Name)
		}
	}
	schema, err := types.ArrowSchema(s.fields)
	if err != nil {
		return nil, bad(name, "%v.", err)
	}
	s.builders = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	return s, s.start()
}

func (s *jsonSource) start() error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b := bufio.NewReaderSize(s.file, 1<<20)
	s.skipped, s.closed = 0, false
	if head, _ := b.Peek(3); string(head) == string(byteOrderMark) {
		b.Discard(3)
		s.skipped = 3
	}
	for ; ; s.skipped++ {
		c, err := b.ReadByte()
		if err != nil {
			return bad(s.name, "there is nothing but white space in the file.")
		}
		if bytes.IndexByte([]byte(" \t\r\n"), c) < 0 {
			b.UnreadByte()
			s.inArray = c == '['
			if c != '[' && c != '{' {
				return bad(s.name, "this JSON is not a table. It must be an array of objects, or one object a line.")
			}
			break
		}
	}
	s.guard, s.row = &guard{r: b, left: maxRowBytes}, 0
	s.decoder = json.NewDecoder(s.guard)
	if s.inArray {
		s.decoder.Token()
	}
	return nil
}

func (s *jsonSource) infer(ctx context.Context) (*shape, error) {
	root := newShape()
	if err := s.start(); err != nil {
		return nil, err
	}
	var first jsonValue
	for {
		v, err := s.object()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if s.row == 1 {
			first = v
		}
		if err := root.observe(v); err != nil {
			return nil, s.bad("object %d: %v", s.row, err)
		}
		if s.row%10_000 == 0 {
			s.progress(s.decoder.InputOffset()/2, s.size)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case s.row == 0:
		return nil, bad(s.name, "the array is empty, so there are no columns.")
	case len(root.names) == 0:
		return nil, bad(s.name, "the objects are all empty, so there are no columns.")
	case s.row == 1 && !s.inArray && !s.lines:
		return nil, s.notATable(first)
	}
	return root, nil
}

// notATable points at the array inside an object, where there is one: the table that was meant.
func (s *jsonSource) notATable(v jsonValue) error {
	for _, m := range v.members {
		if m.value.kind == jsonList && len(m.value.items) > 0 && m.value.items[0].kind == jsonObject {
			return bad(s.name, "this JSON is not a table but one object. The array under %q looks like one: save it as a file of its own.", m.name)
		}
	}
	return bad(s.name, "this JSON is not a table but one object. It must be an array of objects, or one object a line.")
}

// object reads the next row.
func (s *jsonSource) object() (v jsonValue, err error) {
	s.guard.left = maxRowBytes
	if s.inArray && !s.decoder.More() {
		if s.closed {
			return v, io.EOF
		}
		if _, err := s.decoder.Token(); err != nil {
			return v, s.failed(err)
		}
		if _, err := s.decoder.Token(); err != io.EOF {
			return v, bad(s.name, "something follows after the end of the array.")
		}
		s.closed = true
		return v, io.EOF
	}
	s.began = s.skipped + s.decoder.InputOffset()
	var raw json.RawMessage
	if err := s.decoder.Decode(&raw); err != nil {
		if err == io.EOF && !s.inArray {
			return v, io.EOF
		}
		return v, s.failed(err)
	}
	s.row++
	if raw[0] != '{' {
		return v, s.bad("this JSON is not a table: element %d is %s, not an object.", s.row, describeJSON(raw[0]))
	}
	if v, err = parseJSON(raw); err != nil {
		return v, s.bad("object %d: %v.", s.row, err)
	}
	return v, nil
}

func describeJSON(c byte) string {
	switch c {
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a bool"
	case 'n':
		return "null"
	}
	return "a number"
}

func (s *jsonSource) failed(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errTooLong):
		return s.bad("object %d is longer than %d MiB.", s.row+1, maxRowBytes>>20)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return s.bad("the file ends in the middle of object %d. It may have been cut off.", s.row+1)
	case errors.As(err, &syntax):
		line, column := s.place(s.skipped + s.decoder.InputOffset())
		return &Error{s.name, line, column, fmt.Sprintf("this is not valid JSON: %v.", err)}
	}
	return err
}

// bad says what is wrong with the last row, and where it begins.
func (s *jsonSource) bad(format string, args ...any) error {
	line, column := s.count(s.value(s.began) + 1)
	return &Error{s.name, line, column, fmt.Sprintf(format, args...)}
}

// place is the line and column of the fault in the value at offset. The decoder's own offset does not count what it read as tokens.
func (s *jsonSource) place(offset int64) (line, column int) {
	offset = s.value(offset)
	r := io.NewSectionReader(s.file, offset, s.size-offset)
	var syntax *json.SyntaxError
	if err := json.NewDecoder(&guard{r: r, left: maxRowBytes}).Decode(new(json.RawMessage)); errors.As(err, &syntax) {
		offset += syntax.Offset
	}
	return s.count(offset)
}

// value is where the value begins that follows offset.
func (s *jsonSource) value(offset int64) int64 {
	r := bufio.NewReader(io.NewSectionReader(s.file, offset, s.size-offset))
	for c, err := r.ReadByte(); err == nil && bytes.IndexByte([]byte(" \t\r\n,"), c) >= 0; c, err = r.ReadByte() {
		offset++
	}
	return offset
}

// count is the line and column of the last byte before offset.
func (s *jsonSource) count(offset int64) (line, column int) {
	line, column = 1, 0
	r := bufio.NewReader(io.NewSectionReader(s.file, 0, offset))
	for c, err := r.ReadByte(); err == nil; c, err = r.ReadByte() {
		column++
		if c == '\n' {
			line, column = line+1, 0
		}
	}
	return line, max(column, 1)
}

func (s *jsonSource) columns() []types.Field { return s.fields }

func (s *jsonSource) next() (arrow.RecordBatch, error) {
	rows := 0
	for ; rows < BatchRows; rows++ {
		v, err := s.object()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, m := range v.arrange(s.fields) {
			if !appendJSON(s.builders.Field(i), s.fields[i].Type, m) {
				return nil, bad(s.name, "the file changed while it was read. Import it again.")
			}
		}
	}
	s.progress((s.size+s.decoder.InputOffset())/2, s.size)
	if rows == 0 {
		return nil, io.EOF
	}
	return s.builders.NewRecordBatch(), nil
}
