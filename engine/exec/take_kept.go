package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/kernels"
)

// takePicks returns the rows of a column that are picked.
func takePicks(mem *budget, a arrow.Array, p *picks) arrow.Array {
	if p.keep == nil || a.NullN() > 0 || a.Len() == 0 {
		return take(mem, a, p.numbers())
	}
	d := a.Data()
	width := cellWidth(a.DataType())
	if width == 0 {
		return take(mem, a, p.numbers())
	}
	buf := takeKept(mem, d, p, width)
	defer buf.Release()
	bufs := []*memory.Buffer{nil, buf}
	var out arrow.ArrayData
	if a.DataType().ID() == arrow.DICTIONARY {
		out = array.NewDataWithDictionary(a.DataType(), p.n, bufs, 0, 0, d.Dictionary().(*array.Data))
	} else {
		out = array.NewData(a.DataType(), p.n, bufs, nil, 0, 0)
	}
	defer out.Release()
	return array.MakeFromData(out)
}

// cellWidth is the bytes of a value, where its rows can be chosen by a bitmap; else 0.
func cellWidth(dt arrow.DataType) int {
	if t, ok := dt.(*arrow.DictionaryType); ok {
		dt = t.IndexType
	}
	if t, ok := dt.(arrow.FixedWidthDataType); ok {
		switch t.BitWidth() {
		case 8, 16, 32, 64:
			return t.Bytes()
		}
	}
	return 0
}

// takeKept copies the values whose bits are set. The buffer has room for more, as the kernels want it.
func takeKept(mem *budget, d arrow.ArrayData, p *picks, width int) *memory.Buffer {
	buf := allocate(mem.reused(), (p.n+kernels.Slack)*width)
	in, out := d.Buffers()[1].Bytes()[d.Offset()*width:(d.Offset()+d.Len())*width], buf.Bytes()
	switch width {
	case 8:
		kernels.Best.Keep64(arrow.Uint64Traits.CastFromBytes(in), arrow.Uint64Traits.CastFromBytes(out), p.keep)
	case 4:
		kernels.Best.Keep32(arrow.Uint32Traits.CastFromBytes(in), arrow.Uint32Traits.CastFromBytes(out), p.keep)
	case 2:
		kernels.Best.Keep16(arrow.Uint16Traits.CastFromBytes(in), arrow.Uint16Traits.CastFromBytes(out), p.keep)
	default:
		kernels.Best.Keep8(in, out, p.keep)
	}
	return buf
}
