package python

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// Frames, all numbers little-endian. To the interpreter: u32 size of the body, u8 op, body. The body of a load is a
// loadRequest as JSON; of a call u32 function, u32 rows, then the columns. From the interpreter: u32 size, then 0 and the
// result's column, or 1, i32 row and a message.
//
// A column to the interpreter is, for T?, a byte a row (1 present), then: bool a byte a row; int, date, timestamp i64; float
// f64; text u32 offsets (rows + 1; of characters, for bytes of bytes), u32 size, the bytes. The result is the same, but its
// text is u32 lengths in bytes (one a row), then the bytes.
const (
	opLoad  byte = 'L'
	opCall  byte = 'C'
	replyOK byte = 0
)

const (
	maxRows = 8192
	maxText = 4 << 20 // bytes of text arguments in one frame, unless one row has more
)

type loadRequest struct {
	Name      string         `json:"name"`
	Source    string         `json:"source"`
	Functions []loadFunction `json:"functions"`
}

type loadFunction struct {
	Entry  string   `json:"entry"`
	Params []string `json:"params"`
	Result string   `json:"result"`
}

// wireFunction checks that a function's signature can cross.
func wireFunction(f *udf.Function) (loadFunction, error) {
	w := loadFunction{Entry: f.Entry}
	if w.Entry == "" {
		w.Entry = f.Name
	}
	if f.Shape != udf.Scalar && f.Shape != "" {
		return w, fmt.Errorf("%s functions cannot be written in Python yet; make it a scalar function", f.Shape)
	}
	code := func(what string, t types.Type) (string, error) {
		switch t.Required().Kind {
		case types.Bool, types.Int, types.Float, types.String, types.JSON, types.Bytes, types.Date, types.Timestamp:
			return t.String(), nil
		}
		return "", fmt.Errorf("%s has type %s, which Python functions cannot take; use bool, int, float, string, bytes, json, date or timestamp", what, t)
	}
	for _, p := range f.Params {
		c, err := code("parameter "+p.Name, p.Type)
		if err != nil {
			return w, err
		}
		w.Params = append(w.Params, c)
	}
	var err error
	w.Result, err = code("the result", f.Result)
	return w, err
}

func readError(reply []byte) (row int, message string) {
	if len(reply) < 5 {
		return -1, "the interpreter sent an error without a message"
	}
	text := reply[5:]
	if !utf8.Valid(text) {
		text = []byte(fmt.Sprintf("%q", text))
	}
	return int(int32(binary.LittleEndian.Uint32(reply[1:]))), columns.Clip(string(text), 4096)
}

// batch is which rows of a call go to the interpreter, and where the results belong.
type batch struct {
	params []types.Type
	args   []columns.Source
	rows   []int   // rows to send
	pick   []int32 // for each row of the call, its place in rows, or -1 when it is not called
}

// newBatch leaves out rows whose result is absent anyway, and rows that repeat a value of a dictionary.
func newBatch(f *udf.Function, args []arrow.Array, n int) *batch {
	b := &batch{pick: make([]int32, n), rows: make([]int, 0, n)}
	for i, a := range args {
		b.params = append(b.params, f.Params[i].Type)
		b.args = append(b.args, columns.Open(a))
	}
	skip := columns.Skipped(f, args, n)
	var seen []int32 // place in rows of each dictionary value, plus one
	if len(args) == 1 && !b.args[0].Plain() && !f.Volatile {
		seen = make([]int32, b.args[0].Values.Len())
	}
	for row := range n {
		if skip != nil && skip[row] {
			b.pick[row] = -1
			continue
		}
		if seen != nil && !b.args[0].Absent(row) {
			at := &seen[b.args[0].Index(row)]
			if *at == 0 {
				b.rows = append(b.rows, row)
				*at = int32(len(b.rows))
			}
			b.pick[row] = *at - 1
			continue
		}
		b.pick[row] = int32(len(b.rows))
		b.rows = append(b.rows, row)
	}
	return b
}

// frame encodes rows from lo on as the body of a call, and returns where the next frame begins.
func (b *batch) frame(function, lo int) ([]byte, int) {
	hi := min(len(b.rows), lo+maxRows)
	size := 0
	for k := lo; k < hi; k++ {
		for i, s := range b.args {
			if isText(b.params[i]) && !s.Absent(b.rows[k]) {
				size += len(textAt(s, b.rows[k]))
			}
		}
		if size > maxText && k > lo {
			hi = k
		}
	}
	rows := b.rows[lo:hi]
	body := binary.LittleEndian.AppendUint32(make([]byte, 0, 8+len(rows)*9*len(b.args)+size), uint32(function))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(rows)))
	for i, s := range b.args {
		t := b.params[i]
		if t.IsOption() {
			for _, row := range rows {
				body = append(body, boolByte(!s.Absent(row)))
			}
		}
		if isText(t) {
			body = appendText(body, s, rows, t.Required().Kind != types.Bytes)
		} else {
			body = appendFixed(body, s, rows, t.Required().Kind)
		}
	}
	return body, hi
}

func appendText(body []byte, s columns.Source, rows []int, characters bool) []byte {
	at, size := uint32(0), 0
	body = binary.LittleEndian.AppendUint32(body, 0)
	for _, row := range rows {
		if !s.Absent(row) {
			v := textAt(s, row)
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
		if !s.Absent(row) {
			body = append(body, textAt(s, row)...)
		}
	}
	return body
}

func appendFixed(body []byte, s columns.Source, rows []int, kind types.Kind) []byte {
	for _, row := range rows {
		if s.Absent(row) {
			if kind == types.Bool {
				body = append(body, 0)
			} else {
				body = binary.LittleEndian.AppendUint64(body, 0)
			}
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
		case *array.Timestamp:
			body = binary.LittleEndian.AppendUint64(body, uint64(a.Value(i)))
		}
	}
	return body
}

func isText(t types.Type) bool {
	k := t.Required().Kind
	return k == types.String || k == types.JSON || k == types.Bytes
}

func textAt(s columns.Source, row int) string {
	i := s.Index(row)
	switch a := s.Values.(type) {
	case *array.Binary:
		return a.ValueString(i)
	case *array.String:
		return a.Value(i)
	}
	return ""
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

var errTampered = errors.New("the interpreter's reply is malformed; a function has written to descriptor 1 or changed the driver")
