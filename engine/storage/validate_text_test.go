package storage

import (
	"encoding/binary"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"
)

// TestValidateText finds wrong what Arrow finds wrong, whatever the offsets and bytes are.
func TestValidateText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.SampledFrom([]byte{'a', 'b', 0xc3, 0xa9, 0xff}), 0, 80).Draw(t, "data")
		if rapid.Bool().Draw(t, "ascii") {
			for i := range data {
				data[i] &= 0x7f
			}
		}
		n := rapid.IntRange(0, 12).Draw(t, "rows")
		var offsets []byte
		at := int32(0)
		for range n + 1 {
			at += rapid.SampledFrom([]int32{0, 1, 2, 7, 33, -1}).Draw(t, "length")
			offsets = binary.LittleEndian.AppendUint32(offsets, uint32(at))
		}
		from := rapid.IntRange(0, n).Draw(t, "offset")
		d := array.NewData(arrow.BinaryTypes.String, n-from, []*memory.Buffer{nil, memory.NewBufferBytes(offsets), memory.NewBufferBytes(data)}, nil, 0, from)
		var want, got error
		func() {
			defer func() { recover() }() // Arrow may find fault by a panic
			want = array.NewStringData(d).ValidateFull()
			got = validateText(array.NewStringData(d))
		}()
		if (want == nil) != (got == nil) {
			t.Fatalf("%v, and Arrow says %v", got, want)
		}
	})
}
