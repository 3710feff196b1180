package exec

import (
	"hash/maphash"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/types"
)

// TestNarrowHashes: a row has one hash, however many bytes its numbers take.
func TestNarrowHashes(t *testing.T) {
	t.Parallel()
	mem := memory.DefaultAllocator
	for _, b := range []array.Builder{array.NewInt8Builder(mem), array.NewInt16Builder(mem), array.NewInt32Builder(mem)} {
		for _, v := range []string{"-7", "0", "(null)", "100"} {
			if err := b.AppendValueFromString(v); err != nil {
				t.Fatal(err)
			}
		}
		narrow := b.NewArray()
		wide, err := funcs.Widened(mem, narrow, types.Of(types.Int))
		if err != nil {
			t.Fatal(err)
		}
		h := rowHashes{seed: maphash.MakeSeed()}
		got, want := make([]uint64, 4), make([]uint64, 4)
		h.hash([]arrow.Array{narrow}, got)
		h.hash([]arrow.Array{wide}, want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: hashes %v, want %v", narrow.DataType(), got, want)
		}
	}
}
