package storage

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// kinds has a column of every type that Parquet files have, with and without absent values, and n rows.
func kinds(n int) arrow.RecordBatch {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	var fields []arrow.Field
	var columns []arrow.Array
	add := func(name string, t arrow.DataType, put func(b array.Builder, i int)) {
		for _, nullable := range []bool{false, true} {
			b := array.NewBuilder(memory.DefaultAllocator, t)
			for i := range n {
				if nullable && (i/100%3 == 1 || random.IntN(4) == 0) {
					b.AppendNull()
				} else {
					put(b, i)
				}
			}
			f := arrow.Field{Name: name, Type: t, Nullable: nullable}
			if nullable {
				f.Name += "_or_none"
			}
			fields, columns = append(fields, f), append(columns, b.NewArray())
		}
	}
	few := func() int64 { return random.Int64N(50) }
	wide := func() int64 { return int64(random.Uint64()) }
	words := []string{"", "a", "übung", "a word of more than sixteen bytes", "日本語", "x"}
	add("flag", arrow.FixedWidthTypes.Boolean, func(b array.Builder, i int) { b.(*array.BooleanBuilder).Append(random.IntN(3) == 0) })
	add("i8", arrow.PrimitiveTypes.Int8, func(b array.Builder, i int) { b.(*array.Int8Builder).Append(int8(wide())) })
	add("u8", arrow.PrimitiveTypes.Uint8, func(b array.Builder, i int) { b.(*array.Uint8Builder).Append(uint8(wide())) })
	add("i16", arrow.PrimitiveTypes.Int16, func(b array.Builder, i int) { b.(*array.Int16Builder).Append(int16(wide())) })
	add("i32", arrow.PrimitiveTypes.Int32, func(b array.Builder, i int) { b.(*array.Int32Builder).Append(int32(wide())) })
	add("u32", arrow.PrimitiveTypes.Uint32, func(b array.Builder, i int) { b.(*array.Uint32Builder).Append(uint32(wide())) })
	add("i64", arrow.PrimitiveTypes.Int64, func(b array.Builder, i int) { b.(*array.Int64Builder).Append(wide()) })
	add("few", arrow.PrimitiveTypes.Int64, func(b array.Builder, i int) { b.(*array.Int64Builder).Append(few() - 25) })
	add("thousands", arrow.PrimitiveTypes.Int64, func(b array.Builder, i int) { b.(*array.Int64Builder).Append(few() * 600) })
	add("millions", arrow.PrimitiveTypes.Int64, func(b array.Builder, i int) { b.(*array.Int64Builder).Append(few() * 1_000_000) })
	add("u64", arrow.PrimitiveTypes.Uint64, func(b array.Builder, i int) { b.(*array.Uint64Builder).Append(uint64(few())) })
	add("f32", arrow.PrimitiveTypes.Float32, func(b array.Builder, i int) { b.(*array.Float32Builder).Append(float32(few()) / 4) })
	add("f64", arrow.PrimitiveTypes.Float64, func(b array.Builder, i int) { b.(*array.Float64Builder).Append(random.NormFloat64()) })
	add("day", arrow.FixedWidthTypes.Date32, func(b array.Builder, i int) { b.(*array.Date32Builder).Append(arrow.Date32(few() * 400)) })
	add("ms", arrow.FixedWidthTypes.Timestamp_ms, func(b array.Builder, i int) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(wide() >> 20)) })
	add("us", arrow.FixedWidthTypes.Timestamp_us, func(b array.Builder, i int) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(wide() >> 8)) })
	add("ns", arrow.FixedWidthTypes.Timestamp_ns, func(b array.Builder, i int) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(wide() >> 2)) })
	add("clock", arrow.FixedWidthTypes.Time64us, func(b array.Builder, i int) { b.(*array.Time64Builder).Append(arrow.Time64(few() * 1e9)) })
	for _, precision := range []int32{4, 9, 15, 18, 30, 38} {
		add(fmt.Sprintf("d%d", precision), &arrow.Decimal128Type{Precision: precision, Scale: 2}, func(b array.Builder, i int) {
			v := decimal128.FromI64(wide() % int64(math.Pow10(int(min(precision, 18)))))
			if precision > 18 && i%2 == 0 {
				v = v.Mul(decimal128.FromI64(int64(math.Pow10(int(precision - 18)))))
			}
			b.(*array.Decimal128Builder).Append(v)
		})
	}
	add("word", arrow.BinaryTypes.String, func(b array.Builder, i int) { b.(*array.StringBuilder).Append(words[random.IntN(len(words))]) })
	add("text", arrow.BinaryTypes.String, func(b array.Builder, i int) {
		b.(*array.StringBuilder).Append(fmt.Sprint(words[random.IntN(len(words))], wide()))
	})
	add("raw", arrow.BinaryTypes.Binary, func(b array.Builder, i int) {
		b.(*array.BinaryBuilder).Append([]byte{byte(i), 0xff, 0}[:random.IntN(4)])
	})
	add("id", &arrow.FixedSizeBinaryType{ByteWidth: 16}, func(b array.Builder, i int) {
		b.(*array.FixedSizeBinaryBuilder).Append(bytes.Repeat([]byte{byte(i)}, 16))
	})
	item := arrow.StructOf(arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, arrow.Field{Name: "w", Type: arrow.BinaryTypes.String})
	add("record", item, func(b array.Builder, i int) { putItem(b, few()) })
	add("list", arrow.ListOf(arrow.PrimitiveTypes.Int32), func(b array.Builder, i int) {
		l := b.(*array.ListBuilder)
		l.Append(true)
		for k := range few() % 4 {
			if k == 2 {
				l.ValueBuilder().AppendNull()
			} else {
				l.ValueBuilder().(*array.Int32Builder).Append(int32(k))
			}
		}
	})
	add("records", arrow.ListOf(item), func(b array.Builder, i int) {
		l := b.(*array.ListBuilder)
		l.Append(true)
		for k := range few() % 3 {
			putItem(l.ValueBuilder(), k)
		}
	})
	add("lists", arrow.ListOf(arrow.ListOf(arrow.BinaryTypes.String)), func(b array.Builder, i int) {
		l := b.(*array.ListBuilder)
		l.Append(true)
		for k := range few() % 3 {
			inner := l.ValueBuilder().(*array.ListBuilder)
			inner.Append(k != 1)
			for range k {
				inner.ValueBuilder().(*array.StringBuilder).Append(words[k])
			}
		}
	})
	add("pairs", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64), func(b array.Builder, i int) {
		m := b.(*array.MapBuilder)
		m.Append(true)
		for k := range few() % 3 {
			m.KeyBuilder().(*array.StringBuilder).Append(words[k+1])
			m.ItemBuilder().(*array.Int64Builder).Append(k)
		}
	})
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, int64(n))
}

