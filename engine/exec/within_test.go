package exec

import (
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"pgregory.net/rapid"
)

// TestWithin holds what is let through by a border to the numbers of the rows, of whole numbers in every width as of wide ones.
func TestWithin(t *testing.T) {
	t.Parallel()
	edges := []int64{0, -1, 1, math.MinInt8, math.MaxInt8, math.MinInt16, math.MaxInt16, math.MinInt32, math.MaxInt32, math.MinInt64, math.MaxInt64}
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom([]int{8, 16, 32, 64}).Draw(t, "bits")
		values := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64Range(-300, 300)), 0, 150).Draw(t, "values")
		border := signed(rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64Range(-300, 300)).Draw(t, "border"))
		desc := rapid.Bool().Draw(t, "desc")
		if desc {
			border = ^border
		}
		wide := array.NewInt64Builder(Env{}.allocator())
		decimals := array.NewDecimal128Builder(Env{}.allocator(), &arrow.Decimal128Type{Precision: 38})
		narrow := array.NewBuilder(Env{}.allocator(), map[int]arrow.DataType{8: arrow.PrimitiveTypes.Int8, 16: arrow.PrimitiveTypes.Int16,
			32: arrow.PrimitiveTypes.Int32, 64: arrow.PrimitiveTypes.Int64}[bits])
		for _, v := range values {
			if v%7 == 3 {
				wide.AppendNull()
				narrow.AppendNull()
				decimals.AppendNull()
				continue
			}
			v = v << (64 - bits) >> (64 - bits)
			wide.Append(v)
			decimals.Append(decimal128.FromI64(v))
			switch b := narrow.(type) {
			case *array.Int8Builder:
				b.Append(int8(v))
			case *array.Int16Builder:
				b.Append(int16(v))
			case *array.Int32Builder:
				b.Append(int32(v))
			case *array.Int64Builder:
				b.Append(v)
			}
		}
		from := rapid.IntRange(0, len(values)).Draw(t, "from")
		part := func(a arrow.Array) arrow.Array { return array.NewSlice(a, int64(from), int64(a.Len())) }
		all := part(wide.NewArray())
		want := []int32{}
		for i, n := range prefixes(all, desc) {
			if n <= border {
				want = append(want, int32(i))
			}
		}
		if border == math.MaxUint64 { // no border
			want = allRows(all.Len())
		}
		for _, a := range []arrow.Array{all, part(narrow.NewArray()), part(decimals.NewArray())} {
			if got := within(a, desc, border); !slices.Equal(got, want) {
				t.Fatalf("%s: rows %v, want %v", a.DataType(), got, want)
			}
		}
	})
}

// TestNearest: decimals of any size are numbered in their order.
func TestNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) decimal128.Num {
			return decimal128.New(rapid.Int64Range(-2, 2).Draw(t, name+" high"), rapid.Uint64().Draw(t, name+" low"))
		}
		x, y := draw("x"), draw("y")
		if c := x.Cmp(y); c < 0 && nearest(x) > nearest(y) || c == 0 && nearest(x) != nearest(y) {
			t.Fatalf("%v and %v are numbered %d and %d", x, y, nearest(x), nearest(y))
		}
		if v := rapid.Int64().Draw(t, "v"); nearest(decimal128.FromI64(v)) != v {
			t.Fatalf("%d is numbered %d", v, nearest(decimal128.FromI64(v)))
		}
	})
}
