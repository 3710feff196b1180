package storage

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// TestWidened compares whole columns, and slices of them, with what is converted row by row.
func TestWidened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from   arrow.DataType
		values string
		to     types.Kind
	}{
		{arrow.PrimitiveTypes.Int8, `[-128, null, 127, 0, 1, 2, null, 3, 4, 5]`, types.Int},
		{arrow.PrimitiveTypes.Int16, `[-32768, null, 32767, 0, 1, 2, null, 3, 4, 5]`, types.Int},
		{arrow.PrimitiveTypes.Int32, `[-2147483648, null, 2147483647, 0, 1, 2, null, 3, 4, 5]`, types.Int},
		{arrow.PrimitiveTypes.Uint8, `[255, null, 1, 0, 1, 2, null, 3, 4, 5]`, types.Int},
		{arrow.PrimitiveTypes.Uint16, `[65535, null, 1, 0, 1, 2, null, 3, 4, 5]`, types.Int},
		{arrow.PrimitiveTypes.Uint32, `[4294967295, null, 1, 0, 1, 2, 3, 3, 4, 5]`, types.Int},
		{arrow.PrimitiveTypes.Float32, `[1.5, null, -2.25, 0, 1, 2, null, 3, 4, 5]`, types.Float},
	} {
		whole, _, err := array.FromJSON(memory.DefaultAllocator, c.from, strings.NewReader(c.values))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []arrow.Array{whole, array.NewSlice(whole, 3, 9), array.NewSlice(whole, 2, 6), array.NewSlice(whole, 4, 4)} {
			want, err := types.ToArrow(types.Of(c.to))
			if err != nil {
				t.Fatal(err)
			}
			b := array.NewBuilder(memory.DefaultAllocator, want)
			for i := range a.Len() {
				if err := appendValue(b, types.Of(c.to), a, i); err != nil {
					t.Fatal(err)
				}
			}
			if got, slow := widened(a, want), b.NewArray(); got == nil || !array.Equal(got, slow) {
				t.Errorf("%s: got %v, want %v", c.from, got, slow)
			}
		}
	}
}
