package storage

import (
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/dreamql/dreamql/engine/storage/pages"
	"github.com/dreamql/dreamql/engine/types"
)

// openChunk opens a column of a row group for our own decoder, or gives pages.ErrOther.
func (p *parquetIndex) openChunk(at io.ReaderAt, size int64, group, column int) (*pages.Chunk, error) {
	for _, l := range p.leaves() {
		if l.column != column {
			continue
		}
		g := p.meta.RowGroup(group)
		c, err := g.ColumnChunk(l.at)
		if err != nil {
			return nil, err
		}
		of, ok := flatColumn(p.meta.Schema.Column(l.at), c, p.columns[column].Type)
		if !ok || of.Offset < 0 || of.Size > size-of.Offset || c.NumValues() != g.NumRows() {
			break
		}
		of.Rows = g.NumRows()
		return pages.Open(at, of)
	}
	return nil, pages.ErrOther
}

// flatColumn says how a column lies in a file, if nothing about it is unusual for its type.
func flatColumn(d *schema.Column, c *metadata.ColumnChunkMetaData, t types.Type) (pages.Column, bool) {
	of := pages.Column{Physical: d.PhysicalType(), Width: d.TypeLength(), Optional: d.MaxDefinitionLevel() == 1, Codec: c.Compression(),
		Offset: c.DataPageOffset(), Size: c.TotalCompressedSize()}
	if from := c.DictionaryPageOffset(); c.HasDictionaryPage() && from > 0 && from < of.Offset {
		of.Offset = from
	}
	if d.MaxRepetitionLevel() != 0 || d.MaxDefinitionLevel() > 1 || c.FilePath() != "" || c.CryptoMetadata() != nil || c.Type() != of.Physical {
		return of, false
	}
	var err error
	if of.Type, err = types.ToArrow(t); err != nil {
		return of, false
	}
	none := true
	switch d.LogicalType().(type) {
	case nil, schema.NoLogicalType, schema.UnknownLogicalType:
	default:
		none = d.LogicalType().IsNone()
	}
	ok := false
	switch t.Kind {
	case types.Int:
		l, whole := d.LogicalType().(schema.IntLogicalType)
		ok, of.Unsigned = none || whole, whole && !l.IsSigned()
	case types.Float:
		ok = none
	case types.Bool:
		ok = none
	case types.Date:
		_, ok = d.LogicalType().(schema.DateLogicalType)
	case types.Timestamp:
		_, ok = d.LogicalType().(schema.TimestampLogicalType)
		of.Unit = unitOf(d)
	case types.Decimal:
		l, is := d.LogicalType().(schema.DecimalLogicalType)
		ok = is && int(l.Precision()) == t.Precision && int(l.Scale()) == t.Scale
	case types.String, types.Bytes:
		ok = of.Physical == parquet.Types.ByteArray
	}
	return of, ok
}
