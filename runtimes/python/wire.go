package python

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// Frames, all numbers little-endian. To the interpreter: u32 size of the body, u8 operation, body:
//
//	load        a loadRequest as JSON
//	call        u32 function, u32 rows, a column for each parameter
//	accumulate  u32 function, u32 number that names the new accumulator from now on
//	resize      u32 accumulator, u32 groups
//	update      u32 accumulator, u32 rows, u32 group of each, a column for each parameter
//	merge       u32 accumulator, u32 rows, u32 group of each, the states as a column of bytes
//	save        u32 accumulator, u32 first group, u32 group after the last: gives the states as a column of bytes
//	finish      the same, gives a column of results
//	drop        u32 accumulator
//	open        u32 function, u32 rows, a column for each parameter; what was open before is closed
//	next        u32 most rows: gives u32 rows, u32 row of the call of each, the column of elements; the end has none
//
// From the interpreter: u32 size, then 0 and what the operation gives; or 1, i32 row and a message; or, of a call with row errors,
// 2, u32 failures, for each u32 row, u32 size and a message, then the column.
//
// A column of rows is, for T?, a byte a row (1 present), and then
//
//	bool                  a byte a row
//	int, date, timestamp, time  i64
//	float                 f64
//	decimal, uuid, duration     16 bytes: i128; as written; i32 months, i32 days, i64 nanoseconds
//	string, json, bytes   u32 offsets (rows + 1; of characters, for bytes of bytes), u32 size, the bytes
//	list                  u32 offsets (rows + 1), a column of all elements
//	record                a column for each field
//
// In columns from the interpreter text and lists have u32 lengths (one a row; of text in bytes) instead of offsets, and text no size.
const (
	opLoad       byte = 'L'
	opCall       byte = 'C'
	opAccumulate byte = 'N'
	opResize     byte = 'R'
	opUpdate     byte = 'U'
	opMerge      byte = 'M'
	opSave       byte = 'S'
	opFinish     byte = 'F'
	opDrop       byte = 'D'
	opOpen       byte = 'T'
	opNext       byte = 'X'

	replyOK     byte = 0
	replyFailed byte = 1
	replyPartly byte = 2
)

const (
	maxRows = 8192
	maxText = 4 << 20 // bytes of text and lists in the arguments of one frame, unless one row has more
)

type loadRequest struct {
	Name      string         `json:"name"`
	Source    string         `json:"source"`
	Functions []loadFunction `json:"functions"`
}

type loadFunction struct {
	Entry     string      `json:"entry"`
	Shape     udf.Shape   `json:"shape"`
	RowErrors bool        `json:"rowErrors"`
	Params    []*wireType `json:"params"`
	Result    *wireType   `json:"result"`
}

// wireType is a type as driver.py reads it.
type wireType struct {
	Kind      string      `json:"kind"`
	Text      string      `json:"text"`
	Optional  bool        `json:"optional"`
	Precision int         `json:"precision"`
	Scale     int         `json:"scale"`
	Elem      *wireType   `json:"elem,omitempty"`
	Fields    []wireField `json:"fields,omitempty"`
}

type wireField struct {
	Name string    `json:"name"`
	Type *wireType `json:"type"`
}

// wireFunction checks that a function's signature can cross.
func wireFunction(f *udf.Function) (loadFunction, error) {
	w := loadFunction{Entry: f.Entry, Shape: f.Shape, RowErrors: f.RowErrors}
	if w.Entry == "" {
		w.Entry = f.Name
	}
	if w.Shape == "" {
		w.Shape = udf.Scalar
	}
	if w.Shape == udf.Table && f.Result.Kind != types.List {
		return w, fmt.Errorf("the result has type %s; a table function gives a list", f.Result)
	}
	for _, p := range f.Params {
		c, err := wireTypeOf("parameter "+p.Name, p.Type)
		if err != nil {
			return w, err
		}
		w.Params = append(w.Params, c)
	}
	var err error
	w.Result, err = wireTypeOf("the result", f.Result)
	return w, err
}

func wireTypeOf(what string, t types.Type) (*wireType, error) {
	r := t.Required()
	w := &wireType{Text: t.String(), Optional: t.IsOption()}
	switch r.Kind {
	case types.Bool, types.Int, types.Float, types.String, types.JSON, types.Bytes, types.Date, types.Time, types.Timestamp,
		types.Duration, types.UUID:
		w.Kind = types.Of(r.Kind).String()
	case types.Decimal:
		w.Kind, w.Precision, w.Scale = "decimal", r.Precision, r.Scale
	case types.List:
		w.Kind = "list"
		var err error
		w.Elem, err = wireTypeOf(what, *r.Elem)
		return w, err
	case types.Record:
		w.Kind = "record"
		for _, f := range r.Fields {
			c, err := wireTypeOf(what, f.Type)
			if err != nil {
				return nil, err
			}
			w.Fields = append(w.Fields, wireField{f.Name, c})
		}
	default:
		return nil, fmt.Errorf("%s has type %s, which Python functions cannot take; use scalars, lists and records", what, t)
	}
	return w, nil
}

// readFailure reads a reply of the kind replyFailed.
func readFailure(reply []byte) (row int, message string) {
	if len(reply) < 5 {
		return -1, "the interpreter sent an error without a message"
	}
	return int(int32(binary.LittleEndian.Uint32(reply[1:]))), guestText(reply[5:])
}

// rowFailure is the failure of one row of a frame.
type rowFailure struct {
	row     int
	message string
}

// readFailures reads the failures of a reply of the kind replyPartly for n rows, and returns what follows them.
func readFailures(reply []byte, n int) ([]rowFailure, []byte, error) {
	b := reply[1:]
	if len(b) < 4 {
		return nil, nil, errTampered
	}
	count := int(binary.LittleEndian.Uint32(b))
	b = b[4:]
	if count == 0 || count > n {
		return nil, nil, errTampered
	}
	failed := make([]rowFailure, 0, count)
	for range count {
		if len(b) < 8 {
			return nil, nil, errTampered
		}
		row, size := int(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		if size > uint64(len(b)) || row >= n || len(failed) > 0 && row <= failed[len(failed)-1].row {
			return nil, nil, errTampered
		}
		failed = append(failed, rowFailure{row, guestText(b[:size])})
		b = b[size:]
	}
	return failed, b, nil
}

func guestText(b []byte) string {
	if !utf8.Valid(b) {
		b = fmt.Appendf(nil, "%q", b)
	}
	return columns.Clip(string(b), 4096)
}

var errTampered = errors.New("the interpreter's reply is malformed; a function has written to descriptor 1 or changed the driver")
