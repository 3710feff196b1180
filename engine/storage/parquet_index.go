package storage

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// ParquetFormat is the Format of a segment that is a row group of a Parquet file, which is read where it lies.
const ParquetFormat = "parquet"

// parquetIndex is what the end of a Parquet file says of it.
type parquetIndex struct {
	key     string // where it lies
	name    string // for messages
	meta    *metadata.FileMetaData
	columns []types.Field // never optional
	schema  *arrow.Schema // as the decoder gives it
}

// openParquetIndex reads the end of a file.
func openParquetIndex(name string, at io.ReaderAt, size int64) (p *parquetIndex, err error) {
	defer recovered(name, "Parquet", &err)
	r, err := file.NewParquetReader(io.NewSectionReader(at, 0, size))
	if err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	if err := checkOrigin(r); err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	p = &parquetIndex{name: name, meta: r.MetaData()}
	pr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	if p.schema, err = pr.Schema(); err != nil {
		return nil, damaged(name, "Parquet", err)
	}
	s, err := newArrowSource(name, "Parquet", p.schema, nil)
	if err != nil {
		return nil, err
	}
	p.columns = s.columns()
	return p, nil
}

// decoder reads the columns of a row group. Those that are whole dictionaries stay so.
func (p *parquetIndex) decoder(at io.ReaderAt, size int64, group int) (*pqarrow.FileReader, error) {
	r, err := file.NewParquetReader(io.NewSectionReader(at, 0, size), file.WithMetadata(p.meta), file.WithReadProps(parquet.NewReaderProperties(memory.DefaultAllocator)))
	if err != nil {
		return nil, err
	}
	props := pqarrow.ArrowReadProperties{BatchSize: BatchRows}
	for _, leaf := range p.leaves() {
		if leaf.dictionary(p.meta.RowGroup(group)) {
			props.SetReadDict(leaf.at, true)
		}
	}
	return pqarrow.NewFileReader(r, props, memory.DefaultAllocator)
}

// leaf is a column of the file that is a column of the table.
type leaf struct {
	column int // of the table
	at     int // of the file
	text   bool
}

// leaves are the columns that are not nested.
func (p *parquetIndex) leaves() (out []leaf) {
	for i, f := range p.columns {
		root := p.meta.Schema.Root().Field(i)
		if at := p.meta.Schema.ColumnIndexByName(root.Name()); at >= 0 && p.meta.Schema.Column(at).ColumnPath().String() == root.Name() {
			out = append(out, leaf{i, at, f.Type.Kind == types.String})
		}
	}
	return out
}

// dictionary reports whether all values of a column of texts are in a dictionary.
func (l leaf) dictionary(g *metadata.RowGroupMetaData) bool {
	c, err := g.ColumnChunk(l.at)
	if err != nil || !l.text || !c.HasDictionaryPage() || c.Type() != parquet.Types.ByteArray {
		return false
	}
	pages := 0
	for _, s := range c.EncodingStats() {
		if s.PageType == 0 || s.PageType == 3 { // of data, the old form or the new
			if s.Encoding != parquet.Encodings.PlainDict && s.Encoding != parquet.Encodings.RLEDict {
				return false
			}
			pages++
		}
	}
	return pages > 0
}

// table describes the file: a row group is a segment, and its statistics are those of each of its batches. Key is where it lies, and
// identity another when its content is.
func (p *parquetIndex) table(key, identity string) (*logical.Table, error) {
	base := path.Base(p.name)
	sum := sha256.Sum256(fmt.Appendf(nil, "parquet\n%s\n%s", key, identity))
	t := &logical.Table{Name: strings.TrimSuffix(base, path.Ext(base)), Version: hexDigest(sum[:])}
	leaves := map[int]leaf{}
	for _, l := range p.leaves() {
		leaves[l.column] = l
	}
	absent := make([]bool, len(p.columns))
	for g := range p.meta.NumRowGroups() {
		group := p.meta.RowGroup(g)
		seg := logical.Segment{Key: key, Format: ParquetFormat, Group: g, Digest: identity, Rows: group.NumRows(), Bytes: group.TotalCompressedSize(),
			Columns: make([]logical.Column, len(p.columns))}
		if seg.Rows < 0 || seg.Rows > 1<<40 {
			return nil, damaged(p.name, "Parquet", errMetadata)
		}
		for i, c := range p.columns {
			known := false
			if l, ok := leaves[i]; ok {
				seg.Columns[i].Range, known = chunkRange(group, l.at, c.Type)
			}
			absent[i] = absent[i] || p.schema.Field(i).Nullable && (!known || seg.Columns[i].Nulls > 0)
		}
		for left := seg.Rows; left > 0; left -= BatchRows {
			b := logical.Batch{Rows: min(left, BatchRows), Ranges: make([]logical.Range, len(p.columns))}
			for i := range b.Ranges {
				b.Ranges[i] = seg.Columns[i].Range
				if b.Ranges[i].Nulls = 0; seg.Columns[i].Nulls == seg.Rows {
					b.Ranges[i].Nulls = b.Rows
				}
			}
			seg.Batches = append(seg.Batches, b)
		}
		if seg.Rows > 0 {
			t.Segments, t.Rows = append(t.Segments, seg), t.Rows+seg.Rows
		}
	}
	for i, c := range p.columns {
		if absent[i] {
			c.Type = types.Optional(c.Type)
		}
		t.Columns = append(t.Columns, c)
	}
	return t, nil
}
