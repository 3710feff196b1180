package native

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

var (
	errNotText = errors.New("the result is not text in UTF-8")
	errNotJSON = errors.New("the result is not valid JSON; return json.dumps(…)")
)

// column copies a result of n rows out of the shared memory, and checks the copy: the interpreter may send anything.
func column(t types.Type, shared []byte, p span, n int) (arrow.Array, error) {
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	var presence *memory.Buffer
	nulls := 0
	var bits []byte
	if p.presence != nowhere {
		if bits, err = piece(shared, p.presence, uint64(n+7)/8); err != nil || !t.IsOption() {
			return nil, errTampered
		}
		for i := range n {
			if bits[i/8]>>(i%8)&1 == 0 {
				nulls++
			}
		}
		presence = memory.NewBufferBytes(bits)
	}
	kind := t.Required().Kind
	if kind == types.String || kind == types.JSON || kind == types.Bytes {
		return texts(dt, kind, shared, p, n, presence, bits, nulls)
	}
	size := 8 * uint64(n)
	switch kind {
	case types.Bool:
		size = uint64(n+7) / 8
	case types.Date:
		size = 4 * uint64(n)
	}
	if p.size != size {
		return nil, errTampered
	}
	values, err := piece(shared, p.values, size)
	if err != nil {
		return nil, err
	}
	return made(dt, n, nulls, presence, memory.NewBufferBytes(values)), nil
}

func texts(dt arrow.DataType, kind types.Kind, shared []byte, p span, n int, presence *memory.Buffer, bits []byte, nulls int) (arrow.Array, error) {
	ends, err := piece(shared, p.offsets, 4*uint64(n+1))
	if err != nil {
		return nil, err
	}
	values, err := piece(shared, p.values, p.size)
	if err != nil {
		return nil, err
	}
	last := binary.LittleEndian.Uint32(ends)
	if last != 0 {
		return nil, errTampered
	}
	for i := range n {
		end := binary.LittleEndian.Uint32(ends[4*i+4:])
		if end < last || uint64(end) > uint64(len(values)) {
			return nil, errTampered
		}
		v := values[last:end]
		last = end
		if bits != nil && bits[i/8]>>(i%8)&1 == 0 {
			continue
		}
		if kind != types.Bytes && !utf8.Valid(v) {
			return nil, errNotText
		}
		if kind == types.JSON && !json.Valid(v) {
			return nil, errNotJSON
		}
	}
	return made(dt, n, nulls, presence, memory.NewBufferBytes(ends), memory.NewBufferBytes(values)), nil
}

func made(dt arrow.DataType, n, nulls int, buffers ...*memory.Buffer) arrow.Array {
	data := array.NewData(dt, n, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// piece copies a part of the upper half of the shared memory.
func piece(shared []byte, at, size uint64) ([]byte, error) {
	if at < half || at > SharedBytes || size > SharedBytes-at {
		return nil, errTampered
	}
	return append(make([]byte, 0, size), shared[at:at+size]...), nil
}

// scatter puts results in their places: row i of the column is result pick[i], or absent where that is -1.
func scatter(results arrow.Array, pick []int32) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, results.DataType())
	defer b.Release()
	b.Reserve(len(pick))
	for _, at := range pick {
		if at < 0 || results.IsNull(int(at)) {
			b.AppendNull()
			continue
		}
		switch a := results.(type) {
		case *array.Boolean:
			b.(*array.BooleanBuilder).Append(a.Value(int(at)))
		case *array.Int64:
			b.(*array.Int64Builder).Append(a.Value(int(at)))
		case *array.Float64:
			b.(*array.Float64Builder).Append(a.Value(int(at)))
		case *array.Date32:
			b.(*array.Date32Builder).Append(a.Value(int(at)))
		case *array.Timestamp:
			b.(*array.TimestampBuilder).Append(a.Value(int(at)))
		case *array.String:
			b.(*array.StringBuilder).Append(a.Value(int(at)))
		case *array.Binary:
			b.(*array.BinaryBuilder).Append(a.Value(int(at)))
		}
	}
	return b.NewArray()
}
