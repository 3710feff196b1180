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
	"github.com/dreamql/dreamql/engine/types"
)

// Reader reads the batches of one open segment, whatever its format. Safe for concurrent use.
type Reader interface {
	Schema() *arrow.Schema
	NumBatches() int
	Batch(i int, columns []string) (arrow.RecordBatch, error)
	Close() error
}

// rowGroup is a row group of a Parquet file as a segment. A column is decoded when a batch of it is first asked for, from the first batch
// on; columns are decoded beside each other by whoever asks.
type rowGroup struct {
	file   *parquetIndex
	group  int
	rows   int64
	schema *arrow.Schema
	fields []types.Field // of the table
	reader *pqarrow.FileReader
	close  func() error

	mu      sync.Mutex
	columns map[string]*groupColumn
}

// groupColumn decodes one column.
type groupColumn struct {
	mu     sync.Mutex
	at     int // of the table
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
	r, err := p.decoder(at, size, seg.Group)
	if err != nil {
		return nil, damaged(p.name, "Parquet", err)
	}
	s, err := types.ArrowSchema(p.columns)
	if err != nil {
		return nil, err
	}
	return &rowGroup{file: p, group: seg.Group, rows: seg.Rows, schema: s, fields: t.Columns, reader: r, close: closer, columns: map[string]*groupColumn{}}, nil
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

// batch gives batch i of a column, which is decoded up to it; one that has been given before is decoded again.
func (g *rowGroup) batch(c *groupColumn, i int) (a arrow.Array, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.held[i]; a != nil {
		delete(c.held, i)
		return a, nil
	}
	if c.reader == nil || i < c.next {
		leaves := map[int]bool{}
		leavesOf(&g.reader.Manifest.Fields[c.at], leaves)
		if c.reader, err = g.reader.GetFieldReader(context.Background(), c.at, leaves, []int{g.group}); err != nil {
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

func leavesOf(f *pqarrow.SchemaField, out map[int]bool) {
	if f.IsLeaf() {
		out[f.ColIndex] = true
	}
	for i := range f.Children {
		leavesOf(&f.Children[i], out)
	}
}

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
		return nil, errors.New("it has absent values, and its statistics say that it has none")
	}
	if d, ok := a.(*array.Dictionary); ok && arrow.TypeEqual(d.DataType(), dictionaryType) && d.Dictionary().NullN() == 0 {
		return a, validateIndices(d)
	}
	return convert(a, g.file.columns[c.at].Type)
}
