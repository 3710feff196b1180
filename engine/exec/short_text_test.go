package exec

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTextsOfEveryLength numbers batches of strings of few letters, short and long, which end or hold zeros, as Go's map does.
func TestTextsOfEveryLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		longest := rapid.SampledFrom([]int{1, 8, 15, 16, 20}).Draw(t, "longest")
		one := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'b'}), 0, longest)
		table, want := newBytesTable(), map[string]uint32{}
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			texts := rapid.SliceOfN(one, 0, 300).Draw(t, "texts")
			offsets, data := []int32{0}, []byte(nil)
			for _, s := range texts {
				data = append(data, s...)
				offsets = append(offsets, int32(len(data)))
			}
			out := make([]uint32, len(texts))
			table.insertAll(offsets, data, out)
			for i, s := range texts {
				if _, ok := want[string(s)]; !ok {
					want[string(s)] = uint32(len(want))
				}
				if out[i] != want[string(s)] {
					t.Fatalf("%q is numbered %d, want %d", s, out[i], want[string(s)])
				}
			}
		}
		if all := rapid.SliceOfN(one, 1, 600).Draw(t, "all"); !table.long && table.len() > 0 {
			offsets, data := []int32{0}, []byte(nil)
			for _, s := range all {
				data = append(data, s...)
				offsets = append(offsets, int32(len(data)))
			}
			out := make([]uint32, len(all))
			table.findAll(offsets, data, out)
			for i, s := range all {
				if n, ok := want[string(s)]; ok && out[i] != n || !ok && out[i] != unset {
					t.Fatalf("%q is found as %d, want %d", s, out[i], n)
				}
			}
		}
		s := one.Draw(t, "sought")
		if n, ok := want[string(s)]; ok && table.find(s) != n || !ok && table.find(s) != none || table.len() != len(want) {
			t.Fatalf("%q is found as %d of %d", s, table.find(s), table.len())
		}
		if n := table.insert([]byte("more than fifteen bytes")); n != uint32(len(want)) || len(want) > 0 && table.find(s) != none && table.insert(s) != want[string(s)] {
			t.Fatalf("a long string is numbered %d of %d", n, len(want))
		}
	})
}
