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

	"github.com/dreamql/dreamql/engine/funcs"
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
	*place
	cache *ColumnCache
	key   string // of the file, for the cache

	others sync.Mutex
	other  *pqarrow.FileReader // of the columns that are not flat; nil until one is asked for

	mu                  sync.Mutex
	columns             map[string]*groupColumn
	hits, misses, bytes int64 // columns of batches, and what the hits have
}

// groupColumn decodes one column.
type groupColumn struct {
	mu     sync.Mutex
	at     int // of the table
	opened bool
	held   *heldColumn  // in the cache
	chunk  *pages.Chunk // nil for a column that another decoder reads
	reader *pqarrow.ColumnReader
	next   int                 // the batch that the reader gives next
	ahead  map[int]arrow.Array // decoded, and not asked for yet

	keep []arrow.Array // what has been decoded, for the cache; nil where that is not to be kept
	kept int
}

// maxHeld is how many batches of a column wait for who may ask for them.
const maxHeld = 64

func openRowGroup(p *parquetIndex, t *logical.Table, seg logical.Segment, at *place, cache *ColumnCache) (g *rowGroup, err error) {
	defer recovered(p.name, "Parquet", &err)
	if seg.Group < 0 || seg.Group >= p.meta.NumRowGroups() || p.meta.RowGroup(seg.Group).NumRows() != seg.Rows {
		return nil, fmt.Errorf("%s has no such row group any more; run it again", p.name)
	}
	s, err := types.ArrowSchema(p.columns)
	if err != nil {
		return nil, err
	}
	g = &rowGroup{file: p, group: seg.Group, rows: seg.Rows, schema: s, fields: t.Columns, place: at, cache: cache, columns: map[string]*groupColumn{}}
	if cache != nil && at.settled {
		g.key = fileKey(seg.Key, seg.Digest)
	}
	return g, nil
}

func (g *rowGroup) Schema() *arrow.Schema { return g.schema }

func (g *rowGroup) NumBatches() int { return int((g.rows + BatchRows - 1) / BatchRows) }

// Close gives back what is held of the cache: no batch may be in use any more.
func (g *rowGroup) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.columns {
		if c.held != nil {
			g.cache.release(g.columnKey(c), c.held)
			c.held = nil
		}
	}
	return g.close()
}

func (g *rowGroup) columnKey(c *groupColumn) columnKey { return columnKey{g.key, g.group, c.at} }

// TakeCacheUse says what has come from the cache since it was last asked.
func (g *rowGroup) TakeCacheUse() (hits, misses, bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	hits, misses, bytes = g.hits, g.misses, g.bytes
	g.hits, g.misses, g.bytes = 0, 0, 0
	return hits, misses, bytes
}

// Batch decodes the named columns of batch i.
func (g *rowGroup) Batch(i int, columns []string) (arrow.RecordBatch, error) {
	return g.batches(i, columns, func(a arrow.Array, t types.Type) (arrow.Array, error) {
		return funcs.Widened(memory.DefaultAllocator, a, t)
	})
}

// Narrow is Batch, but that numbers may be in a narrower type than the column's, as funcs.IsNarrow says, where that is how they lie.
func (g *rowGroup) Narrow(i int, columns []string) (arrow.RecordBatch, error) {
	return g.batches(i, columns, func(a arrow.Array, _ types.Type) (arrow.Array, error) { return a, nil })
}

func (g *rowGroup) batches(i int, columns []string, as func(arrow.Array, types.Type) (arrow.Array, error)) (arrow.RecordBatch, error) {
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
		if err == nil {
			cols[k], err = as(cols[k], g.file.columns[c.at].Type)
		}
		if err != nil {
			if errors.Is(err, errStore) || errors.Is(err, errChanged) {
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
		c = &groupColumn{at: at, ahead: map[int]arrow.Array{}}
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
	err = g.open(c)
	switch {
	case err != nil:
	case c.held != nil:
		if i >= len(c.held.batches) {
			return nil, errEntry
		}
		a = c.held.batches[i]
	case c.chunk != nil:
		a, err = c.chunk.Read(int64(i)*BatchRows, min(BatchRows, g.rows-int64(i)*BatchRows))
	default:
		a, err = g.sequential(c, i)
	}
	if g.same != nil && c.held == nil {
		if changed := g.same(); changed != nil {
			err = changed // whatever is wrong comes of that
		}
	}
	if err == nil && a.NullN() > 0 && !g.fields[c.at].Type.IsOption() {
		err = errAbsent
	}
	if err != nil {
		return nil, err
	}
	g.note(c, i, a)
	return a, nil
}

// open finds out, once, where a column comes from: the cache, our own decoder, or arrow-go's.
func (g *rowGroup) open(c *groupColumn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened {
		return nil
	}
	if g.key != "" {
		if c.held = g.cache.find(g.columnKey(c)); c.held != nil {
			c.opened = true
			return nil
		}
		if g.same == nil || g.cache.again(g.columnKey(c)) { // of an object, or not for the first time
			c.keep = make([]arrow.Array, g.NumBatches())
		}
	}
	chunk, err := g.file.openChunk(g, g.size, g.group, c.at)
	if errors.Is(err, pages.ErrOther) {
		chunk, err = nil, nil
	}
	c.chunk, c.opened = chunk, err == nil
	return err
}

// note counts a batch, and offers the column to the cache when all of it has been decoded.
func (g *rowGroup) note(c *groupColumn, i int, a arrow.Array) {
	if g.key == "" {
		return
	}
	g.mu.Lock()
	if c.held != nil {
		g.hits++
		g.bytes += c.held.bytes / int64(len(c.held.batches))
	} else {
		g.misses++
	}
	g.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keep == nil || c.keep[i] != nil {
		return
	}
	c.keep[i] = array.MakeFromData(a.Data()) // of its own: an array of a dictionary is not for two goroutines, and the query lets go of its one
	if c.kept++; c.kept == len(c.keep) {
		g.cache.offer(columnJob{key: g.columnKey(c), of: g.file.columns[c.at].Type, batches: c.keep, same: g.still()})
		c.keep = nil
	}
}

// still reports whether the file is what it was, whether or not it is open any more.
func (g *rowGroup) still() func() bool {
	key, identity := g.file.key, g.identity
	if g.same == nil {
		return func() bool { return true } // each part of an object says what it is of
	}
	return func() bool {
		p, err := findPlace(context.Background(), key)
		if err != nil {
			return false
		}
		p.close()
		return p.identity == identity
	}
}

// sequential gives batch i of a column, which is decoded up to it; one that has been given before is decoded again.
func (g *rowGroup) sequential(c *groupColumn, i int) (a arrow.Array, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.ahead[i]; a != nil {
		delete(c.ahead, i)
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
		if len(c.ahead) >= maxHeld {
			clear(c.ahead)
		}
		c.ahead[c.next-1] = a
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
	g.other, err = g.file.decoder(g, g.size, g.group)
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
	if err := validate(a); err != nil { // arrow-go does not look into texts
		return nil, err
	}
	if d, ok := a.(*array.Dictionary); ok && arrow.TypeEqual(d.DataType(), dictionaryType) && d.Dictionary().NullN() == 0 {
		return a, nil
	}
	return convert(a, g.file.columns[c.at].Type)
}
