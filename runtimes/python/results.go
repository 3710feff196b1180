package python

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// results collects the values that replies carry. The guest may send anything, so everything is checked.
type results struct {
	kind     types.Kind
	optional bool
	present  []byte
	words    []uint64 // int, float, date, timestamp
	bools    []byte
	texts    []string
	total    int // bytes of texts
}

func newResults(t types.Type) *results {
	return &results{kind: t.Required().Kind, optional: t.IsOption()}
}

// read takes a reply of n rows.
func (r *results) read(b []byte, n int) error {
	if r.optional {
		if len(b) < n {
			return errTampered
		}
		r.present = append(r.present, b[:n]...)
		b = b[n:]
	}
	switch r.kind {
	case types.Bool:
		if len(b) != n {
			return errTampered
		}
		r.bools = append(r.bools, b...)
	case types.String, types.JSON, types.Bytes:
		return r.readText(b, n)
	default:
		if len(b) != 8*n {
			return errTampered
		}
		for i := range n {
			r.words = append(r.words, binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return nil
}

func (r *results) readText(b []byte, n int) error {
	if len(b) < 4*n {
		return errTampered
	}
	lengths, data := b[:4*n], string(b[4*n:])
	if r.total += len(data); r.total > maxReply {
		return errors.New("the results of one batch are too long; return shorter text")
	}
	for i := range n {
		size := binary.LittleEndian.Uint32(lengths[4*i:])
		if uint64(size) > uint64(len(data)) {
			return errTampered
		}
		v := data[:size]
		data = data[size:]
		if r.kind != types.Bytes && !utf8.ValidString(v) {
			return errTampered
		}
		if r.kind == types.JSON && (!r.optional || r.present[len(r.texts)] == 1) && !json.Valid([]byte(v)) {
			return errors.New("the result is not valid JSON; return json.dumps(…)")
		}
		r.texts = append(r.texts, v)
	}
	if data != "" {
		return errTampered
	}
	return nil
}

// array puts the results in their places: row i of the column is result pick[i], or absent where that is -1.
func (r *results) array(t types.Type, n int, pick []int32) (arrow.Array, error) {
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	b.Reserve(n)
	for _, at := range pick {
		if at < 0 || r.optional && r.present[at] == 0 {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.BooleanBuilder:
			b.Append(r.bools[at] != 0)
		case *array.Int64Builder:
			b.Append(int64(r.words[at]))
		case *array.Float64Builder:
			b.Append(math.Float64frombits(r.words[at]))
		case *array.Date32Builder:
			b.Append(arrow.Date32(int64(r.words[at])))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(r.words[at]))
		case *array.StringBuilder:
			b.Append(r.texts[at])
		case *array.BinaryBuilder:
			b.Append([]byte(r.texts[at]))
		}
	}
	return b.NewArray(), nil
}
