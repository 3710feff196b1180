package python

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// appendColumn encodes rows of a column, as wire.go describes. A row of -1 has no value: it lies in a record that is absent.
func appendColumn(body []byte, t types.Type, s columns.Source, rows []int) []byte {
	if t.IsOption() {
		for _, row := range rows {
			body = append(body, boolByte(!absent(s, row)))
		}
	}
	r := t.Required()
	switch r.Kind {
	case types.String, types.JSON, types.Bytes:
		return appendText(body, s, rows, r.Kind != types.Bytes)
	case types.List:
		return appendList(body, *r.Elem, s, rows)
	case types.Record:
		return appendRecord(body, r.Fields, s, rows)
	}
	if a, ok := s.Values.(*array.Float64); ok && s.Plain() && !s.MayBeAbsent() && columns.Contiguous(rows) {
		for _, v := range a.Float64Values()[rows[0] : rows[0]+len(rows)] {
			body = binary.LittleEndian.AppendUint64(body, math.Float64bits(v))
		}
		return body
	}
	for _, row := range rows {
		if absent(s, row) {
			body = append(body, zeros[:width(r.Kind)]...)
			continue
		}
		i := s.Index(row)
		switch a := s.Values.(type) {
		case *array.Boolean:
			body = append(body, boolByte(a.Value(i)))
		case *array.Int64:
			body = binary.LittleEndian.AppendUint64(body, uint64(a.Value(i)))
		case *array.Float64:
			body = binary.LittleEndian.AppendUint64(body, math.Float64bits(a.Value(i)))
		case *array.Date32:
			body = binary.LittleEndian.AppendUint64(body, uint64(int64(a.Value(i))))
		case *array.Time64:
			body = binary.LittleEndian.AppendUint64(body, uint64(a.Value(i)))
		case *array.Timestamp:
			body = binary.LittleEndian.AppendUint64(body, uint64(a.Value(i)))
		case *array.Decimal128:
			v := a.Value(i)
			body = binary.LittleEndian.AppendUint64(body, v.LowBits())
			body = binary.LittleEndian.AppendUint64(body, uint64(v.HighBits()))
		case *array.FixedSizeBinary:
			body = append(body, a.Value(i)...)
		case *array.MonthDayNanoInterval:
			v := a.Value(i)
			body = binary.LittleEndian.AppendUint32(body, uint32(v.Months))
			body = binary.LittleEndian.AppendUint32(body, uint32(v.Days))
			body = binary.LittleEndian.AppendUint64(body, uint64(v.Nanoseconds))
		}
	}
	return body
}

var zeros [16]byte

// width is how many bytes a value of fixed size takes.
func width(k types.Kind) int {
	switch k {
	case types.Bool:
		return 1
	case types.Decimal, types.UUID, types.Duration:
		return 16
	}
	return 8
}

func absent(s columns.Source, row int) bool { return row < 0 || s.Absent(row) }

func appendText(body []byte, s columns.Source, rows []int, characters bool) []byte {
	at, size := uint32(0), 0
	body = binary.LittleEndian.AppendUint32(body, 0)
	for _, row := range rows {
		if !absent(s, row) {
			v := s.Text(row)
			size += len(v)
			if characters {
				at += uint32(utf8.RuneCountInString(v))
			} else {
				at += uint32(len(v))
			}
		}
		body = binary.LittleEndian.AppendUint32(body, at)
	}
	body = binary.LittleEndian.AppendUint32(body, uint32(size))
	for _, row := range rows {
		if !absent(s, row) {
			body = append(body, s.Text(row)...)
		}
	}
	return body
}

func appendList(body []byte, elem types.Type, s columns.Source, rows []int) []byte {
	var elements []int
	body = binary.LittleEndian.AppendUint32(body, 0)
	list, ok := s.Values.(*array.List)
	for _, row := range rows {
		if ok && !absent(s, row) {
			lo, hi := list.ValueOffsets(s.Index(row))
			for e := lo; e < hi; e++ {
				elements = append(elements, int(e))
			}
		}
		body = binary.LittleEndian.AppendUint32(body, uint32(len(elements)))
	}
	if !ok { // a column of nothing but absence
		return appendColumn(body, elem, s, nil)
	}
	return appendColumn(body, elem, columns.Open(list.ListValues()), elements)
}

func appendRecord(body []byte, fields []types.Field, s columns.Source, rows []int) []byte {
	record, ok := s.Values.(*array.Struct)
	inner := make([]int, len(rows))
	for k, row := range rows {
		inner[k] = -1
		if ok && !absent(s, row) {
			inner[k] = s.Index(row)
		}
	}
	for i, f := range fields {
		field := s
		if ok {
			field = columns.Open(record.Field(i))
		}
		body = appendColumn(body, f.Type, field, inner)
	}
	return body
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
