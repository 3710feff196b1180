package storage

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// kept is the file of a segment with the columns.
func kept(t testing.TB, fields []types.Field, columns []arrow.Array) (logical.Segment, []byte, []string) {
	t.Helper()
	blobs, err := Open(t.Context(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	schema, err := types.ArrowSchema(fields)
	if err != nil {
		t.Fatal(err)
	}
	rows := func(yield func(arrow.RecordBatch, error) bool) {
		for at := 0; at < columns[0].Len(); at += BatchRows {
			b := array.NewRecordBatch(schema, columns, int64(columns[0].Len()))
			if !yield(b.NewSlice(int64(at), int64(min(at+BatchRows, columns[0].Len()))), nil) {
				return
			}
		}
	}
	table, err := Keep(t.Context(), "x", fields, rows, blobs, "segments")
	if err != nil {
		t.Fatal(err)
	}
	path, err := blobs.Local(t.Context(), table.Segments[0].Key, "")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return table.Segments[0], content, names
}

// everyEncoding has columns of whole numbers, dates, times and decimals in each width that they are written in, with and without absent
// values, texts with a dictionary and without, and one of each other layout.
func everyEncoding(t testing.TB) (logical.Segment, []byte, []string) {
	t.Helper()
	const rows = 12
	var fields []types.Field
	var columns []arrow.Array
	add := func(name string, of types.Type, put func(b array.Builder, i int)) {
		for _, gaps := range []bool{false, true} {
			dt, err := types.ToArrow(of)
			if err != nil {
				t.Fatal(err)
			}
			b := array.NewBuilder(memory.DefaultAllocator, dt)
			for i := range rows {
				if gaps && i%3 == 1 {
					b.AppendNull()
				} else {
					put(b, i)
				}
			}
			if fields = append(fields, types.Field{Name: name, Type: of}); gaps {
				fields[len(fields)-1] = types.Field{Name: name + "_or_none", Type: types.Optional(of)}
			}
			columns = append(columns, b.NewArray())
		}
	}
	for _, of := range narrowTypes {
		for _, bits := range []int{8, 16, 32, 64} {
			if of.Kind == types.Date && bits == 64 {
				continue
			}
			add(fmt.Sprintf("%s in %d bits", of, bits), of, func(b array.Builder, i int) {
				x := int64(math.MaxInt64)>>(64-bits) - int64(i)
				switch b := b.(type) {
				case *array.Int64Builder:
					b.Append(x)
				case *array.Date32Builder:
					b.Append(arrow.Date32(x))
				case *array.Time64Builder:
					b.Append(arrow.Time64(min(x, 86_399_999_999) - int64(i)))
				case *array.TimestampBuilder:
					b.Append(arrow.Timestamp(x))
				case *array.Decimal128Builder:
					b.Append(decimal128.FromI64(x))
				}
			})
		}
	}
	add("long", types.Type{Kind: types.Decimal, Precision: 38, Scale: 2}, func(b array.Builder, i int) {
		b.(*array.Decimal128Builder).Append(decimal128.New(int64(i), 1<<63))
	})
	add("flag", types.Of(types.Bool), func(b array.Builder, i int) { b.(*array.BooleanBuilder).Append(i%5 < 2) })
	add("half", types.Of(types.Float), func(b array.Builder, i int) { b.(*array.Float64Builder).Append(float64(i) / 2) })
	add("few", types.Of(types.String), func(b array.Builder, i int) { b.(*array.StringBuilder).Append(fmt.Sprint("word ", i%2)) })
	add("own", types.Of(types.String), func(b array.Builder, i int) { b.(*array.StringBuilder).Append(fmt.Sprint("text ", i)) })
	add("raw", types.Of(types.Bytes), func(b array.Builder, i int) { b.(*array.BinaryBuilder).Append([]byte{byte(i), 0}) })
	add("list", types.ListOf(types.Of(types.Int)), func(b array.Builder, i int) {
		l := b.(*array.ListBuilder)
		l.Append(true)
		for k := range i % 3 {
			l.ValueBuilder().(*array.Int64Builder).Append(int64(i + k))
		}
	})
	add("record", types.Type{Kind: types.Record, Fields: []types.Field{{Name: "n", Type: types.Of(types.Int)}}}, func(b array.Builder, i int) {
		s := b.(*array.StructBuilder)
		s.Append(true)
		s.FieldBuilder(0).(*array.Int64Builder).Append(int64(i))
	})
	return kept(t, fields, columns)
}

// TestChecksumsOfEveryEncoding flips bytes of a segment with every encoding: the rows are the same or the damage is noticed, and for each
// column there is damage that names it.
func TestChecksumsOfEveryEncoding(t *testing.T) {
	t.Parallel()
	seg, whole, names := everyEncoding(t)
	want, err := readColumns(t, seg, whole, names)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	damage := func(i int, names []string, want string) {
		b := append([]byte(nil), whole...)
		b[i] ^= 0x10
		seg.Key = fmt.Sprint("encodings-", i, names) // another file to the memory of what was compared
		got, err := readColumns(t, seg, b, names)
		switch {
		case err == nil && got != want:
			t.Fatalf("byte %d of %d: other rows without an error", i, len(whole))
		case err == nil:
		case !strings.Contains(err.Error(), "segment s.arrow is damaged"):
			t.Fatalf("byte %d: the error does not name the segment: %v", i, err)
		default:
			if _, rest, ok := strings.Cut(err.Error(), ": column "); ok {
				column, _, _ := strings.Cut(rest, " of batch")
				named[column] = true
			}
		}
	}
	for i := 0; i < len(whole); i += 8 * (1 + rand.IntN(40)) { // parts of a file begin at multiples of 8
		damage(i, names, want)
	}
	at := 0 // where the column before was found: they lie in their order
	for _, name := range names {
		alone, err := readColumns(t, seg, whole, []string{name})
		if err != nil {
			t.Fatal(err)
		}
		for tried := 0; tried < len(whole) && !named[name]; tried += 8 {
			damage(at, []string{name}, alone)
			if !named[name] {
				at = (at + 8) % (len(whole) &^ 7)
			}
		}
		if !named[name] {
			t.Errorf("no damage named column %s", name)
		}
	}
}

// TestChecksumsOfDictionaries flips bits among the numbers and among the texts of dictionaries, of which the numbers have one byte, two,
// and four.
func TestChecksumsOfDictionaries(t *testing.T) {
	t.Parallel()
	for _, values := range []int{40, 300, 66_000} {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for i := range 4 * values {
			b.Append(fmt.Sprint("value ", i%values))
		}
		seg, whole, names := kept(t, []types.Field{{Name: "w", Type: types.Of(types.String)}}, []arrow.Array{b.NewArray()})
		read := func(content []byte) (err error) {
			path := filepath.Join(t.TempDir(), "s.arrow")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openSegment(path, "s.arrow", seg)
			if err != nil {
				return err
			}
			defer s.Close()
			at := 0
			for i := range s.NumBatches() {
				b, err := s.Batch(i, names)
				if err != nil {
					return err
				}
				d, ok := b.Column(0).(*array.Dictionary)
				if !ok {
					t.Fatalf("%d values are no dictionary", values)
				}
				for r := range d.Len() {
					if got := d.Dictionary().(*array.String).Value(d.GetValueIndex(r)); got != fmt.Sprint("value ", at%values) {
						t.Fatalf("%d values: row %d is %s without an error", values, at, got)
					}
					at++
				}
			}
			return nil
		}
		if err := read(whole); err != nil {
			t.Fatal(err)
		}
		text := strings.LastIndex(string(whole), fmt.Sprint("value ", values-1))
		damage := func(at int) bool {
			damaged := append([]byte(nil), whole...)
			damaged[at] ^= 1
			seg.Key = fmt.Sprint("dictionary-", values, "-", at)
			err := read(damaged)
			if err != nil && !strings.Contains(err.Error(), "segment s.arrow is damaged: ") {
				t.Errorf("%d values, byte %d of %d: %v", values, at, len(whole), err)
			}
			return err != nil
		}
		if !damage(text+3) || !damage(text-40) {
			t.Errorf("%d values: damaged texts were not noticed", values)
		}
		noticed := 0
		for range 8 { // behind the texts come the numbers
			if damage(text + 20 + rand.IntN(len(whole)-text-20)) {
				noticed++
			}
		}
		if noticed == 0 {
			t.Errorf("%d values: damaged numbers were not noticed", values)
		}
	}
}
