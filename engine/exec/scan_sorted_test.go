package exec

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/physical"
)

// TestBetween searches rising columns with values that come twice, for bounds inside, outside, and on values.
func TestBetween(t *testing.T) {
	t.Parallel()
	at := func(v int64) *logical.Literal { return &logical.Literal{Int: &v} }
	for _, vs := range [][]int64{{}, {5}, {1, 1, 2, 4, 4, 4, 9}, {-3, -3, -3}, {0, 1, 2, 3, 4, 5, 6, 7}} {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		b.AppendValues(vs, nil)
		a := b.NewInt64Array()
		for low := int64(-4); low <= 10; low++ {
			for high := int64(-4); high <= 10; high++ {
				for flags := range 4 {
					x := &physical.Sorted{From: at(low), To: at(high), Above: flags&1 == 1, Below: flags&2 == 2}
					want := 0
					for _, v := range vs {
						if (v > low || v == low && !x.Above) && (v < high || v == high && !x.Below) {
							want++
						}
					}
					from, to, err := between(a, x)
					if err != nil || to-from != want {
						t.Fatalf("%v from %d to %d, %+v: rows %d to %d, want %d of them; %v", vs, low, high, x, from, to, want, err)
					}
					for i := from; i < to; i++ {
						if vs[i] < low || vs[i] > high {
							t.Fatalf("%v from %d to %d: row %d", vs, low, high, i)
						}
					}
				}
			}
		}
	}
	f := array.NewFloat64Builder(memory.DefaultAllocator).NewFloat64Array()
	if _, _, err := between(f, &physical.Sorted{From: at(1)}); err == nil {
		t.Error("a column of floats is searched")
	}
}
