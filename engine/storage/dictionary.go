package storage

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/sketch"
)

// dictionaryType is what readers give.
var dictionaryType = writtenDictionary(1<<16 + 1)

// writtenDictionary is the type in which a column of so many values is written.
func writtenDictionary(values int) *arrow.DictionaryType {
	return &arrow.DictionaryType{IndexType: indexType(values), ValueType: arrow.BinaryTypes.String}
}

// dictionary numbers the strings of one column over a whole import. It only grows, so a number means the same string
// in every segment, and a segment's dictionary is a prefix of the next one's. Once it has overflowed it stays so.
type dictionary struct {
	index    map[string]int32
	values   []string
	overflow bool
	rows     int64
}

func newDictionary() *dictionary { return &dictionary{index: map[string]int32{}} }

// encode returns the numbers of a's values, or nil once there are too many distinct ones.
func (d *dictionary) encode(a *array.String) *array.Int32 {
	if d.overflow {
		return nil
	}
	numbers, present := make([]int32, a.Len()), make([]bool, a.Len())
	for i := range numbers {
		if a.IsNull(i) {
			continue
		}
		present[i] = true
		v := a.Value(i)
		n, ok := d.index[v]
		if !ok {
			if len(d.values) >= logical.DictionaryLimit {
				d.drop()
				return nil
			}
			v = string([]byte(v))
			n = int32(len(d.values))
			d.index[v] = n
			d.values = append(d.values, v)
		}
		numbers[i] = n
	}
	d.rows += int64(a.Len())
	b := array.NewInt32Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(numbers, present)
	return b.NewInt32Array()
}

// pays reports whether the column is worth encoding.
func (d *dictionary) pays() bool {
	return !d.overflow && logical.DictionaryPays(int64(len(d.values)), d.rows)
}

func (d *dictionary) drop() { d.overflow, d.index, d.values = true, nil, nil }

func (d *dictionary) array() arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(d.values, nil)
	return b.NewArray()
}

// observeCodes is observe over numbers: it looks at each string once.
func (d *dictionary) observeCodes(a *array.Int32, s *sketch.Distinct) logical.Range {
	seen := make([]bool, len(d.values))
	for i, n := range a.Int32Values() {
		if !a.IsNull(i) {
			seen[n] = true
		}
	}
	r := logical.Range{Nulls: int64(a.NullN())}
	first := true
	var least, most string
	for n, ok := range seen {
		if !ok {
			continue
		}
		v := d.values[n]
		if first {
			least, most, first = v, v, false
		}
		least, most = min(least, v), max(most, v)
		s.AddString(v)
	}
	if !first {
		r.Min, r.Max = textBound(least), textBound(most)
	}
	return r
}
