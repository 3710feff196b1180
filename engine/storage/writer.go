package storage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// segmentBytes closes a segment early, to bound memory when rows are wide.
const segmentBytes = 256 << 20

// tableWriter cuts a stream of batches into segments. Memory is one segment.
type tableWriter struct {
	blobs   *Blobs
	prefix  string
	columns []types.Field // never optional; whether a column is, shows at the end
	dicts   []*dictionary // by column; nil where the column holds no strings

	loose     []arrow.RecordBatch // less than a full batch
	looseRows int64
	full      []fullBatch // of the segment in the making
	fullBytes int64

	segments []logical.Segment
	rows     int64
	nulls    []int64

	wide bool // in tests: every column in its own type, as segments were written once
}

// fullBatch is a batch with the numbers of its encoded columns beside the strings, until it is decided which to keep.
type fullBatch struct {
	batch arrow.RecordBatch
	codes []*array.Int32
}

func newTableWriter(blobs *Blobs, prefix string, columns []types.Field) *tableWriter {
	w := &tableWriter{blobs: blobs, prefix: prefix, columns: columns,
		dicts: make([]*dictionary, len(columns)), nulls: make([]int64, len(columns))}
	for i, c := range columns {
		if c.Type.Kind == types.String {
			w.dicts[i] = newDictionary()
		}
	}
	return w
}

