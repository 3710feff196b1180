package wasm

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
)

// bytesMemory is a module's memory.
type bytesMemory struct {
	api.Memory
	bytes []byte
}

func (m bytesMemory) Size() uint32 { return uint32(len(m.bytes)) }

func (m bytesMemory) Read(at, size uint32) ([]byte, bool) {
	if uint64(at)+uint64(size) > uint64(len(m.bytes)) {
		return nil, false
	}
	return m.bytes[at:][:size:size], true
}

// TestReadText compares texts that are looked at as a whole with texts that are looked at one by one: in a row and scattered,
// cut within characters, outside the memory, absent, and too long.
func TestReadText(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "plain text", "ü", "名", "🙂", "", "0123456789abcdef", "\x80", "\xed\xa0\x80", "\xc3"}
	const rows = 12
	taken := 0
	for range 20_000 {
		known := parts[:7+max(0, random.IntN(12)-8)]
		var all []byte
		var cuts []int // where characters begin
		for range 4 * rows {
			cuts = append(cuts, len(all))
			all = append(all, known[random.IntN(len(known))]...)
		}
		column := make([]byte, 8*rows)
		at, inRow := 0, random.IntN(2) == 0
		for k := range rows {
			i := random.IntN(len(cuts) - 4)
			if inRow {
				i = at
			}
			to := min(i+random.IntN(4), len(cuts)-1)
			at = to
			ptr, size := cuts[i], cuts[to]-cuts[i]
			switch random.IntN(200) {
			case 0:
				size = random.IntN(20)
			case 1:
				ptr += random.IntN(4)
			case 2:
				ptr, size = len(all)+random.IntN(2), 0
			case 3:
				ptr = 1<<32 - 1
			}
			binary.LittleEndian.PutUint64(column[8*k:], uint64(ptr)<<32|uint64(size))
		}
		result := value{form: text, kind: types.String}
		if random.IntN(4) == 0 {
			result.kind = types.Bytes
		}
		whole, one := newOutput(result, rows+1, nil), newOutput(result, rows+1, nil)
		one.oneByOne = true
		for _, o := range []*output{whole, one} {
			o.text, o.offsets = append(o.text, "ü"...), append(o.offsets, 2)
		}
		for row := range rows {
			if random.IntN(10) == 0 {
				whole.setAbsent(row + 1)
				one.setAbsent(row + 1)
			}
		}
		mem := bytesMemory{bytes: all}
		row, err := whole.readText(mem, column, 1, rows+1)
		wantRow, want := one.readText(mem, column, 1, rows+1)
		if row != wantRow || fmt.Sprint(err) != fmt.Sprint(want) || string(whole.text) != string(one.text) || !slices.Equal(whole.offsets, one.offsets) {
			t.Fatalf("%q %x gave row %d, %v, %q, %v, want row %d, %v, %q, %v", all, column, row, err, whole.text, whole.offsets, wantRow, want, one.text, one.offsets)
		}
		if whole.oneByOne != (want != nil) {
			t.Fatalf("%q %x were looked at one by one: %v, but failed with %v", all, column, whole.oneByOne, want)
		}
		if want == nil {
			taken++
		}
	}
	if taken < 1000 || taken > 19_000 {
		t.Errorf("%d of 20000 succeeded", taken)
	}
}

// TestTextColumns passes texts through a function that returns its argument: slices of columns, with absent rows, of
// dictionaries, and so long that one call of the driver does not take them all.
func TestTextColumns(t *testing.T) {
	t.Parallel()
	f := function(t, "same", "string", "string")
	raw := function(t, "same", "bytes", "bytes")
	raw.Name = "raw"
	p, err := open(t, Options{}).Load(t.Context(), module(benchModule(t)), []*udf.Function{f, raw})
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues([]string{"left out", "Zürich", "", "absent", "名前", "x", "last"}, []bool{true, true, true, false, true, true, true})
	some := b.NewArray()
	keys := array.NewUint32Builder(memory.DefaultAllocator)
	keys.AppendValues([]uint32{4, 1, 4, 3, 6}, []bool{true, true, false, true, true})
	words := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint32, ValueType: arrow.BinaryTypes.String}, keys.NewArray(), some)
	long := make([]string, 700)
	for i := range long {
		long[i] = strings.Repeat(string(rune('a'+i%26)), 16<<10+i)
	}
	bytes := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	bytes.AppendValues([][]byte{{0xff}, {}, {0, 1, 2}}, nil)
	for name, c := range map[string]arrow.Array{
		"slice": array.NewSlice(some, 4, 7), "absent": array.NewSlice(some, 1, 7), "dictionary": words, "long": texts(long...),
		"none": array.NewNull(3), "bytes": bytes.NewArray(),
	} {
		in, err := p.Instance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		called := f
		if name == "bytes" {
			called = raw
		}
		got, err := in.Call(t.Context(), called, []arrow.Array{c}, c.Len())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range c.Len() {
			want := c.ValueStr(i)
			if d, ok := c.(*array.Dictionary); ok && !d.IsNull(i) {
				want = d.Dictionary().ValueStr(d.GetValueIndex(i))
			}
			if have := got.ValueStr(i); have != want && !(got.IsNull(i) && want == array.NullValueStr) {
				t.Errorf("%s: row %d is %.40q, want %.40q", name, i, have, want)
			}
		}
		in.Close(t.Context())
	}
}