func putItem(b array.Builder, v int64) {
	s := b.(*array.StructBuilder)
	s.Append(true)
	if v%5 == 0 {
		s.FieldBuilder(0).AppendNull()
	} else {
		s.FieldBuilder(0).(*array.Int64Builder).Append(v)
	}
	s.FieldBuilder(1).(*array.StringBuilder).Append(fmt.Sprint("w", v))
}

// TestParquetKinds writes every type in every encoding, codec and form of pages, and compares what is read in place, narrow and wide,
// from the cache of columns, and imported, with what was written.
func TestParquetKinds(t *testing.T) { // not in parallel: see old
	old(t)
	var names map[arrow.Type][]string
	b := kinds(320)
	names = map[arrow.Type][]string{}
	for _, f := range b.Schema().Fields() {
		names[f.Type.ID()] = append(names[f.Type.ID()], f.Name)
	}
	encode := func(e parquet.Encoding, of ...arrow.Type) (out []parquet.WriterProperty) {
		out = append(out, parquet.WithDictionaryDefault(false))
		for _, id := range of {
			for _, n := range names[id] {
				out = append(out, parquet.WithEncodingFor(n, e))
			}
		}
		return out
	}
	plain := []parquet.WriterProperty{parquet.WithDictionaryDefault(false)}
	cases := map[string][]parquet.WriterProperty{
		"dictionary":        nil,
		"plain":             plain,
		"small pages":       {parquet.WithDataPageSize(300), parquet.WithBatchSize(64)},
		"small pages plain": append([]parquet.WriterProperty{parquet.WithDataPageSize(300), parquet.WithBatchSize(64)}, plain...),
		"full dictionary":   {parquet.WithDictionaryPageSizeLimit(600), parquet.WithDataPageSize(300), parquet.WithBatchSize(64)},
		"pages v2":          {parquet.WithDataPageVersion(parquet.DataPageV2)},
		"pages v2 plain":    append([]parquet.WriterProperty{parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDataPageSize(500), parquet.WithBatchSize(64)}, plain...),
		"version 1":         {parquet.WithVersion(parquet.V1_0)},
		"page index":        {parquet.WithPageIndexEnabled(true), parquet.WithDataPageSize(500), parquet.WithBatchSize(64)},
		"bloom filters":     {parquet.WithBloomFilterEnabledFor("word", true), parquet.WithBloomFilterEnabledFor("i64", true)},
		"no statistics":     {parquet.WithStats(false)},
		"row groups":        {parquet.WithMaxRowGroupLength(120)},
		"whole decimals":    {parquet.WithStoreDecimalAsInteger(true)},
		"whole decimals plain": append([]parquet.WriterProperty{parquet.WithStoreDecimalAsInteger(true)},
			plain...),
		"delta of numbers": encode(parquet.Encodings.DeltaBinaryPacked, arrow.INT32, arrow.INT64, arrow.DATE32, arrow.TIMESTAMP),
		"delta of lengths": encode(parquet.Encodings.DeltaLengthByteArray, arrow.STRING, arrow.BINARY),
		"delta of bytes":   encode(parquet.Encodings.DeltaByteArray, arrow.STRING, arrow.BINARY),
		"split floats":     encode(parquet.Encodings.ByteStreamSplit, arrow.FLOAT32, arrow.FLOAT64, arrow.INT32, arrow.INT64),
		"runs of flags":    append(encode(parquet.Encodings.RLE, arrow.BOOL), parquet.WithDataPageVersion(parquet.DataPageV2)),
	}
	for _, codec := range []compress.Compression{compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Zstd, compress.Codecs.Lz4Raw, compress.Codecs.Brotli} {
		cases["codec "+codec.String()] = []parquet.WriterProperty{parquet.WithCompression(codec)}
		cases["codec v2 "+codec.String()] = append([]parquet.WriterProperty{parquet.WithCompression(codec), parquet.WithDataPageVersion(parquet.DataPageV2)}, plain...)
	}
	// What arrow-go itself cannot: the old version has no nanoseconds, and they are cut rather than rounded; pages without values in Brotli.
	cannot := map[string]string{"version 1": "ns", "codec v2 BROTLI": "lists"}
	want := written(t, b)
	for name, props := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, want := b, want
			if without := cannot[name]; without != "" {
				b = only(b, func(name string) bool { return !strings.HasPrefix(name, without) })
				want = written(t, b)
			}
			compareKinds(t, encoded(t, parquet.NewWriterProperties(props...), b), want)
		})
	}
	t.Run("batches", func(t *testing.T) {
		t.Parallel()
		few := []string{"flag_or_none", "few_or_none", "i64", "word_or_none", "text_or_none", "d15_or_none", "list"}
		b := only(kinds(BatchRows+5000), func(name string) bool { return slices.Contains(few, name) })
		compareKinds(t, encoded(t, parquet.NewWriterProperties(parquet.WithDataPageSize(10_000)), b), written(t, b))
	})
}

