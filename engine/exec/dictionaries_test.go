package exec

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"
)

// TestJoinDictionaries joins random dictionaries of short and long texts, some of which several parts have: every row keeps its text,
// and equal texts have one position.
func TestJoinDictionaries(t *testing.T) {
	t.Parallel()
	texts := []string{"a", "b", "", "exactly fifteen", "sixteen of bytes", strings.Repeat("long ", 50), "é"}
	widths := []arrow.DataType{arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32}
	rapid.Check(t, func(t *rapid.T) {
		var parts []arrow.Array
		var want []string
		for range rapid.IntRange(1, 4).Draw(t, "dictionaries") {
			dictionary := rapid.Permutation(texts).Draw(t, "dictionary")[:rapid.IntRange(1, len(texts)).Draw(t, "values")]
			at := rapid.SliceOfN(rapid.IntRange(0, len(dictionary)-1), 0, 9).Draw(t, "rows")
			a := dictionaryOf(dictionary, rapid.SampledFrom(widths).Draw(t, "width"), at, rapid.Bool().Draw(t, "absent"))
			for range rapid.IntRange(1, 2).Draw(t, "parts") {
				parts = append(parts, a)
				for i := range a.Len() {
					want = append(want, cell(a, i))
				}
			}
		}
		one, ok := joinDictionaries(context.Background(), memory.DefaultAllocator, parts)
		if !ok {
			t.Fatal("they are not joined")
		}
		var got, values []string
		for _, p := range parts {
			a := one.recode(memory.DefaultAllocator, p.(*array.Dictionary))
			for i := range a.Len() {
				got = append(got, cell(a, i))
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("the rows are %q, want %q", got, want)
		}
		for i := range one.values.Len() {
			if slices.Contains(values, one.values.Value(i)) {
				t.Fatalf("%q is there twice", one.values.Value(i))
			}
			values = append(values, one.values.Value(i))
		}
	})
}

// TestDictionariesThatAreNotJoined leaves parts as they are that have no dictionary, an absent value in it, or more values than rows.
func TestDictionariesThatAreNotJoined(t *testing.T) {
	t.Parallel()
	mem := memory.DefaultAllocator
	plain, absent, many, index := array.NewStringBuilder(mem), array.NewStringBuilder(mem), array.NewStringBuilder(mem), array.NewInt32Builder(mem)
	plain.Append("a")
	absent.AppendNull()
	many.AppendValues(make([]string, 1025), nil)
	index.Append(0)
	position := index.NewArray()
	dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	for name, a := range map[string]arrow.Array{
		"no dictionary":    plain.NewArray(),
		"an absent value":  array.NewDictionaryArray(dt, position, absent.NewArray()),
		"more than rows":   array.NewDictionaryArray(dt, position, many.NewArray()),
		"other than texts": array.NewDictionaryArray(&arrow.DictionaryType{IndexType: dt.IndexType, ValueType: dt.IndexType}, position, position),
	} {
		if _, ok := joinDictionaries(t.Context(), mem, []arrow.Array{dictionaryOf([]string{"a"}, dt.IndexType, []int{0}, false), a}); ok {
			t.Errorf("%s: joined", name)
		}
	}
}
