package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage/pages"
	"github.com/dreamql/dreamql/engine/types"
)

// Reader reads the batches of one open segment, whatever its format. Safe for concurrent use.
type Reader interface {
	Schema() *arrow.Schema
	NumBatches() int
	Batch(i int, columns []string) (arrow.RecordBatch, error)
	Close() error
}

// rowGroup is a row group of a Parquet file as a segment. Package pages decodes batches of flat columns as they are asked
// for, whoever asks and in whatever order; any other column is decoded from the first batch on.
type rowGroup struct {
	file   *parquetIndex
	group  int
	rows   int64
	schema *arrow.Schema
	fields []types.Field // of the table
	at     io.ReaderAt
	size   int64
	close  func() error

	others sync.Mutex
	other  *pqarrow.FileReader // of the columns that are not flat; nil until one is asked for

	mu      sync.Mutex
	columns map[string]*groupColumn
}

// groupColumn decodes one column.
type groupColumn struct {
	mu     sync.Mutex
	at     int // of the table
	opened bool
	chunk  *pages.Chunk // nil for a column that another decoder reads
	reader *pqarrow.ColumnReader
	next   int                 // the batch that the reader gives next
	held   map[int]arrow.Array // decoded, and not asked for yet
}

// maxHeld is how many batches of a column wait for who may ask for them.
const maxHeld = 64

func openRowGroup(p *parquetIndex, t *logical.Table, seg logical.Segment, at io.ReaderAt, size int64, closer func() error) (g *rowGroup, err error) {
	defer recovered(p.name, "Parquet", &err)
	if seg.Group < 0 || seg.Group >= p.meta.NumRowGroups() || p.meta.RowGroup(seg.Group).NumRows() != seg.Rows {
		return nil, fmt.Errorf("%s has no such row group any more; run it again", p.name)
	}
	s, err := types.ArrowSchema(p.columns)
	if err != nil {
		return nil, err
	}
	return &rowGroup{file: p, group: seg.Group, rows: seg.Rows, schema: s, fields: t.Columns, at: at, size: size, close: closer, columns: map[string]*groupColumn{}}, nil
}

func (g *rowGroup) Schema() *arrow.Schema { return g.schema }

func (g *rowGroup) NumBatches() int { return int((g.rows + BatchRows - 1) / BatchRows) }

func (g *rowGroup) Close() error { return g.close() }

// Batch decodes the named columns of batch i.
func (g *rowGroup) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	if i < 0 || i >= g.NumBatches() {
		return nil, fmt.Errorf("%s has no batch %d in row group %d", g.file.name, i, g.group)
	}
	n := min(BatchRows, g.rows-int64(i)*BatchRows)
	fields, cols := make([]arrow.Field, len(columns)), make([]arrow.Array, len(columns))
	for k := range columns {
		k = (k + i) % len(columns) // so that threads do not wait for each other at the first
		c, err := g.column(columns[k])
		if err == nil {
			cols[k], err = g.batch(c, i)
		}
		if err == nil && int64(cols[k].Len()) != n {
			err = fmt.Errorf("it has %d of %d rows", cols[k].Len(), n)
		}
		if err != nil {
			if errors.Is(err, errStore) {
				return nil, fmt.Errorf("%s: %w", g.file.name, err)
			}
			return nil, damaged(g.file.name, "Parquet", fmt.Errorf("column %s of row group %d: %w", columns[k], g.group, err))
		}
		fields[k] = arrow.Field{Name: columns[k], Type: cols[k].DataType(), Nullable: cols[k].NullN() > 0}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, n), nil
}

func (g *rowGroup) column(name string) (*groupColumn, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.columns[name]
	if c == nil {
		at := fieldNamed(g.file.columns, name)
		if at < 0 {
			return nil, errors.New("there is no such column")
		}
		c = &groupColumn{at: at, held: map[int]arrow.Array{}}
		g.columns[name] = c
	}
	return c, nil
}

// batch gives batch i of a column.
func (g *rowGroup) batch(c *groupColumn, i int) (a arrow.Array, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	chunk, err := g.chunk(c)
	if err != nil {
		return nil, err
	}
	if chunk == nil {
		return g.sequential(c, i)
	}
	a, err = chunk.Read(int64(i)*BatchRows, min(BatchRows, g.rows-int64(i)*BatchRows))
	if err == nil && a.NullN() > 0 && !g.fields[c.at].Type.IsOption() {
		return nil, errAbsent
	}
	return a, err
}

// chunk is a column as our own decoder reads it, or nil.
func (g *rowGroup) chunk(c *groupColumn) (*pages.Chunk, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened {
		return c.chunk, nil
	}
	chunk, err := g.file.openChunk(g.at, g.size, g.group, c.at)
	if errors.Is(err, pages.ErrOther) {
		chunk, err = nil, nil
	}
	c.chunk, c.opened = chunk, err == nil
	return chunk, err
}

// sequential gives batch i of a column, which is decoded up to it; one that has been given before is decoded again.
func (g *rowGroup) sequential(c *groupColumn, i int) (a arrow.Array, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.held[i]; a != nil {
		delete(c.held, i)
		return a, nil
	}
	if c.reader == nil || i < c.next {
		r, err := g.decoder()
		if err != nil {
			return nil, err
		}
		leaves := map[int]bool{}
		leavesOf(&r.Manifest.Fields[c.at], leaves)
		if c.reader, err = r.GetFieldReader(context.Background(), c.at, leaves, []int{g.group}); err != nil {
			return nil, err
		}
		c.next = 0
	}
	for {
		a, err := g.decode(c)
		if err != nil {
			c.reader = nil
			return nil, err
		}
		if c.next++; c.next > i {
			return a, nil
		}
		if len(c.held) >= maxHeld {
			clear(c.held)
		}
		c.held[c.next-1] = a
	}
}

// decoder is arrow-go's.
func (g *rowGroup) decoder() (*pqarrow.FileReader, error) {
	g.others.Lock()
	defer g.others.Unlock()
	if g.other != nil {
		return g.other, nil
	}
	var err error
	g.other, err = g.file.decoder(g.at, g.size, g.group)
	return g.other, err
}

func leavesOf(f *pqarrow.SchemaField, out map[int]bool) {
	if f.IsLeaf() {
		out[f.ColIndex] = true
	}
	for i := range f.Children {
		leavesOf(&f.Children[i], out)
	}
}

var errAbsent = errors.New("it has absent values, and its statistics say that it has none")

// decode gives the next batch of a column in the type that it has in the table, texts perhaps with a dictionary.
func (g *rowGroup) decode(c *groupColumn) (arrow.Array, error) {
	n := min(BatchRows, g.rows-int64(c.next)*BatchRows)
	chunks, err := c.reader.NextBatch(n)
	if err != nil {
		return nil, err
	}
	if chunks == nil || int64(chunks.Len()) != n {
		return nil, io.ErrUnexpectedEOF
	}
	a := chunks.Chunk(0)
	if len(chunks.Chunks()) > 1 {
		if a, err = array.Concatenate(chunks.Chunks(), memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	if a.NullN() > 0 && !g.fields[c.at].Type.IsOption() {
		return nil, errAbsent
	}
	if d, ok := a.(*array.Dictionary); ok && arrow.TypeEqual(d.DataType(), dictionaryType) && d.Dictionary().NullN() == 0 {
		return a, validateIndices(d)
	}
	return convert(a, g.file.columns[c.at].Type)
}
