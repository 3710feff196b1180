package python

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dreamql/dreamql/engine/types"
)

// results collects the values of a column that replies carry. The guest may send anything, so everything is checked.
type results struct {
	t        types.Type // without its option
	optional bool
	rows     int
	present  []byte
	words    []uint64 // int, float, date, time, timestamp; two of them for decimal, uuid and duration
	bools    []byte
	texts    []string
	ends     []int // of lists, in elems
	elems    *results
	fields   []*results
	invalid  []int // rows whose JSON is none
	total    *int  // bytes of texts in all, shared with elements and fields
}

func newResults(t types.Type) *results { return nestedResults(t, new(int)) }

func nestedResults(t types.Type, total *int) *results {
	r := &results{t: t.Required(), optional: t.IsOption(), total: total}
	switch r.t.Kind {
	case types.List:
		r.elems = nestedResults(*r.t.Elem, total)
	case types.Record:
		for _, f := range r.t.Fields {
			r.fields = append(r.fields, nestedResults(f.Type, total))
		}
	}
	return r
}

// read takes a reply of n rows.
func (r *results) read(b []byte, n int) error {
	rest, err := r.column(b, n)
	if err == nil && len(rest) != 0 {
		err = errTampered
	}
	return err
}

// column takes a column of n rows from the start of b, and returns what follows it.
func (r *results) column(b []byte, n int) ([]byte, error) {
	r.rows += n
	if r.optional {
		if len(b) < n {
			return nil, errTampered
		}
		r.present = append(r.present, b[:n]...)
		b = b[n:]
	}
	switch r.t.Kind {
	case types.Bool:
		if len(b) < n {
			return nil, errTampered
		}
		r.bools = append(r.bools, b[:n]...)
		return b[n:], nil
	case types.String, types.JSON, types.Bytes:
		return r.text(b, n)
	case types.List:
		return r.list(b, n)
	case types.Record:
		var err error
		for _, f := range r.fields {
			if b, err = f.column(b, n); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	count := n * width(r.t.Kind) / 8
	if len(b) < 8*count {
		return nil, errTampered
	}
	for i := range count {
		r.words = append(r.words, binary.LittleEndian.Uint64(b[8*i:]))
	}
	b = b[8*count:]
	return b, r.inRange(len(r.words) - count)
}

// inRange refuses numbers that the type cannot have; the driver sends none.
func (r *results) inRange(from int) error {
	for k, w := range r.words[from:] {
		switch v := int64(w); r.t.Kind {
		case types.Date:
			if v < math.MinInt32 || v > math.MaxInt32 {
				return errTampered
			}
		case types.Time:
			if v < 0 || v >= 86_400_000_000 {
				return errTampered
			}
		case types.Decimal:
			if k%2 == 1 && !decimal128.New(v, r.words[from+k-1]).FitsInPrecision(int32(r.t.Precision)) {
				return errTampered
			}
		default:
			return nil
		}
	}
	return nil
}

func (r *results) text(b []byte, n int) ([]byte, error) {
	if len(b) < 4*n {
		return nil, errTampered
	}
	lengths, b := b[:4*n], b[4*n:]
	size := uint64(0)
	for i := range n {
		size += uint64(binary.LittleEndian.Uint32(lengths[4*i:]))
	}
	if size > uint64(len(b)) {
		return nil, errTampered
	}
	if *r.total += int(size); *r.total > maxReply {
		return nil, errors.New("the results of one batch are too long; return shorter text")
	}
	data := string(b[:size])
	for i := range n {
		size := binary.LittleEndian.Uint32(lengths[4*i:])
		v := data[:size]
		data = data[size:]
		if r.t.Kind != types.Bytes && !utf8.ValidString(v) {
			return nil, errTampered
		}
		if r.t.Kind == types.JSON && (!r.optional || r.present[len(r.texts)] == 1) && !json.Valid([]byte(v)) {
			r.invalid = append(r.invalid, len(r.texts))
		}
		r.texts = append(r.texts, v)
	}
	return b[size:], nil
}

func (r *results) list(b []byte, n int) ([]byte, error) {
	if len(b) < 4*n {
		return nil, errTampered
	}
	end, count := r.elems.rows, 0
	for i := range n {
		size := int(binary.LittleEndian.Uint32(b[4*i:]))
		if count += size; count > maxReply || count > 1<<20 && r.elems.t.Kind == types.Record && len(r.elems.fields) == 0 {
			return nil, errTampered
		}
		r.ends = append(r.ends, end+count)
	}
	return r.elems.column(b[4*n:], count)
}

// notJSON is the message for a row whose JSON is none.
const notJSON = "the result is not valid JSON; return json.dumps(…)"

// hidden reports JSON that is none inside lists and records, where no row can be told.
func (r *results) hidden() bool {
	nested := r.fields
	if r.elems != nil {
		nested = []*results{r.elems}
	}
	for _, n := range nested {
		if len(n.invalid) > 0 || n.hidden() {
			return true
		}
	}
	return false
}

// array puts the results in their places: row i of the column is result pick[i], or absent where that is -1.
func (r *results) array(t types.Type, pick []int32) (arrow.Array, error) {
	dt, err := types.ToArrow(t)
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	b.Reserve(len(pick))
	for _, at := range pick {
		if at < 0 {
			b.AppendNull()
		} else {
			r.append(b, int(at))
		}
	}
	return b.NewArray(), nil
}

// all is array for every result in order.
func (r *results) all(t types.Type) (arrow.Array, error) {
	pick := make([]int32, r.rows)
	for i := range pick {
		pick[i] = int32(i)
	}
	return r.array(t, pick)
}

func (r *results) append(b array.Builder, at int) {
	if r.optional && r.present[at] == 0 {
		b.AppendNull()
		return
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
	case *array.Time64Builder:
		b.Append(arrow.Time64(r.words[at]))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(r.words[at]))
	case *array.Decimal128Builder:
		b.Append(decimal128.New(int64(r.words[2*at+1]), r.words[2*at]))
	case *array.FixedSizeBinaryBuilder:
		v := binary.LittleEndian.AppendUint64(nil, r.words[2*at])
		b.Append(binary.LittleEndian.AppendUint64(v, r.words[2*at+1]))
	case *array.MonthDayNanoIntervalBuilder:
		w := r.words[2*at]
		b.Append(arrow.MonthDayNanoInterval{Months: int32(w), Days: int32(w >> 32), Nanoseconds: int64(r.words[2*at+1])})
	case *array.StringBuilder:
		b.Append(r.texts[at])
	case *array.BinaryBuilder:
		b.Append([]byte(r.texts[at]))
	case *array.ListBuilder:
		b.Append(true)
		lo := 0
		if at > 0 {
			lo = r.ends[at-1]
		}
		for e := lo; e < r.ends[at]; e++ {
			r.elems.append(b.ValueBuilder(), e)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range r.fields {
			f.append(b.FieldBuilder(i), at)
		}
	}
}
