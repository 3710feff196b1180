package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/tetratelabs/wazero/api"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
	"github.com/dreamql/dreamql/runtimes/wasm/assemble"
)

// batch is the arguments of one call.
type batch struct {
	f      *udf.Function
	r      *routine
	key    string           // of the routine in its program
	args   []columns.Source // of the routine's parameters
	show   []arrow.Array    // the function's own arguments, for errors
	n      int
	skip   []bool           // rows that are not passed to the function, or failed; nil when there are none
	failed []*udf.CallError // of a function that declares row errors
}

func (b *batch) skipped(row int) bool { return b.skip != nil && b.skip[row] }

func (b *batch) leaveOut(row int) {
	if b.skip == nil {
		b.skip = make([]bool, b.n)
	}
	b.skip[row] = true
}

// fail records that a row failed, where the function declares that its failures concern their rows alone.
func (b *batch) fail(row int, err error) bool {
	if !b.f.RowErrors || row < 0 {
		return false
	}
	if !b.skipped(row) {
		b.leaveOut(row)
		b.failed = append(b.failed, b.callError(row, err))
	}
	return true
}

// callError makes an error of the guest one for the person who called it.
func (b *batch) callError(row int, err error) *udf.CallError {
	msg := strings.Replace(err.Error(), " (recovered by wazero)", "", 1)
	return &udf.CallError{Function: b.f.ID(), Row: row, Args: columns.Describe(b.f, b.show, row), Message: columns.Clip(msg, 4096)}
}

func (b *batch) rowErrors() *udf.RowErrors {
	slices.SortFunc(b.failed, func(x, y *udf.CallError) int { return x.Row - y.Row })
	return &udf.RowErrors{Failed: b.failed}
}

// chunk returns the end of the rows from lo, at most rows, that one call of the driver takes, and how many bytes of text they have.
func (b *batch) chunk(lo, rows int) (hi, textBytes int) {
	hi = min(b.n, lo+rows)
	var texts []textColumn
	inOrder, all := true, 0
	for i, p := range b.r.abi.params {
		if p.form != text {
			continue
		}
		t := textOf(b.args[i])
		if texts = append(texts, t); !t.inOrder(b.skip) {
			inOrder = false
		} else if inOrder {
			all += int(t.offsets[hi] - t.offsets[lo])
		}
	}
	if texts == nil || inOrder && all <= maxChunkText {
		return hi, all
	}
	for row := lo; row < hi; row++ {
		if b.skipped(row) {
			continue
		}
		size := 0
		for i := range texts {
			if !texts[i].Absent(row) {
				size += len(texts[i].at(row))
			}
		}
		if textBytes+size > maxChunkText && row > lo {
			return row, textBytes
		}
		textBytes += size
	}
	return hi, textBytes
}

// textColumn is a column of strings or bytes.
type textColumn struct {
	columns.Source
	offsets []int32 // of its values in bytes, one more than there are; nil without values
	bytes   []byte
}

func textOf(s columns.Source) textColumn {
	t := textColumn{Source: s}
	if s.Values.Len() == 0 {
		return t
	}
	switch a := s.Values.(type) {
	case *array.Binary:
		t.offsets = a.ValueOffsets()
	case *array.String:
		t.offsets = a.ValueOffsets()
	default:
		return t
	}
	if values := s.Values.Data().Buffers()[2]; values != nil {
		t.bytes = values.Bytes()
	}
	return t
}

// inOrder reports whether all rows are passed and lie one after the other.
func (t *textColumn) inOrder(skip []bool) bool {
	return skip == nil && t.offsets != nil && t.Plain() && !t.MayBeAbsent()
}

// at returns a value without copying it.
func (t *textColumn) at(row int) []byte {
	if t.offsets == nil {
		return nil
	}
	i := t.Index(row)
	return t.bytes[t.offsets[i]:t.offsets[i+1]]
}

var errLost = errors.New("the module moved or shrank the memory that its alloc gave")

// write puts rows [lo, hi) into memory. Where an argument cannot be passed it returns its row.
func (b *batch) write(a *abi, memory api.Memory, base uint32, room region, lo, hi int) (int, error) {
	block, ok := memory.Read(base, b.r.layout.size)
	if !ok {
		return lo, errLost
	}
	var bytes []byte
	if room.size > 0 {
		if bytes, ok = memory.Read(room.ptr, room.size); !ok {
			return lo, errLost
		}
	}
	used := 0
	for i, p := range a.params {
		s, column := b.args[i], block[b.r.layout.params[i]:]
		if p.form == text {
			used += b.writeText(textOf(s), column, bytes[used:], room.ptr+uint32(used), lo, hi)
		} else if row, err := b.writeFixed(p, s, column, lo, hi); err != nil {
			return row, err
		}
		if p.optional {
			present := block[b.r.layout.present[i]:][:hi-lo]
			for k := range present {
				present[k] = 1
				if s.Absent(lo + k) {
					present[k] = 0
				}
			}
		}
	}
	if b.r.abi.result.optional {
		present := block[b.r.layout.resultPresent:]
		for k := range hi - lo {
			binary.LittleEndian.PutUint32(present[4*k:], 1)
		}
	}
	if b.skip != nil {
		mask := block[b.r.layout.mask:][:hi-lo]
		for k := range mask {
			mask[k] = 1
			if b.skip[lo+k] {
				mask[k] = 0
			}
		}
	}
	return 0, nil
}

