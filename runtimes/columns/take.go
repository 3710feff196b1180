package columns

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Take returns some rows of a column as a dictionary-encoded one that shares its values. The caller releases it.
func Take(a arrow.Array, rows []int) arrow.Array {
	if a.DataType().ID() == arrow.NULL {
		return array.NewNull(len(rows))
	}
	b := array.NewInt32Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(len(rows))
	s := Open(a)
	for _, row := range rows {
		if s.Absent(row) {
			b.AppendNull()
		} else {
			b.Append(int32(s.Index(row)))
		}
	}
	index := b.NewArray()
	defer index.Release()
	return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: s.Values.DataType()}, index, s.Values)
}
