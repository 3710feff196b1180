package storage

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

var narrowTypes = []types.Type{types.Of(types.Int), types.Of(types.Date), types.Of(types.Time), types.Of(types.Timestamp), {Kind: types.Decimal, Precision: 38, Scale: 2}}

// columnOf is a column of type t of whole numbers; every third is absent if gaps.
func columnOf(t *testing.T, of types.Type, vals []int64, gaps bool) arrow.Array {
	dt, err := types.ToArrow(of)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	for i, x := range vals {
		if gaps && i%3 == 1 {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.Int64Builder:
			b.Append(x)
		case *array.Date32Builder:
			b.Append(arrow.Date32(x))
		case *array.Time64Builder:
			b.Append(arrow.Time64(x))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(x))
		case *array.Decimal128Builder:
			b.Append(decimal128.FromI64(x))
		}
	}
	return b.NewArray()
}

// write makes a table of one column in one segment, and opens that.
func write(t *testing.T, of types.Type, a arrow.Array) *Segment {
	blobs, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	columns := []types.Field{{Name: "x", Type: types.Optional(of)}}
	schema, err := types.ArrowSchema(columns)
	if err != nil {
		t.Fatal(err)
	}
	rows := func(yield func(arrow.RecordBatch, error) bool) {
		yield(array.NewRecordBatch(schema, []arrow.Array{a}, int64(a.Len())), nil)
	}
	table, err := Keep(t.Context(), "x", columns, rows, blobs, "segments")
	if err != nil {
		t.Fatal(err)
	}
	s, err := blobs.OpenTable(t.Context(), table, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestWidths writes numbers at both ends of every width, and beyond them, and reads them as they are written and as they were.
func TestWidths(t *testing.T) {
	t.Parallel()
	for _, of := range narrowTypes {
		own := columnOf(t, of, nil, false).DataType().(arrow.FixedWidthDataType).Bytes()
		for _, bits := range []int{8, 16, 32, 64} {
			lo, hi := int64(math.MinInt64)>>(64-bits), int64(math.MaxInt64)>>(64-bits)
			if bits > 8*min(own, 8) {
				continue
			}
			for _, vals := range [][]int64{{lo, 0, hi}, {hi, 0, hi}, {0, 5, lo}, {lo, 7, lo - 1}, {hi, 7, hi + 1}} {
				if of.Kind == types.Date && vals[2] != int64(int32(vals[2])) || bits == 64 && (vals[2] > 0) != (vals[0] > 0) && vals[1] == 7 {
					continue // more than the type itself has
				}
				want := bits / 8
				if vals[1] == 7 {
					want *= 2
				}
				if want > own {
					want = own
				}
				for _, gaps := range []bool{false, true} {
					a := columnOf(t, of, vals, gaps)
					s := write(t, of, a)
					narrow, err := s.Narrow(0, []string{"x"})
					if err != nil {
						t.Fatal(err)
					}
					if got := narrow.Column(0).DataType().(arrow.FixedWidthDataType).Bytes(); got != want {
						t.Errorf("%s of %v is written in %d bytes, not %d", of, vals, got, want)
					}
					if want < own && !funcs.IsNarrow(narrow.Column(0), of) {
						t.Errorf("%s of %v is %s, and not known to be narrow", of, vals, narrow.Column(0).DataType())
					}
					b, err := s.Batch(0, []string{"x"})
					if err != nil {
						t.Fatal(err)
					}
					if !array.Equal(b.Column(0), a) {
						t.Errorf("%s of %v came back as %v", of, vals, b.Column(0))
					}
				}
			}
		}
	}
}

// TestLongDecimals: what needs more than 64 bits is written as it is.
func TestLongDecimals(t *testing.T) {
	t.Parallel()
	of := types.Type{Kind: types.Decimal, Precision: 38, Scale: 2}
	b := array.NewDecimal128Builder(memory.DefaultAllocator, &arrow.Decimal128Type{Precision: 38, Scale: 2})
	b.AppendValues([]decimal128.Num{decimal128.FromI64(1), decimal128.New(0, 1<<63)}, nil)
	a := b.NewArray()
	s := write(t, of, a)
	for name, read := range map[string]func(int, []string) (arrow.RecordBatch, error){"Batch": s.Batch, "Narrow": s.Narrow} {
		got, err := read(0, []string{"x"})
		if err != nil || !array.Equal(got.Column(0), a) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// TestWideSegments reads a segment as they were written before widths were chosen: every column in its own type.
func TestWideSegments(t *testing.T) {
	t.Parallel()
	table, blobs := load(t, "a.csv", "n,d,w\n"+strings.Repeat("1,2020-01-01,x\n2,2021-01-01,y\n", 8))
	w := newTableWriter(blobs, "older", []types.Field{{Name: "n", Type: types.Of(types.Int)}, {Name: "d", Type: types.Of(types.Date)}, {Name: "w", Type: types.Of(types.String)}})
	w.wide = true
	older, err := keep(t.Context(), w, "older", unitedRows(t.Context(), []*logical.Table{table}, table.Columns, func(ctx context.Context, t *logical.Table, i int) (Reader, error) {
		return blobs.OpenTable(ctx, t, i)
	}))
	if err != nil {
		t.Fatal(err)
	}
	rows := func(table *logical.Table) (string, int) {
		s, err := blobs.OpenTable(t.Context(), table, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		b, err := s.Batch(0, []string{"n", "d", "w"})
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := s.Narrow(0, []string{"n", "d", "w"})
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for _, c := range narrow.Columns() {
			bytes += c.DataType().(arrow.FixedWidthDataType).Bytes()
		}
		return fmt.Sprint(b.Columns()), bytes
	}
	a, wide := rows(older)
	b, narrow := rows(table)
	if a != b {
		t.Errorf("%s, not %s", a, b)
	}
	if wide != 8+4+4 || narrow != 1+2+1 {
		t.Errorf("a row takes %d bytes, and %d", wide, narrow)
	}
}
