package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/dreamql/dreamql/engine/types"
)

// Vec is a column, or a constant, as kernels see it: plain slices by type. Slices of a constant have length 1. Values at
// absent rows are unspecified, but safe to read.
type Vec struct {
	Type  types.Type // never an option
	N     int
	Const bool
	Valid []uint64 // bit i: row i is present; nil: all are

	Bits      []uint64                     // bool, packed; bits past N are unspecified
	Ints      []int64                      // int, time, timestamp
	Floats    []float64                    // float
	Days      []int32                      // date
	Decimals  []decimal128.Num             // decimal, where Narrow is nil
	Narrow    []int64                      // decimal of 64 bits (narrow.go)
	Most      uint64                       // no magnitude in Narrow is larger
	Intervals []arrow.MonthDayNanoInterval // duration
	UUIDs     [][16]byte                   // uuid
	Offsets   []int32                      // string, bytes, json: N+1 offsets into Data
	Data      []byte
	Index     []int32     // dictionary-encoded: row i is row Index[i] of Dict
	Dict      *Vec        //
	Array     arrow.Array // list, record: the Arrow column itself

	// Source is the identity of a dictionary's Arrow data, equal for batches that share it; not to be read.
	Source arrow.ArrayData

	room []decimal128.Num // the memory of Narrow, where that was made to hold Decimals
}

// Len is the number of values that the slices hold.
func (v *Vec) Len() int {
	if v.Const {
		return 1
	}
	return v.N
}

// At is the place of row i in the slices.
func (v *Vec) At(i int) int {
	if v.Const {
		return 0
	}
	return i
}

// Present reports whether row i has a value.
func (v *Vec) Present(i int) bool { return v.Valid == nil || bit(v.Valid, v.At(i)) }

// Absent reports whether the Vec is a constant without a value.
func (v *Vec) Absent() bool { return v.Const && v.Valid != nil && v.Valid[0]&1 == 0 }

// Bool is row i of a bool column.
func (v *Vec) Bool(i int) bool { return bit(v.Bits, v.At(i)) }