// writeText writes a column of pointers and lengths, and the text itself into a place of the module's, which is at ptr. It
// returns how many bytes of text there are.
func (b *batch) writeText(t textColumn, column, place []byte, ptr uint32, lo, hi int) int {
	column = column[:8*(hi-lo)]
	if t.inOrder(b.skip) {
		offsets := t.offsets[lo : hi+1]
		first := offsets[0]
		from := first
		for k, to := range offsets[1:] {
			binary.LittleEndian.PutUint64(column[8*k:], uint64(ptr+uint32(from-first))|uint64(uint32(to-from))<<32)
			from = to
		}
		return copy(place, t.bytes[first:from])
	}
	used := 0
	for row := lo; row < hi; row++ {
		size := 0
		if !b.skipped(row) && !t.Absent(row) {
			size = copy(place[used:], t.at(row))
		}
		binary.LittleEndian.PutUint64(column[8*(row-lo):], uint64(ptr+uint32(used))|uint64(size)<<32)
		used += size
	}
	return used
}

// writeFixed writes a column of numbers. Absent rows get whatever lies there, or 0.
func (b *batch) writeFixed(p value, s columns.Source, column []byte, lo, hi int) (int, error) {
	if p.kind == types.Int && p.wasm == assemble.I32 {
		ints, _ := s.Values.(*array.Int64)
		for row := lo; row < hi; row++ {
			if b.skipped(row) || s.Absent(row) {
				continue
			}
			if v := ints.Value(s.Index(row)); v != int64(int32(v)) {
				if err := fmt.Errorf("%d does not fit the 32-bit integer that the function takes", v); !b.fail(row, err) {
					return row, err
				}
			}
		}
	}
	if s.Plain() && !(p.kind == types.Decimal && p.form == number) {
		if raw := fixedBytes(s.Values, lo, hi); raw != nil {
			copy(column, raw)
			return 0, nil
		}
	}
	for row := lo; row < hi; row++ {
		if s.Absent(row) {
			clear(column[int(width(p))*(row-lo):][:width(p)])
			continue
		}
		i := s.Index(row)
		switch a := s.Values.(type) {
		case *array.Boolean:
			v := uint32(0)
			if a.Value(i) {
				v = 1
			}
			binary.LittleEndian.PutUint32(column[4*(row-lo):], v)
		case *array.Float64:
			binary.LittleEndian.PutUint64(column[8*(row-lo):], math.Float64bits(a.Value(i)))
		case *array.FixedSizeBinary:
			copy(column[16*(row-lo):], a.Value(i))
		default: // of a decimal in 8 bytes the low half, which has its sign
			copy(column[int(width(p))*(row-lo):][:width(p)], fixedBytes(a, i, i+1))
		}
	}
	return 0, nil
}

// fixedBytes returns the bytes of values [lo, hi) of a column of fixed width, which are little-endian on every machine that
// the project runs on; nil for booleans, which are bits.
func fixedBytes(a arrow.Array, lo, hi int) []byte {
	switch a := a.(type) {
	case *array.Int64:
		return arrow.Int64Traits.CastToBytes(a.Int64Values()[lo:hi])
	case *array.Float64:
		return arrow.Float64Traits.CastToBytes(a.Float64Values()[lo:hi])
	case *array.Date32:
		return arrow.Date32Traits.CastToBytes(a.Date32Values()[lo:hi])
	case *array.Timestamp:
		return arrow.TimestampTraits.CastToBytes(a.TimestampValues()[lo:hi])
	case *array.Time64:
		return arrow.Time64Traits.CastToBytes(a.Time64Values()[lo:hi])
	case *array.Decimal128:
		return arrow.Decimal128Traits.CastToBytes(a.Values()[lo:hi])
	case *array.MonthDayNanoInterval:
		return arrow.MonthDayNanoIntervalTraits.CastToBytes(a.MonthDayNanoIntervalValues()[lo:hi])
	case *array.Uint32:
		return arrow.Uint32Traits.CastToBytes(a.Uint32Values()[lo:hi])
	}
	return nil
}
