package storage

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// appendText appends s, which inference has found to be of the builder's type.
func appendText(b array.Builder, s string) bool {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(s)
	case *array.Int64Builder:
		v, ok := parseInt(s)
		b.Append(v)
		return ok
	case *array.Float64Builder:
		v, ok := parseFloat(s)
		b.Append(v)
		return ok
	case *array.BooleanBuilder:
		b.Append(strings.EqualFold(s, "true"))
	case *array.Date32Builder:
		v, ok := parseDate(s)
		b.Append(arrow.Date32(v))
		return ok
	case *array.TimestampBuilder:
		v, ok := parseTimestamp(s)
		b.Append(arrow.Timestamp(v))
		return ok
	default:
		return false
	}
	return true
}