// only is some columns of a batch.
func only(b arrow.RecordBatch, want func(name string) bool) arrow.RecordBatch {
	var fields []arrow.Field
	var columns []arrow.Array
	for i, f := range b.Schema().Fields() {
		if want(f.Name) {
			fields, columns = append(fields, f), append(columns, b.Column(i))
		}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, b.NumRows())
}

// rowsRead are what is to be read.
type rowsRead []arrow.Array

// written is the rows of a batch, in the types that they are read in.
func written(t *testing.T, b arrow.RecordBatch) (out rowsRead) {
	t.Helper()
	for i, c := range b.Columns() {
		of, err := types.FromArrow(b.Schema().Field(i))
		if err != nil {
			t.Fatal(err)
		}
		c, err = convert(c, of.Required())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// differs finds the first row of columns that is not the one at the place of it; what is equal as whole columns is not written out.
func (w rowsRead) differs(cols []arrow.Array, at int) (row int, differs bool) {
	n := cols[0].Len()
	if at+n > w[0].Len() {
		return w[0].Len() - at, true
	}
	var left, right []arrow.Array
	for i, c := range cols {
		want := array.NewSlice(w[i], int64(at), int64(at+n))
		if d, ok := c.(*array.Dictionary); ok {
			c = texts(d)
		}
		if !array.Equal(c, want) {
			left, right = append(left, c), append(right, want)
		}
	}
	for row := range n {
		if rowText(left, row) != rowText(right, row) {
			return row, true
		}
	}
	return 0, false
}

// texts are those of a column with a dictionary.
func texts(d *array.Dictionary) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	values := d.Dictionary().(*array.String)
	for i := range d.Len() {
		if d.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(values.Value(d.GetValueIndex(i)))
		}
	}
	return b.NewArray()
}

