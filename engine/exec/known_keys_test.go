package exec

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"pgregory.net/rapid"
)

// dictionaryOf is texts as positions of a width in a dictionary of all of them, in the order that it is given.
func dictionaryOf(dictionary []string, width arrow.DataType, at []int, absent bool) arrow.Array {
	values := array.NewStringBuilder(Env{}.allocator())
	values.AppendValues(dictionary, nil)
	index := array.NewBuilder(Env{}.allocator(), width)
	for i, v := range at {
		if absent && i%5 == 0 {
			index.AppendNull()
			continue
		}
		switch b := index.(type) {
		case *array.Int8Builder:
			b.Append(int8(v))
		case *array.Uint8Builder:
			b.Append(uint8(v))
		case *array.Int16Builder:
			b.Append(int16(v))
		case *array.Uint16Builder:
			b.Append(uint16(v))
		case *array.Int32Builder:
			b.Append(int32(v))
		}
	}
	return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: width, ValueType: arrow.BinaryTypes.String}, index.NewArray(), values.NewArray())
}

// TestKnownKeys numbers rows by one to three columns of dictionaries, which come again with other rows and in other orders, as Go's map does.
func TestKnownKeys(t *testing.T) {
	t.Parallel()
	widths := []arrow.DataType{arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Int32}
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 3).Draw(t, "columns")
		k := newGroupKeys(columns)
		for _, c := range k.columns {
			if rapid.Bool().Draw(t, "may follow") {
				c.texts = &keyTexts{}
			}
		}
		texts := []string{"a", "b", "", "dd", "e", "f"}
		want, firsts := map[string]uint32{}, 0
		for batch := range rapid.IntRange(1, 4).Draw(t, "dictionaries") {
			var of []arrow.Array
			for c := range columns {
				dictionary := texts[:rapid.IntRange(1, len(texts)).Draw(t, "texts")]
				if rapid.Bool().Draw(t, "another") {
					dictionary = rapid.Permutation(texts).Draw(t, "dictionary")
				}
				at := rapid.SliceOfN(rapid.IntRange(0, len(dictionary)-1), 60, 60).Draw(t, "rows")
				slices.Sort(at[:20]) // some values come late
				of = append(of, dictionaryOf(dictionary, widths[rapid.IntRange(0, len(widths)-1).Draw(t, "width")], at, batch == 2 && c == 0))
			}
			for from := 0; from < 60; from += 15 {
				cols := make([]arrow.Array, columns)
				for c := range cols {
					cols[c] = array.NewSlice(of[c], int64(from), int64(from+15))
				}
				out := make([]uint32, 15)
				fresh := k.insert(newBudget(&Env{}), cols, out, nil)
				for i, g := range out {
					key := ""
					for _, c := range cols {
						key += fmt.Sprintf("%v %q,", c.IsNull(i), c.ValueStr(i))
					}
					n, ok := want[key]
					if !ok {
						n = uint32(len(want))
						want[key] = n
						if !slices.Contains(fresh, int32(i)) {
							t.Fatalf("row %d begins a group, and is not said to: %v", i, fresh)
						}
						firsts++
					}
					if g != n {
						t.Fatalf("row %d from %d of %s: group %d, want %d", i, from, key, g, n)
					}
				}
				if firsts -= len(fresh); firsts != 0 {
					t.Fatalf("%d rows more or less begin groups", firsts)
				}
			}
		}
	})
}
