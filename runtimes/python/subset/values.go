package subset

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/runtimes/columns"
)

// writeWords writes ints or floats.
func writeWords(to []byte, s columns.Source, rows []int) {
	if s.Plain() && columns.Contiguous(rows) {
		lo, hi := rows[0], rows[len(rows)-1]+1
		switch a := s.Values.(type) {
		case *array.Int64:
			copy(to, arrow.Int64Traits.CastToBytes(a.Int64Values()[lo:hi]))
		case *array.Float64:
			copy(to, arrow.Float64Traits.CastToBytes(a.Float64Values()[lo:hi]))
		}
		return
	}
	for k, row := range rows {
		v := uint64(0)
		if !s.Absent(row) {
			switch a := s.Values.(type) {
			case *array.Int64:
				v = uint64(a.Value(s.Index(row)))
			case *array.Float64:
				v = math.Float64bits(a.Value(s.Index(row)))
			}
		}
		binary.LittleEndian.PutUint64(to[8*k:], v)
	}
}

func writeBools(to []byte, s columns.Source, rows []int) {
	a, ok := s.Values.(*array.Boolean)
	for k, row := range rows {
		to[k] = byte(truth(ok && !s.Absent(row) && a.Value(s.Index(row))))
	}
}
