package storage

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

const (
	maxRowBytes = 16 << 20 // of one CSV record or one JSON row; an unclosed quote ends here and not at the end of memory
	maxColumns  = 10_000
)

// csvSource reads a delimited file twice: once for the types, once for the rows. The first line is the header; an empty
// name becomes column_3, and a name that is there already gets _2, _3, … . An empty field is absent.
type csvSource struct {
	name     string
	reader   *csv.Reader
	guard    *guard
	fields   []types.Field
	builders *array.RecordBuilder
	progress func(done, total int64)
	size     int64
	line     int // of the last record
}

func openCSV(ctx context.Context, name string, f *os.File, progress func(done, total int64)) (source, error) {
	return openDelimited(ctx, name, f, ',', progress)
}

func openTSV(ctx context.Context, name string, f *os.File, progress func(done, total int64)) (source, error) {
	return openDelimited(ctx, name, f, '\t', progress)
}

func openDelimited(ctx context.Context, name string, f *os.File, comma rune, progress func(done, total int64)) (source, error) {
	stat, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s := &csvSource{name: name, progress: progress, size: stat.Size()}
	header, err := s.start(f, comma)
	if err != nil {
		return nil, err
	}
	kinds, err := s.infer(ctx, len(header))
	if err != nil {
		return nil, err
	}
	if _, err := s.start(f, comma); err != nil {
		return nil, err
	}
	for i, n := range columnNames(header) {
		s.fields = append(s.fields, types.Field{Name: n, Type: types.Of(kinds[i])})
	}
	schema, err := types.ArrowSchema(s.fields)
	if err != nil {
		return nil, err
	}
	s.builders = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	return s, nil
}

// start reads from the beginning and returns the header.
func (s *csvSource) start(f *os.File, comma rune) ([]string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 1<<20)
	if head, _ := buffered.Peek(3); string(head) == string(byteOrderMark) {
		buffered.Discard(3)
	}
	s.guard = &guard{r: buffered, left: maxRowBytes}
	s.reader = csv.NewReader(s.guard)
	s.reader.Comma, s.reader.ReuseRecord = comma, true
	header, err := s.record()
	if err == io.EOF {
		return nil, bad(s.name, "the file has no header line.")
	}
	if err == nil && len(header) > maxColumns {
		return nil, bad(s.name, "the header has %d columns; the most is %d.", len(header), maxColumns)
	}
	for i, h := range header {
		if !utf8.ValidString(h) {
			line, column := s.reader.FieldPos(i)
			return nil, notUTF8(s.name, line, column)
		}
	}
	return append([]string(nil), header...), err
}

func (s *csvSource) infer(ctx context.Context, columns int) ([]types.Kind, error) {
	possible, seen := make([]textTypes, columns), make([]bool, columns)
	for i := range possible {
		possible[i] = anyText
	}
	for rows := 0; ; rows++ {
		if rows%10_000 == 0 {
			s.progress(s.reader.InputOffset()/2, s.size)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		record, err := s.record()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, v := range record {
			if v == "" {
				continue
			}
			seen[i] = true
			if possible[i] != 0 {
				possible[i] = possible[i].narrow(strings.TrimSpace(v))
			}
			if possible[i] == 0 && !utf8.ValidString(v) {
				line, column := s.reader.FieldPos(i)
				return nil, notUTF8(s.name, line, column)
			}
		}
	}
	kinds := make([]types.Kind, columns)
	for i := range kinds {
		kinds[i] = possible[i].kind(seen[i])
	}
	return kinds, nil
}

func (s *csvSource) columns() []types.Field { return s.fields }

func (s *csvSource) next() (arrow.RecordBatch, error) {
	rows := 0
	for ; rows < BatchRows; rows++ {
		record, err := s.record()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, v := range record {
			b := s.builders.Field(i)
			if v == "" {
				b.AppendNull()
				continue
			}
			if _, isText := b.(*array.StringBuilder); !isText {
				v = strings.TrimSpace(v)
			}
			if !appendText(b, v) {
				line, column := s.reader.FieldPos(i)
				return nil, &Error{s.name, line, column, "the file changed while it was read. Import it again."}
			}
		}
	}
	s.progress((s.size+s.reader.InputOffset())/2, s.size)
	if rows == 0 {
		return nil, io.EOF
	}
	return s.builders.NewRecordBatch(), nil
}

// record reads one record; its error names line and column.
func (s *csvSource) record() ([]string, error) {
	s.guard.left = maxRowBytes
	record, err := s.reader.Read()
	var p *csv.ParseError
	switch {
	case errors.Is(err, errTooLong):
		return nil, &Error{s.name, s.line + 1, 0, fmt.Sprintf("a row that starts here is longer than %d MiB; is a closing quote missing?", maxRowBytes>>20)}
	case errors.Is(err, csv.ErrFieldCount):
		line, _ := s.reader.FieldPos(len(record) - 1)
		return nil, &Error{s.name, line, 0, fmt.Sprintf("the row has %d fields, and the header has %d. Put quotes around fields that hold the separator.", len(record), s.reader.FieldsPerRecord)}
	case errors.As(err, &p) && errors.Is(p.Err, csv.ErrQuote):
		if p.Line > p.StartLine {
			return nil, &Error{s.name, p.StartLine, 0, "a quoted field that starts in this row is not closed properly. Write a quote inside a quoted field twice."}
		}
		return nil, &Error{s.name, p.Line, p.Column, "a quoted field is not closed properly. Write a quote inside a quoted field twice."}
	case errors.As(err, &p) && errors.Is(p.Err, csv.ErrBareQuote):
		return nil, &Error{s.name, p.Line, p.Column, "there is a quote inside a field without quotes. Put the field in quotes, and write the quote twice."}
	}
	if err == nil {
		s.line, _ = s.reader.FieldPos(0)
	}
	return record, err
}

func notUTF8(name string, line, column int) error {
	return &Error{name, line, column, "the text is not UTF-8. Save the file with that encoding."}
}

// columnNames makes names unique and not empty.
func columnNames(header []string) []string {
	taken := map[string]bool{}
	for _, h := range header {
		taken[strings.TrimSpace(h)] = true
	}
	used := map[string]bool{}
	names := make([]string, len(header))
	for i, h := range header {
		n := strings.TrimSpace(h)
		if n == "" {
			n = fmt.Sprintf("column_%d", i+1)
		}
		base := n
		for k := 2; used[n] || n != base && taken[n]; k++ {
			n = fmt.Sprintf("%s_%d", base, k)
		}
		used[n], names[i] = true, n
	}
	return names
}

var errTooLong = errors.New("row too long")

// guard fails once a row has needed more than left bytes; its user resets left at each row.
type guard struct {
	r    io.Reader
	left int
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errTooLong
	}
	n, err := g.r.Read(p)
	g.left -= n
	return n, err
}