// add takes a batch of any size, whose columns have the types.ToArrow types of w.columns.
func (w *tableWriter) add(ctx context.Context, b arrow.RecordBatch) error {
	for b.NumRows() > 0 {
		n := min(b.NumRows(), BatchRows-w.looseRows)
		w.loose = append(w.loose, b.NewSlice(0, n))
		w.looseRows += n
		b = b.NewSlice(n, b.NumRows())
		if w.looseRows == BatchRows {
			if err := w.fill(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill makes one full batch of what is loose.
func (w *tableWriter) fill(ctx context.Context) error {
	if w.looseRows == 0 {
		return nil
	}
	b, err := join(w.loose)
	if err != nil {
		return err
	}
	w.loose, w.looseRows = nil, 0
	f := fullBatch{batch: b, codes: make([]*array.Int32, len(w.columns))}
	for i, d := range w.dicts {
		w.nulls[i] += int64(b.Column(i).NullN())
		if d != nil {
			f.codes[i] = d.encode(b.Column(i).(*array.String))
		}
	}
	w.full = append(w.full, f)
	for _, c := range b.Columns() {
		w.fullBytes += int64(c.Data().SizeInBytes())
	}
	if len(w.full)*BatchRows >= SegmentRows || w.fullBytes >= segmentBytes {
		return w.flush(ctx)
	}
	return nil
}

// finish writes what is left and describes the table; its version is the digest of its segments.
func (w *tableWriter) finish(ctx context.Context, name string) (*logical.Table, error) {
	if err := w.fill(ctx); err != nil {
		return nil, err
	}
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	t := &logical.Table{Name: name, Rows: w.rows, Segments: w.segments}
	sum := sha256.New()
	for i, c := range w.columns {
		if w.nulls[i] > 0 {
			c.Type = types.Optional(c.Type)
		}
		t.Columns = append(t.Columns, c)
		fmt.Fprintf(sum, "%q: %s\n", c.Name, c.Type)
	}
	for _, s := range w.segments {
		io.WriteString(sum, s.Digest+"\n")
	}
	t.Version = hexDigest(sum.Sum(nil))
	return t, nil
}

// flush writes the segment in the making.
func (w *tableWriter) flush(ctx context.Context) error {
	if len(w.full) == 0 {
		return nil
	}
	encoded := make([]arrow.Array, len(w.columns)) // dictionaries of the columns that stay encoded
	for i, d := range w.dicts {
		if d == nil {
			continue
		}
		if d.pays() {
			encoded[i] = d.array()
		} else {
			d.drop()
		}
	}
	seg := logical.Segment{Key: fmt.Sprintf("%s/%06d.arrow", w.prefix, len(w.segments)), Columns: make([]logical.Column, len(w.columns))}
	all := make([]seen, len(w.columns))
	rows := 0.0
	for _, f := range w.full {
		rows += float64(f.batch.NumRows())
	}
	for i, c := range w.columns {
		all[i] = seen{of: c.Type, step: max(1, rows/sampleRows)}
	}
	out, err := w.blobs.Create(ctx, seg.Key)
	if err != nil {
		return err
	}
	schema := w.schema(encoded, w.narrowFields())
	sum, size, sums := sha256.New(), &counter{}, newSummer(schema)
	iw, err := ipc.NewFileWriter(io.MultiWriter(out, sum, size, sums), ipc.WithSchema(sums.schema))
	for _, f := range w.full {
		if err != nil {
			break
		}
		if err = iw.Write(w.describe(&seg, f, encoded, all, schema)); err == nil {
			err = sums.batch()
		}
	}
	if err == nil {
		err = iw.Close()
	}
	if err != nil {
		out.Abort()
		return fmt.Errorf("blob %s: %w", seg.Key, err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("blob %s: %w", seg.Key, err)
	}
	for i := range seg.Columns {
		all[i].finish(&seg.Columns[i], seg.Rows)
	}
	seg.Bytes, seg.Digest, seg.Sums = size.n, hexDigest(sum.Sum(nil)), sums.finish()
	w.segments, w.rows = append(w.segments, seg), w.rows+seg.Rows
	w.full, w.fullBytes = nil, 0
	return nil
}

// schema is the segment's: encoded where a dictionary is given, narrow where a narrower type is, nullable where the segment has absent
// values.
func (w *tableWriter) schema(encoded []arrow.Array, narrow []arrow.DataType) *arrow.Schema {
	fields := make([]arrow.Field, len(w.columns))
	for i := range fields {
		fields[i] = w.full[0].batch.Schema().Field(i)
		fields[i].Nullable = false
		for _, f := range w.full {
			fields[i].Nullable = fields[i].Nullable || f.batch.Column(i).NullN() > 0
		}
		if encoded[i] != nil {
			fields[i].Type = w.encodedType(encoded[i].Len())
		}
		if narrow[i] != nil {
			fields[i].Type = narrow[i]
			fields[i].Metadata = arrow.NewMetadata([]string{types.MetaType}, []string{w.columns[i].Type.String()})
		}
	}
	return arrow.NewSchema(fields, nil)
}

// describe adds a batch to the segment's statistics and returns it as it is to be written.
func (w *tableWriter) describe(seg *logical.Segment, f fullBatch, encoded []arrow.Array, all []seen, schema *arrow.Schema) arrow.RecordBatch {
	n := f.batch.NumRows()
	batch := logical.Batch{Rows: n}
	cols := make([]arrow.Array, len(w.columns))
	for i, c := range f.batch.Columns() {
		var r logical.Range
		if encoded[i] != nil {
			r = w.dicts[i].observeCodes(f.codes[i], &all[i].sketch)
			dt := schema.Field(i).Type.(*arrow.DictionaryType)
			codes := arrow.Array(f.codes[i])
			if dt.IndexType.ID() != arrow.INT32 {
				codes = narrowed(codes, dt.IndexType)
			}
			cols[i] = array.NewDictionaryArray(dt, codes, encoded[i])
		} else {
			r = observe(c, &all[i].sketch)
			if cols[i] = c; !arrow.TypeEqual(c.DataType(), schema.Field(i).Type) {
				cols[i] = narrowed(c, schema.Field(i).Type)
			}
		}
		all[i].add(c, r)
		merge(w.columns[i].Type, &seg.Columns[i].Range, r, seg.Rows, n)
		batch.Ranges = append(batch.Ranges, r)
	}
	seg.Batches, seg.Rows = append(seg.Batches, batch), seg.Rows+n
	return array.NewRecordBatch(schema, cols, n)
}

// join makes one batch of several.
func join(bs []arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(bs) == 1 {
		return bs[0], nil
	}
	var rows int64
	cols := make([]arrow.Array, bs[0].NumCols())
	for i := range cols {
		parts := make([]arrow.Array, len(bs))
		for j, b := range bs {
			parts[j] = b.Column(i)
		}
		var err error
		if cols[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	for _, b := range bs {
		rows += b.NumRows()
	}
	return array.NewRecordBatch(bs[0].Schema(), cols, rows), nil
}

// counter counts the bytes that pass.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
