package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Narrow gives, where encoding is asked for, numbers, dates and decimals in two bytes where all of a batch's fit, as segments do.
func (s *fakeSegment) Narrow(i int, columns []string) (arrow.RecordBatch, error) {
	b, err := s.Batch(i, columns)
	if err != nil || !s.encode {
		return b, err
	}
	defer b.Release()
	fields, cols := b.Schema().Fields(), make([]arrow.Array, b.NumCols())
	for k := range cols {
		if cols[k] = inTwoBytes(b.Column(k)); cols[k] == nil {
			cols[k] = b.Column(k)
		}
		fields[k].Type = cols[k].DataType()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, b.NumRows()), nil
}

// inTwoBytes is nil where a value has no room.
func inTwoBytes(a arrow.Array) arrow.Array {
	out := array.NewInt16Builder(memory.DefaultAllocator)
	defer out.Release()
	for i := range a.Len() {
		var x int64
		switch a := a.(type) {
		case *array.Int64:
			x = a.Value(i)
		case *array.Date32:
			x = int64(a.Value(i))
		case *array.Decimal128:
			d := a.Value(i)
			if x = int64(d.LowBits()); d.HighBits() != x>>63 {
				x = 1 << 62
			}
		default:
			return nil
		}
		switch {
		case a.IsNull(i):
			out.AppendNull()
		case x != int64(int16(x)):
			return nil
		default:
			out.Append(int16(x))
		}
	}
	return out.NewArray()
}
