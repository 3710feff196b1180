package native

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// errTooLarge says that rows do not fit the shared memory at once.
var errTooLarge = errors.New("the rows do not fit")

// batch is which rows of a call go to the interpreter, and where the results belong.
type batch struct {
	params []types.Field
	args   []columns.Source
	count  int     // of rows to send
	rows   []int   // the rows to send; nil: all
	pick   []int32 // for each row of the call its place among those, or -1 when it is not sent; nil: in order
}

// newBatch leaves out rows whose result is absent anyway, and rows that repeat a value of a dictionary.
func newBatch(f *udf.Function, args []arrow.Array, n int) *batch {
	b := &batch{params: f.Params, count: n}
	for _, a := range args {
		b.args = append(b.args, columns.Open(a))
	}
	if b.rows, b.pick = columns.Pick(f, args, n); b.pick != nil {
		b.count = len(b.rows)
	}
	return b
}

// row is the row of the call that is the k-th to be sent.
func (b *batch) row(k int) int {
	if b.rows == nil {
		return k
	}
	return b.rows[k]
}

// writer lays columns out in the shared memory.
type writer struct {
	memory []byte
	at     int
}

// take returns n zeroed or overwritten bytes at a boundary of 64.
func (w *writer) take(n int) (at int, b []byte, err error) {
	at = (w.at + 63) &^ 63
	if n > half-at {
		return 0, nil, errTooLarge
	}
	w.at = at + n
	return at, w.memory[at : at+n : at+n], nil
}

// write lays rows lo to hi of all arguments out.
func (b *batch) write(memory []byte, lo, hi int) ([]span, error) {
	w := &writer{memory: memory}
	spans := make([]span, len(b.args))
	for i := range b.args {
		var err error
		if spans[i], err = b.column(w, i, lo, hi); err != nil {
			return nil, err
		}
	}
	return spans, nil
}

func (b *batch) column(w *writer, i, lo, hi int) (span, error) {
	s, t := b.args[i], b.params[i].Type
	p := span{nowhere, 0, 0, nowhere}
	if t.IsOption() && s.MayBeAbsent() {
		at, bits, err := w.take((hi - lo + 7) / 8)
		if err != nil {
			return p, err
		}
		clear(bits)
		for k := lo; k < hi; k++ {
			if !s.Absent(b.row(k)) {
				bits[(k-lo)/8] |= 1 << ((k - lo) % 8)
			}
		}
		p.presence = uint64(at)
	}
	switch t.Required().Kind {
	case types.String, types.JSON, types.Bytes:
		return b.texts(w, p, s, lo, hi)
	}
	size := 8 * (hi - lo)
	switch t.Required().Kind {
	case types.Bool:
		size = (hi - lo + 7) / 8
	case types.Date:
		size = 4 * (hi - lo)
	}
	at, out, err := w.take(size)
	if err != nil {
		return p, err
	}
	p.values, p.size = uint64(at), uint64(size)
	if b.rows == nil && s.Plain() && t.Required().Kind != types.Bool {
		data := s.Values.Data()
		width := size / max(hi-lo, 1)
		copy(out, data.Buffers()[1].Bytes()[(data.Offset()+lo)*width:])
		return p, nil
	}
	clear(out)
	for k := lo; k < hi; k++ {
		row := b.row(k)
		if s.Absent(row) {
			continue
		}
		switch a := s.Values.(type) {
		case *array.Boolean:
			if a.Value(s.Index(row)) {
				out[(k-lo)/8] |= 1 << ((k - lo) % 8)
			}
		case *array.Int64:
			binary.LittleEndian.PutUint64(out[8*(k-lo):], uint64(a.Value(s.Index(row))))
		case *array.Float64:
			binary.LittleEndian.PutUint64(out[8*(k-lo):], math.Float64bits(a.Value(s.Index(row))))
		case *array.Timestamp:
			binary.LittleEndian.PutUint64(out[8*(k-lo):], uint64(a.Value(s.Index(row))))
		case *array.Date32:
			binary.LittleEndian.PutUint32(out[4*(k-lo):], uint32(a.Value(s.Index(row))))
		}
	}
	return p, nil
}

func (b *batch) texts(w *writer, p span, s columns.Source, lo, hi int) (span, error) {
	at, ends, err := w.take(4 * (hi - lo + 1))
	if err != nil {
		return p, err
	}
	p.offsets = uint64(at)
	start, _, err := w.take(0)
	if err != nil {
		return p, err
	}
	end := start
	binary.LittleEndian.PutUint32(ends, 0)
	for k := lo; k < hi; k++ {
		if row := b.row(k); !s.Absent(row) {
			v := s.Text(row)
			if len(v) > half-end {
				return p, errTooLarge
			}
			end += copy(w.memory[end:half], v)
		}
		binary.LittleEndian.PutUint32(ends[4*(k-lo+1):], uint32(end-start))
	}
	w.at = end
	p.values, p.size = uint64(start), uint64(end-start)
	return p, nil
}
