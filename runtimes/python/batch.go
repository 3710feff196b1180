package python

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// batch is which rows of a call go to the interpreter, and where the results belong.
type batch struct {
	params []types.Type
	args   []columns.Source
	rows   []int   // rows to send
	pick   []int32 // for each row of the call, its place in rows, or -1 when it is not called
}

// newBatch leaves out rows whose result is absent anyway, and, for scalar functions, rows that repeat a value of a dictionary.
func newBatch(f *udf.Function, args []arrow.Array, n int) *batch {
	b := openBatch(f, args)
	if b.rows, b.pick = columns.Pick(f, args, n); b.pick != nil {
		return b
	}
	b.rows, b.pick = make([]int, n), make([]int32, n)
	for row := range n {
		b.rows[row], b.pick[row] = row, int32(row)
	}
	return b
}

func openBatch(f *udf.Function, args []arrow.Array) *batch {
	b := &batch{}
	for i, a := range args {
		b.params = append(b.params, f.Params[i].Type)
		b.args = append(b.args, columns.Open(a))
	}
	return b
}

// end returns where the frame that begins at lo ends: it holds a bounded number of rows and bytes.
func (b *batch) end(lo int) int {
	hi := min(len(b.rows), lo+maxRows)
	sized := false
	for _, t := range b.params {
		sized = sized || varies(t)
	}
	if !sized {
		return hi
	}
	size := 0
	for k := lo; k < hi; k++ {
		for i, s := range b.args {
			if !s.Absent(b.rows[k]) && varies(b.params[i]) {
				size += sizeOf(b.params[i].Required(), s.Values, s.Index(b.rows[k]))
			}
		}
		if size > maxText && k > lo {
			return k
		}
	}
	return hi
}

// call encodes rows lo to hi as the body of a call of the function.
func (b *batch) call(function, lo, hi int) []byte {
	body := binary.LittleEndian.AppendUint32(make([]byte, 0, 8+(hi-lo)*9*len(b.args)), uint32(function))
	body = binary.LittleEndian.AppendUint32(body, uint32(hi-lo))
	return b.columns(body, lo, hi)
}

func (b *batch) columns(body []byte, lo, hi int) []byte {
	for i, s := range b.args {
		body = appendColumn(body, b.params[i], s, b.rows[lo:hi])
	}
	return body
}

func varies(t types.Type) bool {
	switch r := t.Required(); r.Kind {
	case types.String, types.JSON, types.Bytes, types.List:
		return true
	case types.Record:
		for _, f := range r.Fields {
			if varies(f.Type) {
				return true
			}
		}
	}
	return false
}

// sizeOf is about how many bytes a value takes in a frame.
func sizeOf(t types.Type, a arrow.Array, i int) int {
	switch a := a.(type) {
	case *array.String:
		return a.ValueLen(i)
	case *array.Binary:
		return a.ValueLen(i)
	case *array.List:
		lo, hi := a.ValueOffsets(i)
		if elem := *t.Elem; varies(elem) {
			size, s := 0, columns.Open(a.ListValues())
			for e := int(lo); e < int(hi); e++ {
				if !s.Absent(e) {
					size += 4 + sizeOf(elem.Required(), s.Values, s.Index(e))
				}
			}
			return size
		}
		return int(hi-lo) * 16
	case *array.Struct:
		size := 0
		for k, f := range t.Fields {
			if s := columns.Open(a.Field(k)); varies(f.Type) && !s.Absent(i) {
				size += sizeOf(f.Type.Required(), s.Values, s.Index(i))
			}
		}
		return size
	}
	return 8
}
