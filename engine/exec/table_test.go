package exec

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"pgregory.net/rapid"
)

// TestTables compares both hash tables with Go's map.
func TestTables(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.Uint64Range(0, 500), 0, 2000).Draw(t, "keys")
		var ints intTable
		text := newBytesTable()
		want := map[uint64]uint32{}
		for _, k := range keys {
			b := binary.AppendUvarint(nil, k)
			if _, ok := want[k]; !ok {
				if ints.find(k) != none || text.find(b) != none {
					t.Fatalf("%d is found before it was inserted", k)
				}
				want[k] = uint32(len(want))
			}
			if i, j := ints.insert(k), text.insert(b); i != want[k] || j != want[k] {
				t.Fatalf("%d is numbered %d and %d, want %d", k, i, j, want[k])
			}
		}
		for k, n := range want {
			if ints.find(k) != n || text.find(binary.AppendUvarint(nil, k)) != n {
				t.Fatalf("%d is lost", k)
			}
		}
	})
}

// TestFloatKeys shows that equal floats are one group: both zeros, and every NaN.
func TestFloatKeys(t *testing.T) {
	t.Parallel()
	b := array.NewFloat64Builder(Env{}.allocator())
	b.AppendValues([]float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0x7ff8000000000009), 1}, nil)
	b.AppendNull()
	out := make([]uint32, 6)
	newKeyCodes(1).insert([]arrow.Array{b.NewArray()}, newKeyCache(1), out)
	if want := []uint32{0, 0, 1, 1, 2, 3}; !slices.Equal(out, want) {
		t.Errorf("codes %v, want %v", out, want)
	}
}

// TestOrderOfFloats: NaN comes after all numbers ascending, absent last both ways.
func TestOrderOfFloats(t *testing.T) {
	t.Parallel()
	b := array.NewFloat64Builder(Env{}.allocator())
	b.AppendNull()
	b.AppendValues([]float64{math.NaN(), math.Inf(1), -1, math.Inf(-1), 0}, nil)
	a := b.NewArray()
	for _, c := range []struct {
		desc bool
		want []int32
	}{{false, []int32{4, 3, 5, 2, 1, 0}}, {true, []int32{1, 2, 5, 3, 4, 0}}} {
		o := &ordering{compare: []func(i, j int32) int{comparer(a, c.desc)}, prefix: prefixes(a, c.desc)}
		rows := allRows(a.Len())
		if err := o.sort(t.Context(), rows); err != nil || !slices.Equal(rows, c.want) {
			t.Errorf("desc %v: %v %v, want %v", c.desc, rows, err, c.want)
		}
		o.prefix = nil
		slices.Reverse(rows)
		if err := o.sort(t.Context(), rows); err != nil || !slices.Equal(rows, c.want) {
			t.Errorf("desc %v without prefixes: %v %v, want %v", c.desc, rows, err, c.want)
		}
	}
}
