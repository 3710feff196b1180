package expr

import (
	"strconv"
	"strings"
)

const (
	maxValue = 60  // bytes of a value that an error shows
	maxGiven = 200 // of all of them
)

// given writes the columns that a node reads, with their values in a row. It is called when the row has failed.
func (f *frame) given(n *node, row int) string {
	if row < 0 || row >= f.n || f.quiet || f.batch == nil && f.parent == nil {
		return ""
	}
	var parts []string
	length := 0
	for _, c := range n.reads {
		v, err := f.column(c)
		if err != nil {
			continue
		}
		a, err := v.Take([]int32{int32(row)}).ToArrow()
		if err != nil {
			continue
		}
		value := "none"
		if a.IsValid(0) {
			value = a.ValueStr(0)
			if len(v.Offsets) > 0 || v.Dict != nil {
				value = strconv.Quote(value)
				value = "'" + value[1:len(value)-1] + "'"
			}
		}
		a.Release()
		if len(value) > maxValue {
			value = strings.ToValidUTF8(value[:maxValue], "") + "…"
		}
		part := f.p.schema[c].Name + " = " + value
		if length += len(part) + 2; length > maxGiven {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
