package exec

import "github.com/apache/arrow-go/v18/arrow"

// bytes is how much the rows are, as they are held: dictionaries, which many batches share, and bitmaps are left out, and a column that is not
// made yet is the bitmap or the row numbers that stand for it.
func (b *batch) bytes() int64 {
	var n int64
	var counted *picks // mostly the same for all columns
	for i, c := range b.cols {
		switch {
		case b.late == nil || b.late[i].rows == nil:
			n += columnBytes(c)
		case b.late[i].rows != counted:
			counted = b.late[i].rows
			if n += 8 * int64(len(counted.keep)); counted.keep == nil {
				n += 4 * int64(len(counted.rows))
			}
		}
	}
	return n
}

// columnBytes is what reading a column touches: its share of the buffers, without dictionaries and bitmaps.
func columnBytes(a arrow.Array) int64 { return dataBytes(a.Data(), a.Data().Offset(), a.Len()) }

// bytesOf is the columns' bytes in all.
func bytesOf(cols []arrow.Array) (n int64) {
	for _, c := range cols {
		n += columnBytes(c)
	}
	return n
}

// dataBytes is what the n rows from a place on take.
func dataBytes(d arrow.ArrayData, from, n int) int64 {
	bufs := d.Buffers()
	switch t := d.DataType().(type) {
	case *arrow.NullType:
		return 0
	case *arrow.StringType, *arrow.BinaryType, *arrow.ListType:
		if n == 0 || bufs[1] == nil {
			return 0
		}
		ends := arrow.Int32Traits.CastFromBytes(bufs[1].Bytes())
		first, last := int(ends[from]), int(ends[from+n])
		if len(d.Children()) > 0 {
			of := d.Children()[0]
			return 4*int64(n) + dataBytes(of, of.Offset()+first, last-first)
		}
		return 4*int64(n) + int64(last-first)
	case *arrow.StructType:
		all := int64(0)
		for _, c := range d.Children() {
			all += dataBytes(c, c.Offset()+from, n)
		}
		return all
	case arrow.FixedWidthDataType:
		return (int64(n)*int64(t.BitWidth()) + 7) / 8
	}
	all := int64(0)
	for _, b := range bufs {
		if b != nil {
			all += int64(b.Len())
		}
	}
	return all
}
