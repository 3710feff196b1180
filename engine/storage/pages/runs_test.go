package pages

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// mixture writes values as Parquet does: long stretches of one value as runs, others packed in groups of eight.
func mixture(values []uint32, width int) (out []byte) {
	for at := 0; at < len(values); {
		same := 1
		for at+same < len(values) && values[at+same] == values[at] {
			same++
		}
		if same >= 8 {
			out = binary.AppendUvarint(out, uint64(same)<<1)
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], values[at])
			out = append(out, b[:(width+7)/8]...)
			at += same
			continue
		}
		groups := 1 + (len(values)-at)%3
		out = binary.AppendUvarint(out, uint64(groups)<<1|1)
		packed := make([]byte, groups*width)
		for i := range groups * 8 {
			if at+i < len(values) {
				for bit := range width {
					if values[at+i]>>bit&1 == 1 {
						packed[(i*width+bit)/8] |= 1 << ((i*width + bit) % 8)
					}
				}
			}
		}
		out = append(out, packed...)
		at = min(at+groups*8, len(values))
	}
	return out
}

func TestRuns(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for width := range 33 {
		values := make([]uint32, 5000)
		for i := range values {
			if values[i] = uint32(random.Uint64() & (1<<width - 1)); i > 0 && random.IntN(50) < i/100 {
				values[i] = values[i-1]
			}
		}
		data := append(make([]byte, 0, 100_000), mixture(values, width)...)
		for _, from := range []int{0, 1, 7, 8, 1001, 4999} {
			r := runs{data: data, width: width}
			if err := r.skip(from); err != nil {
				t.Fatal(err)
			}
			var got []uint32
			for at := from; at < len(values); {
				out := make([]int32, min(1+random.IntN(300), len(values)-at))
				if err := readRuns(&r, out); err != nil {
					t.Fatal(err)
				}
				for _, v := range out {
					got = append(got, uint32(v))
				}
				at += len(out)
			}
			if !slices.Equal(got, values[from:]) {
				t.Fatalf("width %d from %d: other values", width, from)
			}
		}
		r := runs{data: data, width: width}
		if err := readRuns(&r, make([]int32, len(values)+24)); err == nil {
			t.Errorf("width %d: more values than there are", width)
		}
	}
}

func TestBits(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	values := make([]uint32, 3000)
	for i := range values {
		if values[i] = uint32(random.IntN(2)); i%500 < 200 {
			values[i] = 1
		}
	}
	r := runs{data: append(make([]byte, 0, 10_000), mixture(values, 1)...), width: 1}
	out := make([]byte, len(values)/8+8)
	if err := r.bits(out, len(values)); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if uint32(out[i/8]>>(i%8)&1) != v {
			t.Fatalf("bit %d is not %d", i, v)
		}
	}
}
