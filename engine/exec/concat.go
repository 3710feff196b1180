package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

var tooLong = source.Diagnostics{{
	Code: "DQL9002", Severity: source.Error,
	Message: "a text column of one batch would hold more than 2 GB",
	Help:    "leave long texts out of the rows that are sorted, joined or grouped",
}}

// concat joins batches into one and releases them. A column whose parts are encoded in different ways gets one of them.
func concat(mem memory.Allocator, bs []*batch, fields []types.Field) (*batch, error) {
	if len(bs) == 1 {
		return bs[0], nil
	}
	defer func() {
		for _, b := range bs {
			b.release()
		}
	}()
	out := &batch{cols: make([]arrow.Array, 0, len(fields))}
	for _, b := range bs {
		out.n += b.n
	}
	for i, f := range fields {
		parts := make([]arrow.Array, len(bs))
		for j, b := range bs {
			parts[j] = b.cols[i]
		}
		c, err := concatColumn(mem, parts, f.Type)
		if err != nil {
			out.release()
			return nil, err
		}
		out.cols = append(out.cols, c)
	}
	return out, nil
}

// concatColumn does not release the parts.
func concatColumn(mem memory.Allocator, parts []arrow.Array, t types.Type) (arrow.Array, error) {
	if len(parts) == 0 {
		dt, err := types.ToArrow(t)
		if err != nil {
			return nil, err
		}
		return array.MakeArrayOfNull(mem, dt, 0), nil
	}
	parts, err := widenedAll(mem, parts, t)
	if err != nil {
		return nil, err
	}
	defer releaseAll(parts)
	same, size := true, 0
	for _, p := range parts {
		same = same && sameEncoding(p, parts[0])
		if s, ok := p.(interface{ ValueBytes() []byte }); ok {
			size += len(s.ValueBytes())
		}
	}
	if size > 1<<31-1 {
		return nil, tooLong
	}
	if same {
		return concatenate(mem, parts)
	}
	equal, err := alike(mem, parts)
	if err != nil {
		return nil, err
	}
	defer releaseAll(equal)
	return concatenate(mem, equal)
}

// concatenate is array.Concatenate, which compares the values of dictionaries even where all parts have the same one.
func concatenate(mem memory.Allocator, parts []arrow.Array) (arrow.Array, error) {
	first, ok := parts[0].(*array.Dictionary)
	if !ok {
		return array.Concatenate(parts, mem)
	}
	dictionary := first.Data().Dictionary()
	indices := make([]arrow.Array, len(parts))
	for i, p := range parts {
		d, ok := p.(*array.Dictionary)
		if !ok || d.Data().Dictionary() != dictionary || !arrow.TypeEqual(d.DataType(), first.DataType()) {
			return array.Concatenate(parts, mem)
		}
		indices[i] = d.Indices()
	}
	joined, err := array.Concatenate(indices, mem)
	if err != nil {
		return nil, err
	}
	defer joined.Release()
	data := array.NewDataWithDictionary(first.DataType(), joined.Len(), joined.Data().Buffers(), joined.NullN(), joined.Data().Offset(), dictionary.(*array.Data))
	defer data.Release()
	return array.MakeFromData(data), nil
}

// sameEncoding reports whether two parts of a column are both plain, or both over one dictionary.
func sameEncoding(a, b arrow.Array) bool {
	x, ok1 := a.(*array.Dictionary)
	y, ok2 := b.(*array.Dictionary)
	return ok1 == ok2 && (!ok1 || x.Data().Dictionary() == y.Data().Dictionary() || array.Equal(x.Dictionary(), y.Dictionary()))
}

// decoded returns a column without its dictionary; the caller releases it.
func decoded(mem memory.Allocator, a arrow.Array) arrow.Array {
	d, ok := a.(*array.Dictionary)
	if !ok {
		a.Retain()
		return a
	}
	rows := make([]int32, d.Len())
	for i := range rows {
		if rows[i] = -1; d.IsValid(i) {
			rows[i] = int32(d.GetValueIndex(i))
		}
	}
	return take(mem, d.Dictionary(), rows)
}
