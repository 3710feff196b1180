package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// oneDictionary is the values of several dictionaries of strings, each once, in the order of their first appearance.
type oneDictionary struct {
	values *array.String
	become map[arrow.ArrayData][]uint32 // the positions in values, by dictionary
}

// joinDictionaries makes one dictionary of those of a column's parts. It gives up, with ok false, where a part has none or one with
// absent values, where the dictionaries are larger than the rows are many, and when ctx is done.
func joinDictionaries(ctx context.Context, mem memory.Allocator, parts []arrow.Array) (one *oneDictionary, ok bool) {
	rows, total := 0, 0
	become := map[arrow.ArrayData][]uint32{}
	var distinct []arrow.ArrayData
	for _, p := range parts {
		d, isDictionary := p.(*array.Dictionary)
		if !isDictionary {
			return nil, false
		}
		rows += p.Len()
		of := d.Data().Dictionary()
		if _, known := become[of]; known {
			continue
		}
		if of.DataType().ID() != arrow.STRING || of.NullN() > 0 {
			return nil, false
		}
		become[of] = nil
		distinct = append(distinct, of)
		total += of.Len()
	}
	if total > max(1024, rows) {
		return nil, false
	}
	table := newBytesTable()
	for _, of := range distinct {
		if ctx.Err() != nil {
			return nil, false
		}
		texts, positions := textsOf(of), make([]uint32, of.Len())
		table.insertAll(texts.offsets, texts.bytes, positions)
		become[of] = positions
	}
	values, ok := table.strings(mem)
	return &oneDictionary{values, become}, ok
}

// recode gives a column the dictionary in place of its own.
func (o *oneDictionary) recode(mem memory.Allocator, d *array.Dictionary) arrow.Array {
	become := o.become[d.Data().Dictionary()]
	buf := allocate(mem, 4*d.Len())
	defer buf.Release()
	to := arrow.Uint32Traits.CastFromBytes(buf.Bytes())
	if index, ok := d.Indices().(*array.Int32); ok {
		for i, k := range index.Int32Values() {
			to[i] = 0
			if uint(k) < uint(len(become)) { // of an absent row it may be anything
				to[i] = become[k]
			}
		}
	} else {
		for i := range to {
			to[i] = 0
			if k := d.GetValueIndex(i); uint(k) < uint(len(become)) {
				to[i] = become[k]
			}
		}
	}
	valid := validity(mem, d)
	if valid != nil {
		defer valid.Release()
	}
	dt := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	data := array.NewDataWithDictionary(dt, d.Len(), []*memory.Buffer{valid, buf}, d.NullN(), 0, o.values.Data().(*array.Data))
	defer data.Release()
	return array.MakeFromData(data)
}
