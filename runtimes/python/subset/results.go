package subset

import (
	"encoding/binary"
	"encoding/json"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// results collects the results of a call, row by row.
type results struct {
	column
	n      int
	fixed  []byte // 8 bytes a row, or a bit
	texts  []extent
	text   []byte
	absent []bool // nil while no row is
}

// extent is where a row's string lies in text.
type extent struct{ from, size int }

// newResults makes room for n results: in values, where they are of fixed width and it is long enough.
func newResults(c column, n int, values []byte) *results {
	r := &results{column: c, n: n}
	size := 8 * n
	switch c.typ.kind {
	case text:
		r.texts = make([]extent, n)
		return r
	case boolean:
		size = int(bitutil.BytesForBits(int64(n)))
	}
	if len(values) >= size {
		r.fixed = values[:size]
	} else {
		r.fixed = make([]byte, size)
	}
	return r
}

func (r *results) setAbsent(row int) {
	if r.absent == nil {
		r.absent = make([]bool, r.n)
	}
	r.absent[row] = true
}

// read takes what compiled code left in memory for its rows [from, to). Those that it declined are added to left.
func (r *results) read(memory []byte, l layout, rows []int, from, to int, declines bool, left *[]int) {
	if k := r.typ.kind; !declines && !r.typ.optional && (k == integer || k == float) && columns.Contiguous(rows[from:to]) {
		copy(r.fixed[8*rows[from]:8*(rows[to-1]+1)], memory[int(r.value)+8*from:])
		return
	}
	for k := from; k < to; k++ {
		row := rows[k]
		if memory[int(l.status)+k] != 0 {
			*left = append(*left, row)
			continue
		}
		if r.typ.optional && memory[int(r.present)+k] == 0 {
			r.setAbsent(row)
			continue
		}
		switch r.typ.kind {
		case boolean:
			bitutil.SetBitTo(r.fixed, row, memory[int(r.value)+k] != 0)
		case text:
			packed := binary.LittleEndian.Uint64(memory[int(r.value)+8*k:])
			v := memory[packed>>32:][:uint32(packed)&^asciiFlag]
			// Nothing that is compiled makes other strings than CPython can; JSON it may be or not.
			if packed&asciiFlag == 0 && !utf8.Valid(v) || r.json && !json.Valid(v) {
				*left = append(*left, row)
				continue
			}
			r.put(row, string(v))
		default:
			copy(r.fixed[8*row:8*row+8], memory[int(r.value)+8*k:])
		}
	}
}

func (r *results) put(row int, s string) {
	r.texts[row] = extent{len(r.text), len(s)}
	r.text = append(r.text, s...)
}

// fill takes the results of rows that were decided elsewhere.
func (r *results) fill(rows []int, from arrow.Array) {
	for k, row := range rows {
		if from.IsNull(k) {
			r.setAbsent(row)
			continue
		}
		switch a := from.(type) {
		case *array.Boolean:
			bitutil.SetBitTo(r.fixed, row, a.Value(k))
		case *array.Int64:
			binary.LittleEndian.PutUint64(r.fixed[8*row:], uint64(a.Value(k)))
		case *array.Float64:
			copy(r.fixed[8*row:], arrow.Float64Traits.CastToBytes(a.Float64Values()[k:k+1]))
		case *array.String:
			r.put(row, a.Value(k))
		case *array.Binary:
			r.put(row, a.ValueString(k))
		}
	}
}

// array returns the column; skipped rows are absent.
func (r *results) array(f *udf.Function, skipped []bool) (arrow.Array, error) {
	dt, err := types.ToArrow(f.Result)
	if err != nil {
		return nil, err
	}
	for row, s := range skipped {
		if s {
			r.setAbsent(row)
		}
	}
	buffers := []*memory.Buffer{nil}
	nulls := 0
	if r.absent != nil {
		bits := make([]byte, bitutil.BytesForBits(int64(r.n)))
		for row, a := range r.absent {
			if a {
				nulls++
			} else {
				bitutil.SetBit(bits, row)
			}
		}
		buffers[0] = memory.NewBufferBytes(bits)
	}
	if r.typ.kind == text {
		offsets, data := r.inOrder()
		buffers = append(buffers, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(data))
	} else {
		buffers = append(buffers, memory.NewBufferBytes(r.fixed))
	}
	data := array.NewData(dt, r.n, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data), nil
}

// inOrder returns the strings one after the other, which they are already unless rows were decided elsewhere.
func (r *results) inOrder() ([]int32, []byte) {
	offsets := make([]int32, r.n+1)
	at, ordered := 0, true
	for row, e := range r.texts {
		ordered = ordered && (e.size == 0 || e.from == at)
		at += e.size
		offsets[row+1] = int32(at)
	}
	if ordered {
		return offsets, r.text
	}
	data := make([]byte, 0, len(r.text))
	for _, e := range r.texts {
		data = append(data, r.text[e.from:e.from+e.size]...)
	}
	return offsets, data
}
