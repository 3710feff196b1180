package format

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dreamql/dreamql/engine/types"
)

// kind is how a value looks in text.
type kind uint8

const (
	number kind = iota // as it is, in JSON too
	text               // quoted in JSON
	nested             // JSON already
)

// appendText appends value i of a, which is present, as text: dates and times as in ISO 8601, bytes in base 64,
// intervals as "1mo 2d 3s", records and lists as JSON.
func appendText(out []byte, f arrow.Field, a arrow.Array, i int) ([]byte, kind) {
	switch a := a.(type) {
	case *array.Dictionary:
		return appendText(out, f, a.Dictionary(), a.GetValueIndex(i))
	case *array.Int64:
		return strconv.AppendInt(out, a.Value(i), 10), number
	case *array.Float64:
		return appendFloat(out, a.Value(i))
	case *array.Boolean:
		return strconv.AppendBool(out, a.Value(i)), number
	case *array.String:
		if isJSON(f) && json.Valid([]byte(a.Value(i))) {
			return append(out, a.Value(i)...), nested
		}
		return append(out, a.Value(i)...), text
	case *array.Binary:
		return base64.StdEncoding.AppendEncode(out, a.Value(i)), text
	case *array.FixedSizeBinary:
		return appendUUID(out, a.Value(i)), text
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		return appendDecimal(out, a.Value(i).BigInt(), int(scale)), number
	case *array.Date32:
		return a.Value(i).ToTime().AppendFormat(out, "2006-01-02"), text
	case *array.Time64:
		return a.Value(i).ToTime(arrow.Microsecond).AppendFormat(out, "15:04:05.999999"), text
	case *array.Timestamp:
		return a.Value(i).ToTime(arrow.Microsecond).UTC().AppendFormat(out, "2006-01-02T15:04:05.999999Z"), text
	case *array.MonthDayNanoInterval:
		return appendInterval(out, a.Value(i)), text
	case *array.Struct:
		return appendRecord(out, a, i), nested
	case array.ListLike:
		return appendList(out, a, i), nested
	}
	return append(out, a.ValueStr(i)...), text
}

func isJSON(f arrow.Field) bool {
	t, ok := f.Metadata.GetValue(types.MetaType)
	return ok && t == "json"
}

// appendJSON appends value i of a as JSON; NaN and the infinities, for which JSON has nothing, as strings.
func appendJSON(out []byte, f arrow.Field, a arrow.Array, i int) []byte {
	if a.IsNull(i) || a.DataType().ID() == arrow.NULL {
		return append(out, "null"...)
	}
	if d, ok := a.(*array.Dictionary); ok {
		return appendJSON(out, f, d.Dictionary(), d.GetValueIndex(i))
	}
	start := len(out)
	out, k := appendText(out, f, a, i)
	if k == text {
		return appendQuoted(out[:start], string(out[start:]))
	}
	return out
}

const hexDigits = "0123456789abcdef"

func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c < ' ' || c == 0x7f:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			out = utf8.AppendRune(out, r)
			i += n
			continue
		default:
			out = append(out, c)
		}
		i++
	}
	return append(out, '"')
}

func appendFloat(out []byte, v float64) ([]byte, kind) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.AppendFloat(out, v, 'g', -1, 64), text
	}
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(out, v, 'e', -1, 64), number
	}
	return strconv.AppendFloat(out, v, 'f', -1, 64), number
}

func appendUUID(out, b []byte) []byte {
	if len(b) != 16 {
		return base64.StdEncoding.AppendEncode(out, b)
	}
	for i, n := range []int{4, 2, 2, 2, 6} {
		if i > 0 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, b[:n])
		b = b[n:]
	}
	return out
}

func appendDecimal(out []byte, unscaled *big.Int, scale int) []byte {
	s := new(big.Int).Abs(unscaled).String()
	if unscaled.Sign() < 0 {
		out = append(out, '-')
	}
	if len(s) <= scale {
		s = strings.Repeat("0", scale-len(s)+1) + s
	}
	out = append(out, s[:len(s)-scale]...)
	if scale > 0 {
		out = append(append(out, '.'), s[len(s)-scale:]...)
	}
	return out
}

func appendInterval(out []byte, v arrow.MonthDayNanoInterval) []byte {
	var parts []string
	if v.Months != 0 {
		parts = append(parts, fmt.Sprintf("%dmo", v.Months))
	}
	if v.Days != 0 {
		parts = append(parts, fmt.Sprintf("%dd", v.Days))
	}
	if v.Nanoseconds != 0 || len(parts) == 0 {
		parts = append(parts, time.Duration(v.Nanoseconds).String())
	}
	return append(out, strings.Join(parts, " ")...)
}

func appendRecord(out []byte, a *array.Struct, i int) []byte {
	out = append(out, '{')
	for k, f := range a.DataType().(*arrow.StructType).Fields() {
		if k > 0 {
			out = append(out, ',')
		}
		out = append(appendQuoted(out, f.Name), ':')
		out = appendJSON(out, f, a.Field(k), i)
	}
	return append(out, '}')
}

func appendList(out []byte, a array.ListLike, i int) []byte {
	out = append(out, '[')
	item := a.DataType().(arrow.ListLikeType).ElemField()
	start, end := a.ValueOffsets(i)
	for k := start; k < end; k++ {
		if k > start {
			out = append(out, ',')
		}
		out = appendJSON(out, item, a.ListValues(), int(k))
	}
	return append(out, ']')
}