func rowText(cols []arrow.Array, row int) string {
	var out strings.Builder
	for _, c := range cols {
		out.WriteString(c.ValueStr(row) + "|")
	}
	return out.String()
}

func compareKinds(t *testing.T, file []byte, want rowsRead) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "kinds.parquet")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	compare := func(what string, c *LocalCatalog, narrow bool) {
		t.Helper()
		table, err := c.File(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range table.Columns {
			names = append(names, f.Name)
		}
		at := 0
		for i := range table.Segments {
			r, err := c.Open(t.Context(), table, i)
			if err != nil {
				t.Fatal(err)
			}
			for j := range r.NumBatches() {
				read := r.Batch
				if n, ok := r.(interface {
					Narrow(i int, columns []string) (arrow.RecordBatch, error)
				}); ok && narrow {
					read = n.Narrow
				}
				b, err := read(j, names)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				cols := b.Columns()
				if narrow {
					cols = slices.Clone(cols)
					for k, f := range table.Columns {
						if cols[k], err = funcs.Widened(memory.DefaultAllocator, cols[k], f.Type.Required()); err != nil {
							t.Fatal(err)
						}
					}
				}
				if row, is := want.differs(cols, at); is {
					t.Fatalf("%s: row %d\n got %s\nwant %s", what, at+row, rowText(cols, row), rowText(want, min(at+row, want[0].Len()-1)))
				}
				at += int(b.NumRows())
			}
			r.Close()
		}
		if at != want[0].Len() {
			t.Errorf("%s: %d rows of %d", what, at, want[0].Len())
		}
	}
	imported, err := NewLocalCatalog(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	compare("imported", imported, false)
	placed := &LocalCatalog{InPlace: true, files: map[string]*logical.Table{}}
	compare("in place", placed, false)
	compare("in place, narrow", placed, true)
	c := keeper(t, dir, 1<<30)
	compare("read once", c, true)
	compare("to be kept", c, true)
	c.Columns.Close(time.Minute)
	kept := keeper(t, dir, 1<<30)
	compare("kept", kept, true)
	compare("kept, wide", kept, false)
	if want[0].Len() > 0 {
		if all, _ := entries(t, dir); len(all) == 0 {
			t.Error("nothing was kept")
		}
	}
}

// TestDamagedParquet changes bytes of files at random: what comes is an error that names the file, or rows, with little memory.
func TestDamagedParquet(t *testing.T) {
	t.Parallel()
	b := kinds(60)
	random := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	var before, after runtime.MemStats
	for k, props := range [][]parquet.WriterProperty{
		{parquet.WithCompression(compress.Codecs.Snappy)}, {parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDataPageVersion(parquet.DataPageV2)},
		{parquet.WithDictionaryDefault(false)}, {parquet.WithCompression(compress.Codecs.Lz4Raw), parquet.WithDataPageSize(50)},
	} {
		file := encoded(t, parquet.NewWriterProperties(props...), b)
		for round := range 40 {
			damaged := bytes.Clone(file)
			for range 1 + round%8 {
				damaged[random.IntN(len(damaged))] = byte(random.Uint32())
			}
			if round%10 == 0 {
				damaged = damaged[:random.IntN(len(damaged))]
			}
			path := filepath.Join(dir, fmt.Sprintf("damaged%d-%d.parquet", k, round))
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			c := &LocalCatalog{InPlace: true, files: map[string]*logical.Table{}}
			runtime.ReadMemStats(&before)
			table, err := c.File(t.Context(), path)
			for i := 0; err == nil && i < len(table.Segments); i++ {
				var r Reader
				if r, err = c.Open(t.Context(), table, i); err != nil {
					break
				}
				for j := range min(r.NumBatches(), 3) {
					for _, f := range table.Columns {
						if got, berr := r.Batch(j, []string{f.Name}); berr != nil {
							err = berr
						} else if verr := validate(got.Column(0)); verr != nil {
							t.Fatalf("round %d: column %s: %v", round, f.Name, verr)
						}
					}
				}
				r.Close()
			}
			if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<30 {
				t.Errorf("round %d: %d MB of memory", round, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
			if err != nil && !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Fatalf("round %d: the error does not name the file: %v", round, err)
			}
		}
	}
}
