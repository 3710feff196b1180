package funcs

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

const floats = 0 // instead of a number of bits

// TestFewGroups adds rows of a few groups at once and one by one, in every width and up to the largest numbers, and compares.
func TestFewGroups(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SampledFrom([]int{1, 2, 5, 8, 9, 30}).Draw(t, "groups")
		bits := rapid.SampledFrom([]int{8, 16, 32, 64, floats}).Draw(t, "bits")
		shift := rapid.SampledFrom([]int{0, 0, 14, 15, 16, 17, 40}).Draw(t, "shift")
		of := rapid.SampledFrom([]types.Type{types.Of(types.Int), decimalOf(18, 2)}).Draw(t, "type")
		if bits == floats {
			of = types.Of(types.Float)
		}
		var few, each []Accumulator
		for _, name := range []string{"count", "sum", "mean"} {
			for _, to := range []*[]Accumulator{&few, &each} {
				s, err := NewAccumulator(name, []types.Type{of})
				if err != nil {
					t.Fatal(err)
				}
				s.Resize(groups)
				*to = append(*to, s)
			}
		}
		var f Few
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			n := rapid.SampledFrom([]int{0, 1, 63, 64, 65, 200, fewRows - 1, fewRows, 2*fewRows + 70}).Draw(t, "rows")
			seed := rapid.Uint64().Draw(t, "seed")
			codes := make([]uint32, n)
			b := array.NewBuilder(memory.DefaultAllocator, map[int]arrow.DataType{8: arrow.PrimitiveTypes.Int8, 16: arrow.PrimitiveTypes.Int16,
				32: arrow.PrimitiveTypes.Int32, 64: arrow.PrimitiveTypes.Int64, floats: arrow.PrimitiveTypes.Float64}[bits])
			for i := range codes {
				seed = seed*6364136223846793005 + 1442695040888963407
				codes[i] = uint32(seed>>33) % uint32(groups)
				v := int64(seed) >> shift
				switch b := b.(type) {
				case *array.Int8Builder:
					b.Append(int8(v))
				case *array.Int16Builder:
					b.Append(int16(v))
				case *array.Int32Builder:
					b.Append(int32(v))
				case *array.Int64Builder:
					b.Append(v)
				case *array.Float64Builder:
					b.Append(float64(v) / 3)
				}
			}
			args := []arrow.Array{b.NewArray()}
			f.Set(codes, groups)
			for i, s := range few {
				done, err := s.(FewAccumulator).UpdateFew(&f, args)
				if err == nil && !done {
					err = s.Update(n, codes, args)
				}
				if err == nil {
					err = each[i].Update(n, codes, args)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		for i, s := range few {
			got, err := s.Finish()
			want, failed := each[i].Finish()
			if (err == nil) != (failed == nil) || err == nil && !array.Equal(got, want) {
				t.Fatalf("%v %v, want %v %v", got, err, want, failed)
			}
		}
	})
}

// TestFewRows: every row is in the bits of its group and of no other.
func TestFewRows(t *testing.T) {
	t.Parallel()
	codes := []uint32{2, 0, 0, 1, 2}
	var f Few
	f.Set(slices.Repeat(codes, 100), 4)
	for i := range 500 {
		for g, rows := range f.rows {
			if got := rows[i/64]>>(i%64)&1 != 0; got != (g == int(codes[i%5])) {
				t.Fatalf("row %d of group %d: %v", i, g, got)
			}
		}
	}
	if !slices.Equal(f.counts, []int64{200, 100, 200, 0}) {
		t.Errorf("counts %v", f.counts)
	}
}
